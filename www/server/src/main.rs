//! Serves the upload page on this machine, until Ctrl-C.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use b2_sim::faults::Rates;
use b2_sim::server::Storage;
use b2_www::{Site, SiteOptions};

const HELP: &str = "\
Usage: b2-www --page FOLDER --package FOLDER [OPTIONS]

  --page FOLDER      the page
  --package FOLDER   the npm package
  --listen ADDRESS   where the page is served [default: 127.0.0.1:8000, or a free port]
  --data FOLDER      keep the files here [default: in memory]
  --faults SEED      let requests fail at random";

struct Arguments {
    options: SiteOptions,
    /// Whether to fall back to a free port.
    any_port: bool,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut page, mut package, mut listen) = (None, None, None);
        let mut options = SiteOptions::new("", "");
        while let Some(flag) = words.next() {
            let value = words.next().ok_or_else(|| format!("{flag} needs a value"))?;
            let bad = || format!("{flag} cannot be '{value}'");
            match flag.as_str() {
                "--page" => page = Some(PathBuf::from(value)),
                "--package" => package = Some(PathBuf::from(value)),
                "--listen" => listen = Some(value.parse().map_err(|_| bad())?),
                "--data" => options.simulator.storage = Storage::Disk(value.into()),
                "--faults" => {
                    let seed = value.parse().map_err(|_| bad())?;
                    options.simulator.faults = Some((seed, Rates::heavy()));
                }
                _ => return Err(format!("there is no option {flag}")),
            }
        }
        options.page = page.ok_or("--page is missing")?;
        options.package = package.ok_or("--package is missing")?;
        options.address = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8_000)));
        Ok(Self { options, any_port: listen.is_none() })
    }
}

async fn start(arguments: Arguments) -> std::io::Result<Site> {
    let mut options = arguments.options;
    match Site::start(options.clone()).await {
        Err(_) if arguments.any_port => {
            options.address.set_port(0);
            Site::start(options).await
        }
        started => started,
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let words = std::env::args().skip(1);
    let arguments = match Arguments::read(words) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let site = match start(arguments).await {
        Ok(site) => site,
        Err(error) => {
            eprintln!("The page cannot be served: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("The page, for a browser on this machine:\n");
    println!("  {}\n", site.page_url());
    println!("  simulator   {}", site.simulator().realm());
    println!("  gateway     {}", site.gateway_url());
    println!("\nPress Ctrl-C to stop. Files in memory are lost then.");
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
