//! Uploads of small files through the gateway.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;

use bytes::Bytes;

use super::config::{GatewayConfig, SmallFiles};
use super::refusal::Refusal;
use super::session::GatewaySession;
use super::{Grant, response};
use crate::call::{CallFactory, Retrying};
use crate::create::{
    Destination, NewFile, PartEvent, PlannedPart, StoredPart, UploadOptions, UploadWorkers,
};
use crate::encoding::{HeaderLimit, decode_exact};
use crate::hash::{HEX_LEN, Sha1Digest};
use crate::http::names::{
    CONTENT_SHA1, CONTENT_TYPE, CUSTOM_UPLOAD_TIMESTAMP, FILE_NAME, INFO_PREFIX, LEGAL_HOLD,
    RETAIN_UNTIL, RETENTION_MODE, SSE, SSE_C_ALGORITHM,
};
use crate::http::{Headers, Response};
use crate::machine::{
    Action, Body, BodyStyle, Input, Machine, OnCancel, Origin, SourceId, Span, Step, StepQueue,
    TaskId, TaskIds, cancelled,
};
use crate::model::{ALGORITHM, EncryptionSetting, FileInfo};
use crate::time::{Instant, MonotonicTime};

/// Headers that are never granted: they would bind the application, or make the file unreadable for it.
const REFUSED: [&str; 5] =
    [RETENTION_MODE, RETAIN_UNTIL, LEGAL_HOLD, CUSTOM_UPLOAD_TIMESTAMP, SSE_C_ALGORITHM];

/// Uploads a received file under the name that the grant permits.
///
/// One of the workers of uploads sends it. Requests carry the bytes, which are in memory already, so the host needs no
/// source.
#[derive(Debug)]
pub(super) struct Relay {
    session: GatewaySession,
    /// The name of the file.
    name: String,
    workers: UploadWorkers,
    ids: TaskIds,
    steps: StepQueue<Response<Bytes>, Retrying>,
    monotonic: MonotonicTime,
    bytes: Bytes,
}

impl Relay {
    pub(super) fn new(
        session: GatewaySession,
        headers: &Headers,
        body: &Bytes,
    ) -> Result<Self, Refusal> {
        let SmallFiles::Relay { limit } = session.config.small_files else {
            return Err(Refusal::unauthorized("files do not go through this gateway"));
        };
        let grant = &session.claims.grant;
        check_head(&session.config, grant, headers)?;
        let uploads = grant.may_upload()?;
        let (bytes, sha1) = content(headers, body)?;
        let size = bytes.len() as u64;
        uploads.check_size(size)?;
        if size > limit {
            return Err(Refusal::bad_request(format!(
                "files of more than {limit} bytes are sent in parts"
            )));
        }
        let given = decoded(FILE_NAME, text(headers, FILE_NAME)?)?;
        let name = uploads.names.stored(&grant.prefix, &given, &session.random())?;
        let mut file = NewFile::new(name.clone());
        file.content_type = text(headers, CONTENT_TYPE)?.to_owned();
        let info = info(headers)?;
        if uploads.declared_size(&info)?.is_some_and(|declared| declared != size) {
            return Err(Refusal::bad_request("the file has another size than was declared"));
        }
        file.file_info = uploads.info_to_store(info, &session.mark())?;
        file.encryption = encryption(headers)?;
        let mut steps = StepQueue::default();
        if let Err(error) = file.check() {
            steps.done(Err(error));
        }
        // The SHA-1 was computed from these bytes.
        let body_style = BodyStyle::Known { max_in_memory: 0 };
        let options = UploadOptions { body_style, ..UploadOptions::default() };
        let mut calls = CallFactory::new(session.config.retry, session.seed, TaskIds::default());
        let destination = Destination::of_file(grant.bucket.id.clone(), file);
        let mut workers = UploadWorkers::new(destination, 1, &options, calls.fork());
        workers.push(PlannedPart::of_source(SourceId(0), 0..size), Some(sha1));
        let (ids, monotonic) = (calls.ids().clone(), MonotonicTime::default());
        Ok(Self { session, name, workers, ids, steps, monotonic, bytes })
    }

