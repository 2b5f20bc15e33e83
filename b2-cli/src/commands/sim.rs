//! `b2 sim`: a simulated B2 service on this machine.

use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use b2_proto::time::Timestamp;
use b2_sim::faults::Rates;
use b2_sim::server::{Server, ServerOptions, Storage};
use b2_sim::{Caps, Credentials};
use clap::Args;
use serde_json::json;

use crate::args::values;
use crate::context::Context;
use crate::error::CliError;
use crate::interrupt::Signals;

/// The arguments of `b2 sim`.
#[derive(Args, Debug)]
#[command(after_help = "\
It prints variables to paste into another terminal, and runs until Ctrl-C. Backblaze's own tool, rclone and other
clients of the B2 native API can use it too. -v logs each request.

Examples:
  b2 sim
  b2 sim --listen 127.0.0.1:8080 --data ./my-b2     stores everything in a folder
  b2 sim --faults 7                                 makes a quarter of all requests fail
  b2 sim --requests-per-second 500                  refuses what is above B2's default limit (status 429)
  b2 sim --discard                                  discards the bytes of files, for benchmarks
  b2 sim --control                                  lets a test suite reset it, move its clock and read its requests")]
pub(crate) struct Sim {
    /// The address to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Store files and everything else in this folder [default: in memory]
    #[arg(long, value_name = "FOLDER", conflicts_with = "discard")]
    data: Option<PathBuf>,
    /// Store only length and SHA-1 of files
    #[arg(long)]
    discard: bool,
    /// The ID of the master key
    #[arg(long, value_name = "ID", requires = "key")]
    key_id: Option<String>,
    /// The master key
    #[arg(long, value_name = "KEY", requires = "key_id")]
    key: Option<String>,
    /// Make requests fail at random; the same seed gives the same faults
    #[arg(long, value_name = "SEED")]
    faults: Option<u64>,
    /// Refuse further requests within a second (status 429) [default: no limit]
    #[arg(long, value_name = "N")]
    requests_per_second: Option<NonZeroU32>,
    /// Refuse to store more than this in an account (storage_cap_exceeded) [default: no cap]
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    storage_cap: Option<u64>,
    /// Refuse to send more than this on one day (download_cap_exceeded) [default: no cap]
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    download_cap: Option<u64>,
    /// Refuse more calls on one day (transaction_cap_exceeded) [default: no cap]
    #[arg(long, value_name = "N")]
    transaction_cap: Option<u64>,
    /// The recommended part size
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    part_size: Option<u64>,
    /// The minimum part size
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    minimum_part_size: Option<u64>,
    /// List this number of files in each empty bucket, which do not exist otherwise, to measure clients
    #[arg(long, value_name = "COUNT", default_value_t = 0, hide_default_value = true)]
    generated_names: u64,
    /// Replicate files between buckets as their replication rules say; without it, such files stay PENDING
    #[arg(long)]
    replicate: bool,
    /// Replicate files this long after their upload
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, requires = "replicate")]
    replication_delay: Option<Duration>,
    /// The time of the simulator at the start; its clock continues from it [default: now]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    now: Option<Timestamp>,
    /// Serve /sim without authorization to programs of this machine: reset, clock, faults, requests, accounts, settings
    #[arg(long)]
    control: bool,
    /// The URL that clients use [default: the address]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Sim {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let mut signals = Signals::listen()?;
        let (address, control) = (self.listen, self.control);
        let options = self.options(context.flags.verbose > 0);
        let server = Server::bind(address, options).await.map_err(|error| {
            CliError::message(format!("the simulator cannot start at {address}: {error}"))
        })?;
        announce(context, &server, control)?;
        signals.next().await;
        context.note("Stopping.");
        // A second signal does not wait for open connections.
        tokio::select! {
            saved = server.shutdown() => saved
                .map_err(|error| CliError::message(format!("the state could not be saved: {error}"))),
            () = signals.next() => Err(CliError::Interrupted("Stopped at once.".to_owned())),
        }
    }

    fn options(self, log_requests: bool) -> ServerOptions {
        let storage = match (self.data, self.discard) {
            (Some(folder), _) => Storage::Disk(folder),
            (None, true) => Storage::Discard,
            (None, false) => Storage::Memory,
        };
        let mut options = ServerOptions {
            storage,
            faults: self.faults.map(|seed| (seed, Rates::heavy())),
            now: self.now,
            control: self.control,
            public_url: self.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            ..ServerOptions::default()
        };
        options.config.generated_names = self.generated_names;
        options.config.replicate = self.replicate;
        options.config.replication_delay = self.replication_delay.unwrap_or_default();
        options.config.caps = Caps {
            storage: self.storage_cap,
            download: self.download_cap,
            transactions: self.transaction_cap,
        };
        if let (Some(id), Some(key)) = (self.key_id, self.key) {
            options.config.credentials = Credentials::new(id, key);
        }
        options.config.requests_per_second = self.requests_per_second;
        if let Some(size) = self.part_size {
            options.config.recommended_part_size = size;
            options.config.absolute_minimum_part_size =
                options.config.absolute_minimum_part_size.min(size);
        }
        if let Some(size) = self.minimum_part_size {
            options.config.absolute_minimum_part_size = size;
        }
        if log_requests {
            options.on_request = Some(Arc::new(|exchange| {
                let _ = writeln!(std::io::stderr(), "{exchange}");
            }));
        }
        options
    }
}

fn announce(context: &Context, server: &Server, control: bool) -> Result<(), CliError> {
    let credentials = server.credentials();
    let (id, key) = (&credentials.key_id, credentials.key.expose());
    if context.output.is_json() {
        context.output.json(&json!({ "realm": server.realm(), "keyId": id, "key": key }))?;
    } else {
        context.output.line("# A simulated B2 service. Paste this into another terminal:")?;
        context.output.print(format!("export B2_ENVIRONMENT={}", server.realm()))?;
        context.output.print(format!("export B2_APPLICATION_KEY_ID={id}"))?;
        context.output.print(format!("export B2_APPLICATION_KEY={key}"))?;
        if control {
            // The control endpoint is at the address itself, whatever URL clients use.
            context.output.print(format!("# http://{}/sim controls it.", server.address()))?;
        }
        context.output.line("# It runs until Ctrl-C.")?;
    }
    context.output.flush()
}
