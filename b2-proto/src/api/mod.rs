//! The B2 Native API v4: a typed request and response for each call.
//!
//! Each call is a struct that implements [`Operation`] and [`Endpoint`] and is named after it ([`CreateBucket`] is
//! `b2_create_bucket`). Building one sends nothing: [`Operation::request`] checks it and returns the request, and
//! [`Endpoint::response`] reads the response. A [`Call`](crate::call::Call) does both, with authorization and retry.

mod authorize_account;
mod bucket;
pub(crate) mod byte_range;
mod class;
mod copy;
mod download;
mod download_authorization;
mod download_check;
mod download_headers;
mod entries;
mod file;
mod key;
mod large_file;
mod listing;
mod lock;
mod new_file;
mod notification;
mod operation;
mod overrides;
#[cfg(test)]
mod test;
#[cfg(test)]
mod tests;
mod upload;
mod upload_url;

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Debug;
use core::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::account::{Allowed, Authorization};
use crate::encoding::{encode, from_json, shown};
use crate::error::{Error, ErrorKind, Target, says_json};
use crate::http::names::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use crate::http::{Headers, Method, RequestHead, Response, Url};
use crate::machine::{Body, Reply, ReplyPlan, Request};
use crate::model::{AccountId, BucketId, Capability};
use crate::secret::Secret;

pub use crate::content_type::AUTO_CONTENT_TYPE;
pub use authorize_account::AuthorizeAccount;
pub use bucket::{
    BucketsList, CreateBucket, DeleteBucket, ListBuckets, UpdateBucket, check_bucket_name,
};
pub use class::{CallClass, Calls};
pub use copy::{CopyFile, CopyPart, copy_source_size};
pub use download::{Download, DownloadTarget};
pub use download_authorization::{DownloadAuthorization, GetDownloadAuthorization};
pub use download_check::ExpectedFile;
pub use file::{DeleteFileVersion, GetFileInfo, HideFile};
pub use key::{CreateKey, DeleteKey, KeysPage, ListKeys};
pub use large_file::{
    CancelLargeFile, CancelledLargeFile, FinishLargeFile, ListParts, ListUnfinishedLargeFiles,
    MAX_PARTS, PartsPage, StartLargeFile, UnfinishedLargeFilesPage,
};
pub use listing::{
    FileNamesPage, FileVersionsPage, ListFileNames, ListFileVersions, MAX_FILE_COUNT,
};
pub use lock::{
    UpdateFileLegalHold, UpdateFileRetention, UpdatedFileLegalHold, UpdatedFileRetention,
};
pub use new_file::NewFile;
pub use notification::{
    BucketNotificationRules, GetBucketNotificationRules, SetBucketNotificationRules,
};
pub use operation::{Endpoint, Idempotency, Operation};
pub use overrides::Overrides;
pub use upload::{MAX_UPLOAD, UploadFile, UploadPart, UploadSha1};
pub use upload_url::{GetUploadPartUrl, GetUploadUrl};

/// The path of every call.
pub(crate) const API_PATH: &str = "/b2api/v4";

/// The size of the largest JSON response that is accepted, in bytes: a page of 10,000 files, each with the most file info.
const MAX_JSON: u64 = 128 << 20;

const JSON: &str = "application/json";

/// The time within which B2 must respond to a call.
const TIMEOUT: Duration = Duration::from_secs(128);

/// One JSON call of the B2 Native API.
///
/// The struct is the body of the request; fields that are `None` are not sent.
pub trait JsonEndpoint: Serialize + Clone + Debug {
    /// B2's response.
    type Response: DeserializeOwned + Debug;

    /// B2's name of the call.
    const NAME: &'static str;

    /// The capability that the key must have, whatever the arguments.
    const CAPABILITY: Capability;

    /// Whether the call may be repeated when the outcome of an attempt is unknown.
    const IDEMPOTENCY: Idempotency;

    /// Whether the body includes the account id.
    const NAMES_ACCOUNT: bool = false;

    /// Whether the arguments go into the query of a `GET` instead of the body of a `POST`.
    const IN_QUERY: bool = false;

