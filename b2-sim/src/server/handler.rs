//! Handles a request over HTTP: streams the bodies, and applies faults.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderValue};
use http::request::Parts;
use http_body_util::BodyExt;

use super::body::{BodyFault, ResponseBody};
use super::clock::system_time;
use super::disconnect::Disconnect;
use super::disk::Disk;
use super::request_body::RequestBody;
use super::shared::Shared;
use super::upload;
use crate::content::Digester;
use crate::faults::{Fault, RequestKind, name_other_file, portion, reword};
use crate::service::{CallOutcome, NextStep, PendingCall, PendingCopy};
use crate::wire::{Refusal, Reply, ReplyBody, Route, date_header};

/// How many bytes of an unwanted body are received, so that the client receives the response.
const DRAIN: u64 = 1 << 30;

/// How long a connection without a response stays open.
const UNANSWERED: Duration = Duration::from_secs(3_600);

pub(super) async fn answer<B: RequestBody>(
    shared: Arc<Shared>,
    request: http::Request<B>,
) -> Result<http::Response<ResponseBody>, Disconnect> {
    let (head, body) = request.into_parts();
    let fault = shared.draw(&head);
    let generated = shared.model().service.reply_for_fault(shared.clock.now(), &head, &fault);
    let reply = if let Some(reply) = generated {
        discard(reply, &head, body).await
    } else {
        match fault {
            Fault::CutBefore => {
                shared.model().service.log_lost_request(shared.clock.now(), &head);
                return Err(Disconnect);
            }
            Fault::Slow(delay) => tokio::time::sleep(delay).await,
            Fault::NeverAnswers { acts: false } => {
                shared.model().service.log_lost_request(shared.clock.now(), &head);
                return leave_unanswered().await;
            }
            _ => {}
        }
        act(&shared, &head, body, &fault).await?
    };
    if matches!(fault, Fault::CutAfter | Fault::NeverAnswers { .. }) {
        shared.model().service.reject_upload_url(&head);
        return if fault == Fault::CutAfter { Err(Disconnect) } else { leave_unanswered().await };
    }
    shared.notify(reply.extensions().get());
    let mut response = shared.body_of(reply, &fault);
    let (name, value) = date_header(system_time());
    response.headers_mut().insert(name, value);
    Ok(response)
}

/// Waits longer than any client, then closes the connection.
async fn leave_unanswered<T>() -> Result<T, Disconnect> {
    tokio::time::sleep(UNANSWERED).await;
    Err(Disconnect)
}

impl Shared {
    fn draw(&self, head: &Parts) -> Fault {
        let mut model = self.model();
        let kind = RequestKind::of(head);
        if kind.is_some()
            && let Some(fault) = model.next_fault(Route::of(head.uri.path()).operation())
        {
            return fault;
        }
        match (&mut model.faults, kind) {
            (Some(faults), Some(kind)) => faults.next(kind),
            _ => Fault::None,
        }
    }

    fn body_of(&self, reply: Reply, fault: &Fault) -> http::Response<ResponseBody> {
        let (mut head, body) = reply.into_parts();
        if *fault == Fault::OtherFile && head.status.is_success() {
            name_other_file(&mut head.headers);
        }
        let body = match body {
            ReplyBody::Empty => ResponseBody::new(Bytes::new()),
            ReplyBody::Bytes(bytes) if *fault == Fault::Reworded => {
                let (reworded, bytes) =
                    reword(http::Response::from_parts(head, bytes)).into_parts();
                head = reworded;
                ResponseBody::new(bytes)
            }
            ReplyBody::Bytes(bytes) => ResponseBody::new(bytes),
            ReplyBody::Content(content) => {
                let len = content.len();
                let at = |share| portion(len, share) as u64;
                let (content, fault) = match *fault {
                    Fault::TruncatedCleanly(share) => {
                        head.headers.insert(CONTENT_LENGTH, at(share).into());
                        (content.slice(0..at(share)), None)
                    }
                    Fault::TruncatedBroken(share) => {
                        (content, Some(BodyFault::TruncateAt(at(share))))
                    }
                    Fault::Corrupted(share) => (content, Some(BodyFault::CorruptAt(at(share)))),
                    Fault::OtherFile => (content, Some(BodyFault::Replace)),
                    _ => (content, None),
                };
                ResponseBody::of_content(content, self.disk.as_ref(), fault)
            }
        };
        http::Response::from_parts(head, body)
    }
}

/// Passes the request to the model.
async fn act<B: RequestBody>(
    shared: &Arc<Shared>,
    head: &Parts,
    body: B,
    fault: &Fault,
) -> Result<Reply, Disconnect> {
    let now = shared.clock.now();
    // Calls may also be made with `GET`.
    let admission = shared.update(|service| service.begin(now, head)).map_err(|_| Disconnect)?;
    match admission {
        NextStep::Reply(reply) => Ok(discard(reply, head, body).await),
        NextStep::Call(pending) => call(shared, pending, body).await,
        NextStep::Upload(pending) => upload::receive(shared, pending, body, fault).await,
    }
}

async fn call<B: RequestBody>(
    shared: &Arc<Shared>,
    pending: PendingCall,
    body: B,
) -> Result<Reply, Disconnect> {
    let Ok(body) = http_body_util::Limited::new(body, PendingCall::LIMIT).collect().await else {
        let mut reply = Reply::from(Refusal::bad_request("the body is too long or broken"));
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return Ok(reply);
    };
    let (now, body) = (shared.clock.now(), body.to_bytes());
    let outcome = shared.update(|service| service.call(now, pending, &body));
    let outcome = outcome.map_err(|_| Disconnect)?;
    match outcome {
        CallOutcome::Reply(reply) => Ok(reply),
        CallOutcome::Copy(pending) => copy(shared, pending).await,
    }
}

/// Hashes the source of a copy on another thread.
async fn copy(shared: &Arc<Shared>, pending: PendingCopy) -> Result<Reply, Disconnect> {
    let disk = shared.disk.as_ref().map(Disk::reader);
    let hashed = tokio::task::spawn_blocking(move || {
        let mut digester = Digester::new(pending.wants_md5());
        super::body::read(pending.source(), disk.as_ref(), |chunk| {
            digester.update(&chunk);
            true
        })
        .map(|()| (pending, digester.finish()))
    });
    let (pending, digests) = hashed.await.map_err(|_| Disconnect)?.map_err(|_| Disconnect)?;
    let now = shared.clock.now();
    shared.update(|service| service.copied(now, pending, digests)).map_err(|_| Disconnect)
}

/// Discards the body of a request. A client that waits for `100 Continue` is not asked for it.
async fn discard<B: RequestBody>(mut reply: Reply, head: &Parts, mut body: B) -> Reply {
    let mut drained = 0;
    let mut finished = body.is_end_stream();
    let asked = head.headers.contains_key(EXPECT);
    while !finished && !asked && drained < DRAIN {
        match tokio::time::timeout(Duration::from_secs(10), body.frame()).await {
            Ok(Some(Ok(frame))) => drained += frame.data_ref().map_or(0, Bytes::len) as u64,
            Ok(None) => finished = true,
            Ok(Some(Err(_))) | Err(_) => break,
        }
    }
    if !finished {
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}
