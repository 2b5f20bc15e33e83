//! One driver for the machines of [`b2_proto`], and the API that users see, over any [`Host`].

mod download;
mod drive;
mod error;
mod host;
mod maybe_send;
mod session;
mod store;
mod tasks;
mod transfer;
mod upload;

pub use error::Error;
pub use host::{
    Answer, Failed, Host, Incoming, Outgoing, OutgoingBody, Progress, Reader, Sink, Source,
};
pub use maybe_send::{BoxFuture, BoxStream, Cause, MaybeSend, MaybeSync};
pub use store::{AccountStore, MemoryStore};
