//! The B2 Native API v4, call by call: a typed request and response for each.
//!
//! Each call is a struct that implements [`Endpoint`] and is named after it ([`CreateBucket`] is
//! `b2_create_bucket`). Building one sends nothing; [`request`] checks it and says what to send, and
//! [`response`] reads the answer. A [`Call`](crate::call::Call) does both, with authorization and retry.

mod authorize_account;
mod bucket;
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

use crate::account::{Allowed, Authorization};
use crate::encoding::shown;
use crate::error::{Error, ErrorKind, Target, says_json};
use crate::http::names::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use crate::http::{Headers, Method, RequestHead, Response, Url};
use crate::json::{AsJson, FromJson, Json, JsonError, Place};
use crate::machine::{Body, Reply, ReplyPlan, Request};
use crate::model::{AccountId, Capability};
use crate::secret::Secret;
use new_file::NewFile;

pub use authorize_account::{AuthorizeAccount, realm_url};
pub use bucket::{
    BucketsList, CreateBucket, DeleteBucket, ListBuckets, UpdateBucket, check_bucket_name,
};
pub use copy::{CopyFile, CopyMetadata, CopyPart, copy_source_size};
pub use download::{Download, DownloadTarget, Overrides};
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
pub use new_file::AUTO_CONTENT_TYPE;
pub use notification::{
    BucketNotificationRules, GetBucketNotificationRules, SetBucketNotificationRules,
};
pub use upload::{MAX_UPLOAD, UploadFile, UploadPart, UploadSha1};
pub use upload_url::{GetUploadPartUrl, GetUploadUrl};

/// The path of every call.
pub(crate) const API_PATH: &str = "/b2api/v4";

/// The longest JSON answer to accept: a page of 10,000 files, each with as much file info as it may have.
const MAX_JSON: u64 = 128 << 20;

const JSON: &str = "application/json";

/// How long a call may take to answer. It is also bounded by what is left of the budget of retries.
const PATIENCE: Duration = Duration::from_secs(128);

/// One JSON call of the B2 Native API.
///
/// The struct itself is the body of the request; what is `None` is not sent.
pub trait Endpoint: AsJson + Clone + Debug {
    /// What B2 answers.
    type Response: FromJson + Debug;

    /// B2's name of the call.
    const NAME: &'static str;

    /// The capability that the key must have, whatever the arguments.
    const CAPABILITY: Capability;

    /// Whether the call may be repeated when nobody knows if the server has done it.
    const REPEAT: Repeat;

    /// Whether the body also names the account.
    const NAMES_ACCOUNT: bool = false;

    /// Whether the arguments go into the query of a `GET` instead of the body of a `POST`.
    const IN_QUERY: bool = false;

    /// Checks the arguments, before anything is sent.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names the argument.
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The capabilities that the arguments need besides [`CAPABILITY`](Self::CAPABILITY).
    fn also_needs(&self) -> Vec<Capability> {
        Vec::new()
    }

    /// How long B2 may take to answer.
    const PATIENCE: Duration = PATIENCE;

    /// Whether to ask although the key lacks [`CAPABILITY`](Self::CAPABILITY).
    const ASK_ANYWAY: bool = false;

    /// What an error of this call is about: a bucket, a file.
    fn subject(&self) -> Option<String> {
        None
    }

    /// The answer that an error stands for when the call was repeated after an attempt whose outcome nobody
    /// knows: the error says that the earlier attempt succeeded.
    fn already_done(&self, error: &Error) -> Option<Self::Response> {
        let _ = error;
        None
    }

    /// Keeps the call within what the key may use: the same call, narrower, if that makes a difference.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`], naming the prefix to which the key is restricted, if nothing of it lies within.
    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        let _ = allowed;
        Ok(None)
    }

    /// Checks that the answer is about what was asked for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongFile`], if it is about another file.
    fn check(&self, response: &Self::Response) -> Result<(), Error> {
        let _ = response;
        Ok(())
    }

    /// Where this call means something else by an error than the table says.
    fn refine(&self, error: Error) -> Error {
        error
    }
}

/// Whether a call may be repeated when the answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It changes nothing, or changes it to the same again, or leaves behind what costs nothing.
    Safe,
    /// Doing it twice is not doing it once: a second key, a second version.
    Unsafe,
}

/// The request for a call: URL, headers and JSON.
///
/// # Errors
///
/// What [`Endpoint::validate`] says, [`ErrorKind::Unauthorized`] if the key lacks the capability, and
/// [`ErrorKind::InvalidResponse`] if the authorization's URL is none.
pub fn request<E: Endpoint>(call: &E, authorization: &Authorization) -> Result<Request, Error> {
    let within = call.within(&authorization.allowed);
    let narrower = within.map_err(|error| about(error, E::NAME, None))?;
    let call = narrower.as_ref().unwrap_or(call);
    let outline = Outline {
        name: E::NAME,
        needs: (!E::ASK_ANYWAY).then_some(E::CAPABILITY),
        also_needs: call.also_needs(),
        names_account: E::NAMES_ACCOUNT,
        in_query: E::IN_QUERY,
        patience: E::PATIENCE,
        body: call.as_json(),
    };
    outline.request(call.validate(), authorization).map_err(|error| error.with_operation(E::NAME))
}