    /// Returns how long to wait for the response.
    fn timeout(&self) -> Duration {
        Self::TIMEOUT
    }

    /// Checks the arguments before anything is sent.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names the argument.
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Returns the capabilities that the arguments need besides [`CAPABILITY`](Self::CAPABILITY).
    fn also_needs(&self) -> Vec<Capability> {
        Vec::new()
    }

    /// The time within which B2 must respond.
    const TIMEOUT: Duration = TIMEOUT;

    /// Whether to send the call even if the key lacks [`CAPABILITY`](Self::CAPABILITY).
    const ASK_ANYWAY: bool = false;

    /// Returns the bucket, file or key that the call is about, for errors.
    fn subject(&self) -> Option<String> {
        None
    }

    /// Returns the response that `error` stands for in a repeated call, if it means that an earlier attempt with an
    /// unknown outcome succeeded.
    fn already_done(&self, error: &Error) -> Option<Self::Response> {
        let _ = error;
        None
    }

    /// Restricts the call to what the key may access. Returns the narrower call, or `None` if nothing changes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`], naming the prefix to which the key is restricted, if the key may access none of it.
    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        let _ = allowed;
        Ok(None)
    }

    /// Checks that the response is about the requested file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongFile`], if it is about another file.
    fn check(&self, response: &Self::Response) -> Result<(), Error> {
        let _ = response;
        Ok(())
    }

    /// Returns the error with the meaning that it has for this call, if the table of errors is not specific enough.
    fn refine(&self, error: Error) -> Error {
        error
    }
}

impl<E: JsonEndpoint> Operation for E {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn idempotency(&self) -> Idempotency {
        E::IDEMPOTENCY
    }

    fn capability(&self) -> Option<Capability> {
        Some(E::CAPABILITY)
    }

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        let authorization = authorization.ok_or_else(missing_authorization)?;
        self.within(&authorization.allowed)
            .and_then(|narrower| build(narrower.as_ref().unwrap_or(self), authorization))
            .map_err(|error| error.with_operation(E::NAME))
    }
}

impl<E: JsonEndpoint> Endpoint for E {
    type Response = <E as JsonEndpoint>::Response;

    fn response(&self, reply: &Reply) -> Result<Self::Response, Error> {
        read_json(self.target(), reply)
            .and_then(|response| self.check(&response).map(|()| response))
            .map_err(|error| {
                let error = self.refine(error).with_operation(E::NAME);
                match self.subject() {
                    Some(subject) => error.with_subject(subject),
                    None => error,
                }
            })
    }

    fn already_done(&self, error: &Error) -> Option<Self::Response> {
        JsonEndpoint::already_done(self, error)
    }
}

fn missing_authorization() -> Error {
    Error::new(ErrorKind::MissingAccountData, "no account is authorized; authorize one first")
}

/// Builds the request: URL, headers and JSON.
fn build<E: JsonEndpoint>(call: &E, authorization: &Authorization) -> Result<Request, Error> {
    call.validate()?;
    let required = (!E::ASK_ANYWAY).then_some(E::CAPABILITY);
    for capability in required.iter().chain(&call.also_needs()) {
        authorization.require(capability)?;
    }
    let url = format!("{}{API_PATH}/{}", authorization.api_url, E::NAME);
    let request = if E::IN_QUERY {
        get(&url, call, authorization)?
    } else {
        let account_id = E::NAMES_ACCOUNT.then_some(&authorization.account_id);
        post(&url, &CallBody { call, account_id }, authorization)?
    };
    Ok(Request { idle_timeout: call.timeout(), ..request })
}

/// The body of a call, which may also name the account.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallBody<'a, E> {
    #[serde(flatten)]
    call: &'a E,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a AccountId>,
}

