//! The pages of a scan, which are read on the blocking pool one page ahead.

use std::panic;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use b2_client::HostError;
use b2_proto::machine::ScanItem;
use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

type Page = Result<Vec<ScanItem>, HostError>;

/// Reads the next page. It may block.
type Read = Box<dyn FnMut() -> Page + Send>;

/// A stream of the pages of a scan. An empty page ends it.
pub(super) struct ScanPages {
    state: State,
    stop: Arc<AtomicBool>,
}

enum State {
    /// Nothing is read before the first poll.
    New(Option<Read>),
    Reading(JoinHandle<(Read, Page)>),
    Ended,
}

impl ScanPages {
    /// Returns a stream that calls `read` for each page. `stop` is set when the stream is dropped.
    pub(super) fn new(stop: Arc<AtomicBool>, read: impl FnMut() -> Page + Send + 'static) -> Self {
        Self { state: State::New(Some(Box::new(read))), stop }
    }
}

fn start(mut read: Read) -> State {
    State::Reading(spawn_blocking(move || {
        let page = read();
        (read, page)
    }))
}

impl Stream for ScanPages {
    type Item = Page;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Page>> {
        loop {
            match &mut self.state {
                State::New(read) => {
                    self.state = read.take().map_or(State::Ended, start);
                }
                State::Reading(task) => {
                    let (read, page) = match ready!(Pin::new(task).poll(context)) {
                        Ok(done) => done,
                        Err(failed) if failed.is_panic() => {
                            panic::resume_unwind(failed.into_panic())
                        }
                        // The runtime is shutting down, which also drops this stream.
                        Err(_) => return Poll::Pending,
                    };
                    let is_last = page.as_ref().map_or(true, Vec::is_empty);
                    self.state = if is_last { State::Ended } else { start(read) };
                    if page.as_ref().is_ok_and(Vec::is_empty) {
                        continue;
                    }
                    return Poll::Ready(Some(page));
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl Drop for ScanPages {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
