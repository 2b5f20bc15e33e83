//! How each kind of task is done.

use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;

use b2_proto::error::{Failure, FailureKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::http::Response;
use b2_proto::machine::{Authorized, Body, BufferId, Input, Reply, ReplyPlan, Span};
use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{Either, select};
use futures::lock::Mutex as AsyncMutex;

use crate::error::Error;
use crate::host::{Failed, Host, Incoming, Outgoing, OutgoingBody, Reader, Source};

/// What became of a task.
pub(crate) enum Outcome<B> {
    Input(Input),
    Auth(Result<Authorized, Error>),
    Head(Response<()>, B),
    Received { bytes: u64, broken: Option<Failed> },
    Filled { buffer: BufferId, bytes: Bytes, end: bool },
    Failed(Failed),
}

/// The body of a request, with the machine's names replaced by the sources they stand for.
pub(crate) fn outgoing<S>(body: Body, source: impl Fn(&Span) -> Option<S>) -> OutgoingBody<S> {
    match body {
        Body::Empty => OutgoingBody::Empty,
        Body::Bytes(bytes) => OutgoingBody::Bytes(bytes),
        Body::Spans { spans, digest_at_end } => {
            OutgoingBody::Spans { spans: resolve(spans, source), digest_at_end }
        }
    }
}

/// Spans with the sources they are of.
pub(crate) fn resolve<S>(
    spans: Vec<Span>,
    source: impl Fn(&Span) -> Option<S>,
) -> Vec<(S, Range<u64>)> {
    spans.into_iter().filter_map(|span| Some((source(&span)?, span.range))).collect()
}

/// What a request says that was under way while the device slept.
pub(crate) fn asleep() -> Failure {
    Failure::new(FailureKind::Asleep, "")
}

/// What becomes of `future`, unless the device has slept.
pub(crate) async fn awake<T>(
    slept: &mut oneshot::Receiver<()>,
    future: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    match select(slept, pin!(future)).await {
        Either::Left(_) => Err(asleep().into()),
        Either::Right((outcome, _)) => outcome,
    }
}

pub(crate) async fn send<H: Host>(
    host: &H,
    outgoing: Outgoing<H::Source>,
    plan: ReplyPlan,
    mut slept: oneshot::Receiver<()>,
) -> Outcome<H::Incoming> {
    let answer = match awake(&mut slept, host.send(outgoing)).await {
        Ok(answer) => answer,
        Err(failed) => return Outcome::Failed(failed),
    };
    let (head, body) = answer.response.into_parts();
    let limit = match plan {
        ReplyPlan::Stream { .. } if head.is_success() => return Outcome::Head(head, body),
        ReplyPlan::Stream { limit } | ReplyPlan::Collect { limit } => limit,
    };
    match awake(&mut slept, collect(body, limit)).await {
        Ok(body) => {
            let response = head.map(|()| body);
            Outcome::Input(Input::Reply(Reply { response, sent: answer.sent }))
        }
        Err(failed) => Outcome::Failed(failed),
    }
}

async fn collect(mut body: impl Incoming, limit: u64) -> Result<Bytes, Failed> {
    let (mut chunks, mut len) = (Vec::new(), 0);
    while let Some(chunk) = body.chunk().await? {
        len += chunk.len() as u64;
        if len > limit {
            let message = format!("more than {limit} bytes");
            return Err(Failure::new(FailureKind::TooLong, message).into());
        }
        chunks.push(chunk);
    }
    match chunks.pop() {
        // As it is where it came in one piece, as most answers do.
        Some(only) if chunks.is_empty() => Ok(only),
        last => {
            chunks.extend(last);
            Ok(chunks.concat().into())
        }
    }
}

pub(crate) async fn digest<S: Source, B>(spans: Vec<(S, Range<u64>)>) -> Outcome<B> {
    if let [(source, range)] = &*spans {
        return match source.digest(range.clone()).await {
            Ok(digest) => Outcome::Input(Input::Digest(digest)),
            Err(failed) => Outcome::Failed(failed),
        };
    }
    let mut hasher = Sha1Hasher::new();
    for (source, range) in spans {
        match source.hash(range, hasher).await {
            Ok(further) => hasher = further,
            Err(failed) => return Outcome::Failed(failed),
        }
    }
    Outcome::Input(Input::Digest(hasher.finish()))
}

pub(crate) async fn fill<R: Reader, B>(
    reader: Arc<AsyncMutex<R>>,
    buffer: BufferId,
    max: u64,
) -> Outcome<B> {
    match reader.lock().await.fill(max).await {
        Ok((bytes, end)) => Outcome::Filled { buffer, bytes, end },
        Err(failed) => Outcome::Failed(failed),
    }
}