/// Builds a `GET` whose query holds the fields of the call.
fn get<E: Serialize>(url: &str, call: &E, authorization: &Authorization) -> Result<Request, Error> {
    let mut url = url.to_owned();
    let mut separator = '?';
    let Value::Object(fields) = serde_json::to_value(call).map_err(cannot_write)? else {
        return Err(invalid("a call is an object"));
    };
    for (name, value) in &fields {
        let text = match value {
            Value::String(text) => encode(text),
            other => encode(&other.to_string()),
        };
        url.push(separator);
        url.push_str(&format!("{name}={text}"));
        separator = '&';
    }
    finish(RequestHead::new(Method::Get, url), Body::Empty, authorization)
}

/// Builds a `POST` with a JSON body.
fn post<T: Serialize>(
    url: &str,
    body: &T,
    authorization: &Authorization,
) -> Result<Request, Error> {
    let body = serde_json::to_vec(body).map_err(cannot_write)?;
    let mut head = RequestHead::new(Method::Post, url);
    put(&mut head.headers, CONTENT_TYPE, JSON)?;
    finish(head, Body::Bytes(body.into()), authorization)
}

fn finish(
    mut head: RequestHead,
    body: Body,
    authorization: &Authorization,
) -> Result<Request, Error> {
    check_url("API", &head.url)?;
    push_token(&mut head.headers, &authorization.token)?;
    put(&mut head.headers, ACCEPT, JSON)?;
    Ok(Request { head, body, reply: ReplyPlan::Collect { limit: MAX_JSON }, idle_timeout: TIMEOUT })
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn cannot_write(error: serde_json::Error) -> Error {
    invalid(error.to_string())
}

/// Reads a JSON response from `target`.
pub(crate) fn read_json<T: DeserializeOwned>(target: Target, reply: &Reply) -> Result<T, Error> {
    let Response { status, headers, body } = &reply.response;
    if *status != 200 {
        return Err(Error::from_reply(target, *status, headers, body));
    }
    from_json(body).map_err(|error| {
        if error.is_json() && says_json(headers) != Some(false) {
            Error::unreadable_response(error.to_string())
        } else {
            // A login page, or a response that was cut.
            Error::foreign_response(target, *status, headers, body, &[])
        }
    })
}

/// Checks that a value of the response is the requested one.
fn same(what: &str, asked: &str, answered: &str) -> Result<(), Error> {
    if asked == answered {
        return Ok(());
    }
    let message = format!(
        "the response is about another file: {what} '{}' instead of '{}'",
        shown(answered),
        shown(asked)
    );
    Err(Error::unreadable_response("").with_kind(ErrorKind::WrongFile).with_message(message))
}

/// Checks the name of a new file in a response. A gateway may choose another folder.
fn same_new_name(asked: &str, answered: &str) -> Result<(), Error> {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    if last(asked) == last(answered) { Ok(()) } else { same("name", asked, answered) }
}

/// Checks that a response is about the bucket of the request, if it names one.
fn same_bucket(requested: &BucketId, answered: &BucketId) -> Result<(), Error> {
    if answered.as_str().is_empty() {
        return Ok(());
    }
    same("bucket", requested.as_str(), answered.as_str())
}

/// Adds a header. Fails if the value cannot be sent.
fn put(headers: &mut Headers, name: &str, value: &str) -> Result<(), Error> {
    Ok(headers.push(name, value)?)
}

/// Adds the header `Authorization`.
fn push_token(headers: &mut Headers, token: &Secret) -> Result<(), Error> {
    headers.push(AUTHORIZATION, token.expose()).map_err(|_| {
        Error::new(
            ErrorKind::CorruptAccountInfo,
            "the authorization token cannot be sent; authorize the account again",
        )
    })
}

/// Checks a URL that came from the account.
fn check_url(which: &str, url: &str) -> Result<(), Error> {
    if Url::parse_web(url).is_some() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidResponse,
        format!("the {which} URL of the account is no URL; authorize the account again"),
    ))
}

/// Returns the error of an invalid argument.
fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// Checks the size of a page.
fn check_page(argument: &str, count: Option<u32>, most: u32) -> Result<(), Error> {
    match count {
        Some(count) if count == 0 || count > most => {
            Err(invalid(format!("{argument} is 1 to {most}, not {count}")))
        }
        _ => Ok(()),
    }
}