    /// Stops the worker. Its upload URL can be used again after a success.
    fn stop(&mut self) {
        let (running, idle) = self.workers.stop();
        for task in running {
            self.steps.abort(task);
        }
        for url in idle {
            let task = self.ids.next();
            self.steps.start(task, Action::KeepUrl(self.workers.url_key(), url));
        }
    }

    fn stored(&mut self, stored: StoredPart) {
        self.stop();
        if let Some(version) = stored.version {
            let id = self.session.seal_stored(&version.file_id, &version.file_name);
            let file = self.session.file(*version, Some(id));
            self.steps.done(Ok(response::json(200, &file)));
        }
    }

    /// Replaces the spans in the body of a request by their bytes.
    fn with_bytes(&self, action: Action) -> Action {
        let Action::Send(request) = action else {
            return action;
        };
        let mut request = *request;
        if let Body::Spans { spans, .. } = &request.body {
            let bytes = match spans.as_slice() {
                // Shares the memory.
                [span] => self.span(span),
                spans => spans.iter().flat_map(|span| self.span(span)).collect(),
            };
            request.body = Body::Bytes(bytes);
        }
        Action::Send(Box::new(request))
    }

    fn span(&self, span: &Span) -> Bytes {
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        let range = match span.origin {
            Origin::Source(_) => at(span.range.start)..at(span.range.end),
            Origin::Buffer(_) => 0..0,
        };
        self.bytes.get(range).map_or_else(Bytes::new, |bytes| self.bytes.slice_ref(bytes))
    }
}

/// Checks the head of an upload before its body is read.
pub(super) fn check_head(
    config: &GatewayConfig,
    grant: &Grant,
    headers: &Headers,
) -> Result<(), Refusal> {
    let SmallFiles::Relay { .. } = config.small_files else {
        return Err(Refusal::unauthorized("files do not go through this gateway"));
    };
    let uploads = grant.may_upload()?;
    if let Some(name) = REFUSED.iter().find(|name| headers.get(name).is_some()) {
        return Err(Refusal::unauthorized(format!("the grant is not for '{name}'")));
    }
    let given = decoded(FILE_NAME, text(headers, FILE_NAME)?)?;
    let name = uploads.names.stored(&grant.prefix, &given, "0123456789abcdef")?;
    uploads.check_type(text(headers, CONTENT_TYPE)?)?;
    text(headers, CONTENT_SHA1)?;
    let info = info(headers)?;
    uploads.declared_size(&info)?;
    let limit = match encryption(headers)? {
        Some(_) => HeaderLimit::Advanced,
        None => HeaderLimit::Ordinary,
    };
    let stored = uploads.info_to_store(info, "0123456789abcdef0123456789abcdef")?;
    stored.check(&name, limit).map_err(|error| Refusal::bad_request(error.message()))
}

/// Returns the bytes of the file and their SHA-1, which is compared with the one that the client sends.
fn content(headers: &Headers, body: &Bytes) -> Result<(Bytes, Sha1Digest), Refusal> {
    let (bytes, digits) = match text(headers, CONTENT_SHA1)? {
        "do_not_verify" => (body.clone(), None),
        "hex_digits_at_end" => {
            let start = body.len().checked_sub(HEX_LEN);
            let start = start.ok_or_else(|| Refusal::bad_request("sha1 is wrong length"))?;
            let digits = core::str::from_utf8(&body[start..]).unwrap_or_default();
            (body.slice(..start), Some(digits))
        }
        digits => (body.clone(), Some(digits)),
    };
    let sha1 = Sha1Digest::of(&bytes);
    match digits.map(str::parse::<Sha1Digest>) {
        None => Ok((bytes, sha1)),
        Some(Ok(expected)) if expected == sha1 => Ok((bytes, sha1)),
        Some(Ok(_)) => Err(Refusal::bad_request("Sha1 did not match data received")),
        Some(Err(_)) => Err(Refusal::bad_request("sha1 is wrong length")),
    }
}

