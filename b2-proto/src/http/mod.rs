//! HTTP as the machines speak it: heads as plain data.
//!
//! B2 needs little of HTTP: a method, a URL, a status, and some headers. A page loads no more than that. The feature
//! `http` adds conversions from and to the types of the [`http`](https://docs.rs/http) crate, for clients and servers
//! that speak those:
//!
//! | here | there |
//! | --- | --- |
//! | [`&RequestHead`](RequestHead) | `http::Request<()>`, by `try_from` |
//! | [`RequestHead`] | from `http::request::Parts` |
//! | [`Response`] | `http::Response`, both ways |
//! | [`&Headers`](Headers) | `http::HeaderMap`, both ways |

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