/// What a request is made of, whatever the call is: there are many calls, so what each has of its own is kept
/// short.
struct Outline<'a> {
    name: &'static str,
    needs: Option<Capability>,
    also_needs: Vec<Capability>,
    names_account: bool,
    in_query: bool,
    patience: Duration,
    body: Json<'a>,
}

impl Outline<'_> {
    fn request(
        self,
        checked: Result<(), Error>,
        authorization: &Authorization,
    ) -> Result<Request, Error> {
        checked?;
        for needed in self.needs.iter().chain(&self.also_needs) {
            authorization.require(needed)?;
        }
        let url = format!("{}{API_PATH}/{}", authorization.api_url, self.name);
        let request = if self.in_query {
            get(&url, &self.body, authorization)
        } else {
            let account = self.names_account.then_some(&authorization.account_id);
            post(&url, self.body, account, authorization)
        };
        request.map(|request| Request { idle_timeout: self.patience, ..request })
    }
}

/// The fields of a flat call in the query of a URL.
fn get(url: &str, call: &Json<'_>, authorization: &Authorization) -> Result<Request, Error> {
    let mut url = url.to_owned();
    let mut separator = '?';
    for (name, value) in call.fields().map_err(unsendable)?.iter() {
        let text = match value {
            Json::Text(text) => text.to_string(),
            other => other.to_text().map_err(unsendable)?,
        };
        url.push(separator);
        url.push_str(name);
        url.push('=');
        url.push_str(&crate::encoding::encode(&text));
        separator = '&';
    }
    finish(RequestHead::new(Method::Get, url), Body::Empty, authorization)
}

/// The call as a body.
fn post<'a>(
    url: &str,
    mut call: Json<'a>,
    account: Option<&'a AccountId>,
    authorization: &Authorization,
) -> Result<Request, Error> {
    if let (Some(account), Json::Object(fields)) = (account, &mut call) {
        fields.put("accountId", account.as_json());
    }
    let body = Body::Bytes(call.to_text().map_err(unsendable)?.into());
    let mut head = RequestHead::new(Method::Post, url);
    put(&mut head.headers, CONTENT_TYPE, JSON)?;
    finish(head, body, authorization)
}

fn finish(
    mut head: RequestHead,
    body: Body,
    authorization: &Authorization,
) -> Result<Request, Error> {
    check_url("API", &head.url)?;
    push_token(&mut head.headers, &authorization.token)?;
    put(&mut head.headers, ACCEPT, JSON)?;
    Ok(Request {
        head,
        body,
        reply: ReplyPlan::Collect { limit: MAX_JSON },
        idle_timeout: PATIENCE,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unsendable(error: JsonError) -> Error {
    invalid(error.to_string())
}

/// Reads the answer to a call.
///
/// # Errors
///
/// The error that B2 answered, or [`ErrorKind::InvalidResponse`] for an answer that is none of B2's.
pub fn response<E: Endpoint>(call: &E, reply: &Reply) -> Result<E::Response, Error> {
    read_json(Target::Api, reply)
        .and_then(|response| call.check(&response).map(|()| response))
        .map_err(|error| about(call.refine(error), E::NAME, call.subject()))
}

fn about(error: Error, operation: &'static str, subject: Option<String>) -> Error {
    let error = error.with_operation(operation);
    match subject {
        Some(subject) => error.with_subject(subject),
        None => error,
    }
}

/// Reads a JSON answer from `target`, whatever it is.
pub(crate) fn read_json<T: FromJson>(target: Target, reply: &Reply) -> Result<T, Error> {
    let mut answer = None;
    read_with(target, reply, &mut |place| answer = Some(T::from_json(place)))?;
    answer.ok_or_else(|| Error::unreadable_response("it was not read"))
}

/// The same for any type: there are many, so what each has of its own is kept short.
fn read_with(target: Target, reply: &Reply, read: &mut dyn FnMut(&Place<'_>)) -> Result<(), Error> {
    let Response { status, headers, body } = &reply.response;
    if *status != 200 {
        return Err(Error::from_reply(target, *status, headers, body));
    }
    // A login page, or an answer that was cut.
    let foreign = || Error::foreign_response(target, *status, headers, body, &[]);
    let json = Json::parse(body).map_err(|_| foreign())?;
    json.read_with(read).map_err(|error| match says_json(headers) {
        Some(false) => foreign(),
        _ => Error::unreadable_response(error.to_string()),
    })
}

/// Checks that an answer is about what was asked for, as far as it says.
fn same(what: &str, asked: &str, answered: &str) -> Result<(), Error> {
    if asked == answered {
        return Ok(());
    }
    let message = format!(
        "the answer is about another file: {what} '{}' instead of '{}'",
        shown(answered),
        shown(asked)
    );
    Err(Error::unreadable_response("").with_kind(ErrorKind::WrongFile).with_message(message))
}

/// The same for the name of a new file. A gateway may put it into another folder.
fn same_new_name(asked: &str, answered: &str) -> Result<(), Error> {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    if last(asked) == last(answered) { Ok(()) } else { same("name", asked, answered) }
}

/// Adds a header that arguments are in, so it may be one that cannot be sent.
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

/// An argument that cannot be.
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
