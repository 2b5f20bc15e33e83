//! How each kind of task is done.

use alloc::vec::Vec;
use core::ops::Range;

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::{BufferId, Input, Reply, ReplyPlan};
use bytes::Bytes;
use futures::TryStreamExt;

use super::COPIES;
use super::outcome::{Outcome, Permit};
use super::pieces::PieceStream;
use super::reader::AnyReader;
use super::turn::Turn;
use crate::error::HostError;
use crate::host::{Host, HostRequest, Reader, ResponseBody, Source};

/// Sends a request, and reads the answer if that is the plan.
pub(super) async fn send<H: Host>(
    host: H,
    outgoing: HostRequest<H::Source>,
    plan: ReplyPlan,
    permit: Option<Permit>,
    turn: Turn,
) -> Result<Outcome<H>, HostError> {
    let answer = host.send(outgoing).await?;
    turn.responded(&answer.response);
    let (head, body) = answer.response.into_parts();
    let limit = match plan {
        ReplyPlan::Stream { .. } if head.is_success() => {
            return Ok(Outcome::Head { head, body, permit });
        }
        ReplyPlan::Buffer { buffer, max, .. } if COPIES && head.is_success() => {
            let bytes = collect(body, max).await?;
            return Ok(Outcome::Buffered { head, buffer, bytes });
        }
        ReplyPlan::Stream { limit }
        | ReplyPlan::Collect { limit }
        | ReplyPlan::Buffer { limit, .. } => limit,
    };
    let body = collect(body, limit).await?;
    let reply = Reply { response: head.map(|()| body), sent: answer.sent, buffered: 0 };
    Ok(Outcome::Input(Input::Reply(reply)))
}

async fn collect(mut body: impl ResponseBody, limit: u64) -> Result<Bytes, HostError> {
    let (mut chunks, mut len) = (Vec::new(), 0);
    while let Some(chunk) = body.chunk().await? {
        len += chunk.len() as u64;
        if len > limit {
            let message = format!("more than {limit} bytes");
            return Err(TransportError::new(TransportErrorKind::TooLong, message).into());
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

/// Reads the start of a body. Where it breaks, what has come is all there is.
pub(super) async fn peek<H: Host>(
    mut body: H::ResponseBody,
    max: usize,
) -> Result<Outcome<H>, HostError> {
    let mut start = Vec::new();
    while start.len() < max
        && let Ok(Some(chunk)) = body.chunk().await
    {
        start.extend_from_slice(&chunk[..chunk.len().min(max - start.len())]);
    }
    Ok(Outcome::Input(Input::Peeked(start.into())))
}

pub(super) async fn digest<H: Host>(
    spans: Vec<(H::Source, Range<u64>)>,
) -> Result<Outcome<H>, HostError> {
    if let [(source, range)] = &*spans {
        return Ok(Outcome::Input(Input::Digest(source.digest(range.clone()).await?)));
    }
    let mut hasher = Sha1Hasher::new();
    for (source, range) in spans {
        hasher = source.hash(range, hasher).await?;
    }
    Ok(Outcome::Input(Input::Digest(hasher.finish())))
}

/// Reads the next piece of a stream, and brings the stream back.
pub(super) async fn next_intent<H: Host>(
    mut intents: PieceStream<H>,
) -> Result<Outcome<H>, HostError> {
    let next = intents.try_next().await;
    Ok(Outcome::Intent { intents, next })
}

/// Fills a buffer, and brings the reader back. A hasher goes on with what was read.
pub(super) async fn fill<H: Host>(
    mut reader: AnyReader<H>,
    buffer: BufferId,
    max: u64,
    mut hasher: Option<Sha1Hasher>,
) -> Result<Outcome<H>, HostError> {
    let filled = reader.fill(max).await;
    if let (Some(begun), Ok((bytes, _))) = (&mut hasher, &filled) {
        let range = 0..bytes.len() as u64;
        *begun = H::Source::from(bytes.clone()).hash(range, core::mem::take(begun)).await?;
    }
    Ok(Outcome::Filled { buffer, reader, filled, hasher })
}
