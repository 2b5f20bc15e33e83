//! Heads of HTTP requests and responses, as plain data without a dependency on std.
//!
//! The feature `http`, which is on by default, converts them from and to the types of the
//! [`http`](https://docs.rs/http) crate, which Rust's HTTP clients and servers share:
//!
//! | here | the `http` crate |
//! | --- | --- |
//! | [`RequestHead`] | `http::Request<()>` and `http::request::Parts`: `TryFrom`, and `From` for the way back |
//! | [`Response`] | `http::Response` and `http::response::Parts`: `From` both ways |
//! | [`Headers`] | `http::HeaderMap`: `From` both ways |
//! | [`Method`] | `http::Method`: `TryFrom`, and `From` for the way back |
//!
//! Sending the request of a machine with reqwest:
//!
#![cfg_attr(feature = "http", doc = "```")]
#![cfg_attr(not(feature = "http"), doc = "```ignore")]
//! use b2_proto::api::AuthorizeAccount;
//! use b2_proto::call::Call;
//! use b2_proto::http::Response;
//! use b2_proto::machine::{Action, Body, Input, Machine, Reply, Step};
//! use b2_proto::retry::RetryPolicy;
//! use b2_proto::time::Instant;
//!
//! # // Where other crates of the workspace enable TLS in reqwest, it needs a provider.
//! # rustls::crypto::ring::default_provider().install_default().unwrap();
//! # use std::io::{Read, Write};
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let realm = format!("http://{}", listener.local_addr()?);
//! # let server = std::thread::spawn(move || -> std::io::Result<()> {
//! #     let (mut stream, _) = listener.accept()?;
//! #     let mut head = Vec::new();
//! #     while !head.ends_with(b"\r\n\r\n") {
//! #         let mut byte = [0];
//! #         stream.read_exact(&mut byte)?;
//! #         head.push(byte[0]);
//! #     }
//! #     assert!(head.starts_with(b"GET /b2api/v4/b2_authorize_account HTTP/1.1\r\n"));
//! #     let body = r#"{"accountId": "a1", "authorizationToken": "the token", "apiInfo": {"storageApi": {
//! #         "apiUrl": "http://api.test", "downloadUrl": "http://download.test", "s3ApiUrl": "http://s3.test",
//! #         "recommendedPartSize": 100000000, "absoluteMinimumPartSize": 5000000,
//! #         "allowed": {"buckets": null, "capabilities": ["listFiles"], "namePrefix": null}}}}"#;
//! #     write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
//! # });
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async move {
//! let client = reqwest::Client::new();
//! let authorize = AuthorizeAccount {
//!     realm,
//!     application_key_id: "key id".into(),
//!     application_key: "key".into(),
//! };
//! let mut call = Call::new(authorize, RetryPolicy::default(), 7);
//! let clock = std::time::Instant::now();
//! let now = || Instant::ORIGIN + clock.elapsed();
//! let authorization = loop {
//!     match call.poll(now()) {
//!         Step::Start(task, Action::Send(request)) => {
//!             let head = http::Request::try_from(request.head)?;
//!             let body = match request.body {
//!                 Body::Bytes(bytes) => bytes,
//!                 // A call without an upload has no other body.
//!                 Body::Empty | Body::Spans { .. } => bytes::Bytes::new(),
//!             };
//!             let response = client.execute(head.map(|()| body).try_into()?).await?;
//!             let (status, headers) = (response.status(), response.headers().clone());
//!             let response = Response {
//!                 status: status.as_u16(),
//!                 headers: headers.into(),
//!                 body: response.bytes().await?,
//!             };
//!             call.handle(now(), task, Input::Reply(Reply::new(response)));
//!         }
//!         Step::Done(result) => break result?,
//!         // A complete driver waits until the deadline here, and hands on failures to connect.
//!         step => panic!("unexpected {step:?}"),
//!     }
//! };
//! assert_eq!(authorization.api_url, "http://api.test");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # })?;
//! # server.join().unwrap()?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

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