/// Returns the value of a header that must occur once.
fn text<'a>(headers: &'a Headers, name: &str) -> Result<&'a str, Refusal> {
    let mut values = headers.get_all(name).filter(|value| value.is_ascii());
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (Some(_), Some(_)) => {
            Err(Refusal::bad_request(format!("the header '{name}' is there more than once")))
        }
        (None, _) => Err(Refusal::bad_request(format!("the header '{name}' is missing"))),
    }
}

/// Decodes the value of a percent-encoded header.
///
/// Some platforms join repeated headers with a comma and a space, which an encoded value cannot contain.
fn decoded(name: &str, value: &str) -> Result<String, Refusal> {
    if value.contains(", ") {
        return Err(Refusal::bad_request(format!("the header '{name}' is there more than once")));
    }
    let wrong = || Refusal::bad_request(format!("the header '{name}' is not UTF-8"));
    decode_exact(value).ok_or_else(wrong)
}

/// Returns the file info of the `X-Bz-Info-*` headers.
fn info(headers: &Headers) -> Result<FileInfo, Refusal> {
    let mut info = FileInfo::new();
    for (name, value) in headers.iter() {
        if let Some(key) = name.strip_prefix(INFO_PREFIX) {
            if !value.is_ascii() {
                let message = format!("the header '{name}' is not percent-encoded");
                return Err(Refusal::bad_request(message));
            }
            if info.insert(key, decoded(name, value)?).is_some() {
                let message = format!("the header '{name}' is there more than once");
                return Err(Refusal::bad_request(message));
            }
        }
    }
    Ok(info)
}

/// Returns the requested encryption; SSE-C has been refused.
fn encryption(headers: &Headers) -> Result<Option<EncryptionSetting>, Refusal> {
    match headers.get(SSE) {
        None => Ok(None),
        Some(ALGORITHM) => Ok(Some(EncryptionSetting::SseB2)),
        Some(_) => Err(Refusal::bad_request("the encryption is AES256 or none")),
    }
}

/// Returns the largest body of an upload, in bytes, including a SHA-1 at its end.
pub(super) fn body_limit(small_files: &SmallFiles, grant: &Grant) -> u64 {
    let granted = grant.uploads.as_ref().map_or(0, |uploads| uploads.max_bytes);
    match small_files {
        SmallFiles::Relay { limit } => granted.min(*limit).saturating_add(HEX_LEN as u64),
        SmallFiles::IssueKey { .. } | SmallFiles::Refuse => 0,
    }
}

/// Returns the refusal of a body that is longer than [`body_limit`].
pub(super) fn too_long() -> Refusal {
    Refusal::bad_request("files of this size are sent in parts")
}

impl Machine for Relay {
    type Output = Response<Bytes>;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<Response<Bytes>, Retrying> {
        let now = self.monotonic.advance(now);
        loop {
            if let Some(step) = self.steps.pop() {
                return step;
            }
            if self.steps.is_done() {
                return Step::Wait(None);
            }
            match self.workers.poll(now) {
                Step::Start(task, action) => return Step::Start(task, self.with_bytes(action)),
                Step::Abort(task) => return Step::Abort(task),
                Step::Emit(PartEvent::Retrying(retrying)) => return Step::Emit(retrying),
                Step::Emit(PartEvent::Progress) => {}
                Step::Emit(PartEvent::Accepted { stored, .. }) => self.stored(stored),
                Step::Wait(deadline) => return Step::Wait(deadline),
                Step::Done(Err(error)) => {
                    self.stop();
                    self.steps.done(Err(match error.subject() {
                        Some(_) => error,
                        None => error.with_subject(self.name.clone()),
                    }));
                }
                Step::Done(Ok(never)) => match never {},
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let now = self.monotonic.advance(now);
        self.workers.handle(now, task, input);
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if !self.steps.is_done() {
            self.steps.clear();
            self.stop();
            self.steps.done(Err(cancelled()));
        }
    }
}
