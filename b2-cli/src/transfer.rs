//! Running one upload or download: progress, retries, interruption.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use b2_client::TransferEvent;
use b2_native::{Synchronizer, Transfer};
use b2_proto::ErrorKind;
use b2_proto::call::Retrying;
use b2_proto::download::DownloadEvent;
use b2_proto::machine::OnCancel;
use b2_proto::sync::{SyncEvent, SyncReport};
use futures::channel::mpsc::unbounded;
use futures::{FutureExt, Stream, StreamExt};
use indicatif::ProgressBar;

use crate::context::{Context, FIRST_RESPONSE_TIMEOUT};
use crate::error::CliError;

/// The number of requests that transfers have retried.
static RETRIES: AtomicU64 = AtomicU64::new(0);

/// Returns the number of requests that transfers have retried.
pub(crate) fn retry_count() -> u64 {
    RETRIES.load(Ordering::Relaxed)
}

/// Counts a retry and shows its reason on the progress bar.
pub(crate) fn show_retry(bar: &ProgressBar, retrying: &Retrying) {
    RETRIES.fetch_add(1, Ordering::Relaxed);
    tracing::debug!(error = %retrying.error, "retrying a request of a transfer");
    bar.set_message(format!("retrying: {}", retrying.error));
}

/// What an event says about the connection to the server.
#[derive(Debug)]
pub(crate) enum Connection {
    /// The server has responded.
    Works,
    /// Nothing.
    Unknown,
    /// A request is retried.
    Retrying(Retrying),
}

impl From<DownloadEvent> for Connection {
    fn from(event: DownloadEvent) -> Self {
        match event {
            DownloadEvent::Found(_) => Self::Works,
            DownloadEvent::Retrying(retrying) => Self::Retrying(retrying),
            _ => Self::Unknown,
        }
    }
}

/// Runs a transfer to its end. An interrupt of the command cancels it.
///
/// Each event is passed to `on_event`. A transfer that never reaches the server is cancelled after
/// [`FIRST_RESPONSE_TIMEOUT`], unless `--retry-for` is given.
pub(crate) async fn run<T, E: TransferEvent + Send + 'static>(
    context: &Context,
    mut transfer: Transfer<T, E>,
    on_event: impl FnMut(E) -> Result<Connection, CliError>,
) -> Result<T, CliError> {
    match transfer.take_events() {
        Some(events) => run_with(context, transfer, events, on_event).await,
        None => run_with(context, transfer, futures::stream::empty(), on_event).await,
    }
}

/// Runs a synchronization to its end, as [`run`] does. No event is lost.
pub(crate) async fn synchronize(
    context: &Context,
    synchronizer: Synchronizer,
    on_event: impl FnMut(SyncEvent) -> Result<Connection, CliError>,
) -> Result<SyncReport, CliError> {
    // The queue has no limit, so that no line is lost; it is emptied before the synchronization continues.
    let (sender, events) = unbounded();
    let started = synchronizer
        .on_event(move |event| {
            // Without a reader, the command has ended.
            let _ = sender.unbounded_send(event);
        })
        .start();
    run_with(context, started, events, on_event).await
}

/// Runs a transfer whose events arrive on a stream, which ends with it: see [`run`].
async fn run_with<T, E>(
    context: &Context,
    mut transfer: Transfer<T, E>,
    mut events: impl Stream<Item = E> + Unpin,
    mut on_event: impl FnMut(E) -> Result<Connection, CliError>,
) -> Result<T, CliError> {
    let controls = transfer.controls();
    context.interrupt.watch(controls.clone());
    let start = Instant::now();
    let mut works = context.flags.retry_for.is_some();
    let mut unreachable = None;
    let mut ended = false;
    loop {
        tokio::select! {
            biased;
            event = events.next(), if !ended => {
                let connection = match event.map(&mut on_event) {
                    Some(connection) => connection?,
                    None => { ended = true; continue; }
                };
                match connection {
                    Connection::Works => works = true,
                    Connection::Unknown => {}
                    Connection::Retrying(retrying) => {
                        let is_unreachable = matches!(
                            retrying.error.kind(),
                            ErrorKind::Connect | ErrorKind::UnknownHost | ErrorKind::Tls
                        );
                        if is_unreachable && !works && start.elapsed() > FIRST_RESPONSE_TIMEOUT {
                            controls.cancel(OnCancel::Keep);
                            unreachable = Some(retrying.error);
                        }
                    }
                }
            }
            done = &mut transfer => {
                while let Some(Some(event)) = events.next().now_or_never() {
                    on_event(event)?;
                }
                return match (done, unreachable) {
                    (Err(error), Some(cause)) if error.kind() == ErrorKind::Cancelled => {
                        Err(cause.into())
                    }
                    (done, _) => Ok(done?),
                };
            }
        }
    }
}
