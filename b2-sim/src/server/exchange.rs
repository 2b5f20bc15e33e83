//! One request over HTTP: the model's steps, with real bodies and real faults.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderValue};
use http::request::Parts;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::body::{Flaw, OutBody};
use super::disk::Disk;
use super::{Shared, now, upload};
use crate::content::Hashing;
use crate::faults::{ExchangeKind, Fault, name_other_file, portion, reword};
use crate::service::{Admission, CallTicket, CopyTicket, Outcome};
use crate::wire::{Refusal, Reply, ReplyBody};

/// How much of an unwanted body is read, so that the client gets to see the answer.
const DRAIN: u64 = 1 << 30;

/// How long a connection stays open over which nothing comes.
const SILENCE: Duration = Duration::from_secs(3_600);

/// The connection must end without an answer.
#[derive(Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is cut")
    }
}

impl std::error::Error for Cut {}

pub(super) async fn answer(
    shared: Arc<Shared>,
    request: http::Request<Incoming>,
) -> Result<http::Response<OutBody>, Cut> {
    let (head, body) = request.into_parts();
    let fault = shared.draw(&head);
    let made_up = shared.model().service.answer_for_fault(now(), &head, &fault);
    let reply = if let Some(reply) = made_up {
        discard(reply, &head, body).await
    } else {
        match fault {
            Fault::CutBefore => {
                shared.model().service.lost(now(), &head);
                return Err(Cut);
            }
            Fault::Slow(delay) => tokio::time::sleep(delay).await,
            Fault::NeverAnswers { acts: false } => {
                shared.model().service.lost(now(), &head);
                return silence().await;
            }
            _ => {}
        }
        act(&shared, &head, body, &fault).await?
    };
    if matches!(fault, Fault::CutAfter | Fault::NeverAnswers { .. }) {
        shared.model().service.reject_upload_url(&head);
        return if fault == Fault::CutAfter { Err(Cut) } else { silence().await };
    }
    shared.saw(reply.extensions().get());
    Ok(shared.body_of(reply, &fault))
}

/// Says nothing for longer than any client waits.
async fn silence<T>() -> Result<T, Cut> {
    tokio::time::sleep(SILENCE).await;
    Err(Cut)
}

impl Shared {
    fn draw(&self, head: &Parts) -> Fault {
        let mut model = self.model();
        match (&mut model.faults, ExchangeKind::of(head)) {
            (Some(faults), Some(kind)) => faults.next(kind),
            _ => Fault::None,
        }
    }

    fn body_of(&self, reply: Reply, fault: &Fault) -> http::Response<OutBody> {
        let (mut head, body) = reply.into_parts();
        if *fault == Fault::OtherFile && head.status.is_success() {
            name_other_file(&mut head.headers);
        }
        let body = match body {
            ReplyBody::Empty => OutBody::new(Bytes::new()),
            ReplyBody::Bytes(bytes) if *fault == Fault::Reworded => {
                let (reworded, bytes) =
                    reword(http::Response::from_parts(head, bytes)).into_parts();
                head = reworded;
                OutBody::new(bytes)
            }
            ReplyBody::Bytes(bytes) => OutBody::new(bytes),
            ReplyBody::Content(content) => {
                let len = content.len();
                let at = |share| portion(len, share) as u64;
                let (content, flaw) = match *fault {
                    Fault::TruncatedCleanly(share) => {
                        head.headers.insert(CONTENT_LENGTH, at(share).into());
                        (content.slice(0..at(share)), None)
                    }
                    Fault::TruncatedBroken(share) => (content, Some(Flaw::EndsAt(at(share)))),
                    Fault::Corrupted(share) => (content, Some(Flaw::WrongAt(at(share)))),
                    Fault::OtherFile => (content, Some(Flaw::AllOther)),
                    _ => (content, None),
                };
                OutBody::of_content(content, self.disk.as_ref(), flaw)
            }
        };
        http::Response::from_parts(head, body)
    }
}

/// Lets the model act.
async fn act(
    shared: &Arc<Shared>,
    head: &Parts,
    body: Incoming,
    fault: &Fault,
) -> Result<Reply, Cut> {
    let admission = shared.model().service.begin(now(), head);
    // Calls can be made with `GET`, too.
    if ExchangeKind::of(head) == Some(ExchangeKind::Call) {
        shared.changed.store(true, Ordering::SeqCst);
    }
    match admission {
        Admission::Reply(reply) => Ok(discard(reply, head, body).await),
        Admission::Call(ticket) => call(shared, ticket, body).await,
        Admission::Upload(ticket) => upload::receive(shared, ticket, body, fault).await,
    }
}

async fn call(shared: &Arc<Shared>, ticket: CallTicket, body: Incoming) -> Result<Reply, Cut> {
    let Ok(body) = http_body_util::Limited::new(body, CallTicket::LIMIT).collect().await else {
        let mut reply = Reply::from(Refusal::bad_request("the body is too long or broken"));
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return Ok(reply);
    };
    let outcome = shared.model().service.call(now(), ticket, &body.to_bytes());
    shared.changed.store(true, Ordering::SeqCst);
    match outcome {
        Outcome::Reply(reply) => Ok(reply),
        Outcome::Copy(ticket) => copy(shared, ticket).await,
    }
}

/// Hashes what is copied, on a thread of its own.
async fn copy(shared: &Arc<Shared>, ticket: CopyTicket) -> Result<Reply, Cut> {
    let disk = shared.disk.as_ref().map(Disk::reader);
    let hashed = tokio::task::spawn_blocking(move || {
        let mut hashing = Hashing::new(ticket.wants_md5());
        super::body::read(ticket.source(), disk.as_ref(), |chunk| {
            hashing.update(&chunk);
            true
        })
        .map(|()| (ticket, hashing.finish()))
    });
    let (ticket, digests) = hashed.await.map_err(|_| Cut)?.map_err(|_| Cut)?;
    let reply = shared.model().service.copied(now(), ticket, digests);
    shared.changed.store(true, Ordering::SeqCst);
    Ok(reply)
}

/// Gets a body out of the way that does not matter any more. A client that asked first whether to send
/// it is not made to.
async fn discard(mut reply: Reply, head: &Parts, mut body: Incoming) -> Reply {
    let mut drained = 0;
    let mut finished = hyper::body::Body::is_end_stream(&body);
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
