//! A small file on its way through the gateway.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;

use bytes::Bytes;

use super::config::{GatewayConfig, SmallFiles};
use super::refusal::Refusal;
use super::session::GatewaySession;
use super::{Grant, response};
use crate::call::Retrying;
use crate::create::{Content, MAX_PART_SIZE, NewFile, Upload, UploadEvent, UploadOptions};
use crate::encoding::{HeaderLimit, decode_exact};
use crate::hash::{HEX_LEN, Sha1Digest};
use crate::http::names::{
    CONTENT_SHA1, CONTENT_TYPE, CUSTOM_UPLOAD_TIMESTAMP, FILE_NAME, INFO_PREFIX, LEGAL_HOLD,
    RETAIN_UNTIL, RETENTION_MODE, SSE, SSE_C_ALGORITHM,
};
use crate::http::{Headers, Response};
use crate::machine::{
    Action, Body, BodyStyle, Input, Machine, OnCancel, Origin, SourceId, Span, Step, TaskId,
};
use crate::model::{ALGORITHM, EncryptionSetting, FileInfo};
use crate::time::Instant;

/// What a visitor may not say about a file: it would bind the application, or hide the bytes from it.
const REFUSED: [&str; 5] =
    [RETENTION_MODE, RETAIN_UNTIL, LEGAL_HOLD, CUSTOM_UPLOAD_TIMESTAMP, SSE_C_ALGORITHM];

/// Uploads what has arrived, under the name that the grant says.
///
/// It is the upload of every client. The bytes are in memory already, so each request carries them and the
/// host needs no source.
#[derive(Debug)]
pub(super) struct Relay {
    session: GatewaySession,
    upload: Upload,
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
        let name = uploads.names.stored(grant, &given, &session.random())?;
        let mut file = NewFile::new(grant.bucket.id.clone(), name);
        file.content_type = text(headers, CONTENT_TYPE)?.to_owned();
        let info = info(headers)?;
        if uploads.declared_size(&info)?.is_some_and(|declared| declared != size) {
            return Err(Refusal::bad_request("the file has another size than was declared"));
        }
        file.info = uploads.info_to_store(info, &session.mark())?;
        file.encryption = encryption(headers)?;
        let options = UploadOptions {
            parallel: 1,
            part_size: Some(MAX_PART_SIZE),
            resume: false,
            // It was computed from these bytes.
            verify_sha1: false,
            body_style: BodyStyle::Known,
            retry: session.config.retry,
            ..UploadOptions::default()
        };
        let content = Content::Source { source: SourceId(0), len: size, sha1: Some(sha1) };
        let upload = Upload::new(file, content, options, session.seed);
        Ok(Self { session, upload, bytes })
    }

    /// The action with the bytes themselves in the place of what describes them.
    fn with_bytes(&self, action: Action) -> Action {
        let Action::Send(request) = action else {
            return action;
        };
        let mut request = *request;
        if let Body::Spans { spans, .. } = &request.body {
            let bytes = match spans.as_slice() {
                // Shared, not copied.
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

/// Checks what the head of an upload says, before its body is read.
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
    let name = uploads.names.stored(grant, &given, "0123456789abcdef")?;
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

/// The file and its SHA-1, which must be the one that the client says.
fn content(headers: &Headers, body: &Bytes) -> Result<(Bytes, Sha1Digest), Refusal> {
    let said = text(headers, CONTENT_SHA1)?;
    let (bytes, said) = match said {
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
    match said.map(str::parse::<Sha1Digest>) {
        None => Ok((bytes, sha1)),
        Some(Ok(said)) if said == sha1 => Ok((bytes, sha1)),
        Some(Ok(_)) => Err(Refusal::bad_request("Sha1 did not match data received")),
        Some(Err(_)) => Err(Refusal::bad_request("sha1 is wrong length")),
    }
}

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

/// What a header says, which is percent-encoded.
///
/// Platforms make one header of several with a comma and a space between. No client leaves a space as it is.
fn decoded(name: &str, value: &str) -> Result<String, Refusal> {
    if value.contains(", ") {
        return Err(Refusal::bad_request(format!("the header '{name}' is there more than once")));
    }
    let wrong = || Refusal::bad_request(format!("the header '{name}' is not UTF-8"));
    decode_exact(value).ok_or_else(wrong)
}

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

fn encryption(headers: &Headers) -> Result<Option<EncryptionSetting>, Refusal> {
    match headers.get(SSE) {
        None => Ok(None),
        Some(ALGORITHM) => Ok(Some(EncryptionSetting::SseB2)),
        Some(_) => Err(Refusal::bad_request("the encryption is AES256 or none")),
    }
}

/// The body of a small file, as long as it may be with the digest behind it.
pub(super) fn body_limit(small_files: &SmallFiles, grant: &Grant) -> u64 {
    let granted = grant.uploads.as_ref().map_or(0, |uploads| uploads.max_bytes);
    match small_files {
        SmallFiles::Relay { limit } => granted.min(*limit).saturating_add(HEX_LEN as u64),
        SmallFiles::IssueKey { .. } | SmallFiles::Refuse => 0,
    }
}

pub(super) fn too_long() -> Refusal {
    Refusal::bad_request("files of this size are sent in parts")
}

impl Machine for Relay {
    type Output = Response<Bytes>;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<Response<Bytes>, Retrying> {
        loop {
            return match self.upload.poll(now) {
                Step::Start(task, action) => Step::Start(task, self.with_bytes(action)),
                Step::Abort(task) => Step::Abort(task),
                Step::Emit(UploadEvent::Retrying(retrying)) => Step::Emit(retrying),
                Step::Emit(_) => continue,
                Step::Wait(deadline) => Step::Wait(deadline),
                Step::Done(Ok(version)) => {
                    let id = self.session.seal_stored(&version.file_id, &version.file_name);
                    let file = self.session.file(&version, Some(&id));
                    Step::Done(Ok(response::json(200, &file)))
                }
                Step::Done(Err(error)) => Step::Done(Err(error)),
            };
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.upload.handle(now, task, input);
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        self.upload.cancel(now, policy);
    }
}
