//! Serves the simulator until Ctrl-C.
//!
//! ```text
//! cargo run -p b2-sim --example serve -- --port 8080 --data b2-data --part-size 5000000 --faults 1 -v
//! ```

use std::io;
use std::sync::Arc;

use b2_sim::faults::Rates;
use b2_sim::server::{Server, ServerOptions, Storage};

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut options = ServerOptions::default();
    let mut port = 0;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(io::ErrorKind::InvalidInput);
        let number = |text: String| text.parse::<u64>().map_err(io::Error::other);
        match argument.as_str() {
            "--port" => port = value()?.parse().map_err(io::Error::other)?,
            "--data" => options.storage = Storage::Disk(value()?.into()),
            "--discard" => options.storage = Storage::Discard,
            "--part-size" => options.config.recommended_part_size = number(value()?)?,
            "--unavailable" => {
                let per_mille = u16::try_from(number(value()?)?).map_err(io::Error::other)?;
                let rates = Rates { truncated_broken: per_mille, ..Rates::unavailable(per_mille) };
                options.faults = Some((1, rates));
            }
            "--faults" => options.faults = Some((number(value()?)?, Rates::heavy())),
            "--control" => options.control = true,
            "-v" => options.on_request = Some(Arc::new(|entry| eprintln!("{entry}"))),
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
    let server = Server::bind(("127.0.0.1", port), options).await?;
    let credentials = server.credentials();
    println!("realm  {}", server.realm());
    println!("key id {}", credentials.key_id);
    println!("key    {}", credentials.key.expose());
    tokio::signal::ctrl_c().await?;
    server.shutdown().await
}
