//! The wire format of requests and responses.

mod content_type;
mod params;
mod refusal;
mod reply;
mod route;

pub(crate) use content_type::resolve_content_type;
pub(crate) use params::{Params, missing};
pub(crate) use refusal::Refusal;
pub use reply::{Reply, ReplyBody};
pub(crate) use reply::{date_header, json};
pub(crate) use route::{ApiVersion, Route};
