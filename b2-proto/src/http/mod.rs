//! HTTP as the machines speak it: heads as plain data.
//!
//! B2 needs little of HTTP: four methods, a URL as text, a status, and a dozen headers. So this is all there is, and a
//! page loads no more. The feature `http` adds conversions from and to the types of the [`http`](https://docs.rs/http)
//! crate, for the clients and servers that speak those.

#[cfg(feature = "http")]
mod convert;
mod headers;
mod method;
pub(crate) mod names;
mod request;
mod response;
mod url;

pub use headers::{Headers, InvalidHeader};
pub use method::Method;
pub use request::RequestHead;
pub use response::Response;
pub(crate) use url::Url;
