//! Receives the bodies of uploads.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http_body_util::BodyExt;

use super::disconnect::Disconnect;
use super::disk::BlobWriter;
use super::request_body::RequestBody;
use super::shared::Shared;
use crate::content::Blob;
use crate::faults::{Fault, portion};
use crate::service::{PendingUpload, ReceivedBody};
use crate::wire::Reply;

/// The largest buffer that is allocated in advance, in bytes.
const FIRST_CAPACITY: u64 = 64 << 20;

/// The destination of an upload's data.
enum Destination {
    Memory(Vec<u8>),
    Disk(BlobWriter),
    Discard,
}

/// Releases the upload URL if the future is dropped, which hyper does when the connection breaks.
struct UploadUrlGuard<'a> {
    shared: &'a Shared,
    pending: Option<PendingUpload>,
}

impl Drop for UploadUrlGuard<'_> {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            let now = self.shared.clock.now();
            self.shared.model().service.abort(now, pending);
        }
    }
}

pub(super) async fn receive<B: RequestBody>(
    shared: &Arc<Shared>,
    pending: PendingUpload,
    mut body: B,
    fault: &Fault,
) -> Result<Reply, Disconnect> {
    let mut decoder = pending.decoder();
    let data_len = pending.data_len();
    let mut guard = UploadUrlGuard { shared, pending: Some(pending) };
    let cut_at = match fault {
        Fault::CutDuring(share) => Some(portion(data_len, *share)),
        _ => None,
    };
    let mut destination = match &shared.disk {
        Some(disk) => Destination::Disk(disk.create().map_err(|_| Disconnect)?),
        None if shared.discards() => Destination::Discard,
        None => {
            let capacity = usize::try_from(data_len.min(FIRST_CAPACITY)).unwrap_or_default();
            Destination::Memory(Vec::with_capacity(capacity))
        }
    };
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|_| Disconnect)?.into_data() else {
            continue;
        };
        received += chunk.len();
        if cut_at.is_some_and(|at| received > at) {
            return Err(Disconnect);
        }
        destination.write(&decoder.push(chunk)).map_err(|_| Disconnect)?;
    }
    if cut_at.is_some() {
        return Err(Disconnect);
    }
    let blob = match destination {
        Destination::Memory(bytes) => Blob::Bytes(bytes.into()),
        Destination::Disk(incomplete) => {
            Blob::Stored(incomplete.complete().map_err(|_| Disconnect)?)
        }
        Destination::Discard => Blob::Discarded,
    };
    let stored = match &blob {
        Blob::Stored(number) => Some(*number),
        Blob::Bytes(_) | Blob::Discarded => None,
    };
    let received = ReceivedBody::from_decoder(decoder, blob);
    let pending = guard.pending.take().ok_or(Disconnect)?;
    let now = shared.clock.now();
    let reply = shared.update(|service| service.receive(now, pending, received));
    if let (Some(disk), Some(number)) = (&shared.disk, stored) {
        disk.commit(number);
    }
    let reply = reply.map_err(|_| Disconnect)?;
    shared.unused.fetch_or(!reply.status().is_success(), Ordering::SeqCst);
    Ok(reply)
}

impl Destination {
    fn write(&mut self, data: &Bytes) -> std::io::Result<()> {
        match self {
            Self::Memory(bytes) => bytes.extend_from_slice(data),
            Self::Disk(incomplete) => incomplete.write(data)?,
            Self::Discard => {}
        }
        Ok(())
    }
}
