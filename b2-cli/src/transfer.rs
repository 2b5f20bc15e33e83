//! One upload or download under way, with its bar.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use b2_native::{Events, Transfer};
use b2_proto::ErrorKind;
use b2_proto::call::Retrying;
use b2_proto::machine::OnCancel;
use futures::StreamExt;
use indicatif::ProgressBar;

use crate::context::{Context, FIRST_CONTACT};
use crate::failure::Failure;

/// How many requests of transfers were repeated.
static REPEATED: AtomicU64 = AtomicU64::new(0);

/// How many requests of transfers have been repeated so far.
pub(crate) fn repeated() -> u64 {
    REPEATED.load(Ordering::Relaxed)
}

/// Notes that a request is repeated, and says so on the bar, or in a line where there is none.
pub(crate) fn note_retry(bar: &ProgressBar, retrying: &Retrying) {
    REPEATED.fetch_add(1, Ordering::Relaxed);
    tracing::debug!(error = %retrying.error, "retrying a request of a transfer");
    bar.set_message(format!("retrying: {}", retrying.error));
}

/// Awaits a transfer, hands on what it says, and lets a person stop it.
///
/// While nothing has ever worked it does not go on for long: somebody is waiting. `heard` answers whether an
/// event shows that something works, and hands back what is repeated.
pub(crate) async fn follow<T, E: Clone + Send + 'static>(
    context: &Context,
    mut transfer: Transfer<T, E>,
    mut heard: impl FnMut(E) -> Result<News, Failure>,
) -> Result<T, Failure> {
    let controls = transfer.controls();
    context.interrupt.watch(controls.clone());
    let mut events = transfer.take_events();
    let start = Instant::now();
    let mut works = context.global.retry_for.is_some();
    let mut hopeless = None;
    loop {
        tokio::select! {
            biased;
            event = next(&mut events) => {
                let news = match event.map(&mut heard) {
                    Some(news) => news?,
                    None => { events = None; continue; }
                };
                match news {
                    News::Works => works = true,
                    News::Nothing => {}
                    News::Repeats(retrying) => {
                        let no_contact = matches!(
                            retrying.error.kind(),
                            ErrorKind::Connect | ErrorKind::UnknownHost | ErrorKind::Tls
                        );
                        if no_contact && !works && start.elapsed() > FIRST_CONTACT {
                            controls.cancel(OnCancel::Keep);
                            hopeless = Some(retrying.error);
                        }
                    }
                }
            }
            done = &mut transfer => {
                while let Some(event) = events.as_mut().and_then(Events::try_next) {
                    heard(event)?;
                }
                return match (done, hopeless) {
                    (Err(error), Some(why)) if error.kind() == ErrorKind::Cancelled => Err(why.into()),
                    (done, _) => Ok(done?),
                };
            }
        }
    }
}

/// What an event tells.
#[derive(Debug)]
pub(crate) enum News {
    /// The server answers.
    Works,
    /// Nothing about that.
    Nothing,
    /// A request is repeated.
    Repeats(Retrying),
}

async fn next<E>(events: &mut Option<Events<E>>) -> Option<E> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}
