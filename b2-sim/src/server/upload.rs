//! The body of an upload, from the connection to where it is kept.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::disk::Incomplete;
use super::exchange::Cut;
use super::{Shared, now};
use crate::content::Blob;
use crate::faults::{Fault, portion};
use crate::service::{Received, UploadTicket};
use crate::wire::Reply;

/// Memory is taken as bytes arrive, not as a client announces them.
const FIRST_CAPACITY: u64 = 64 << 20;

/// Where the data of one upload goes.
enum Keeping {
    Memory(Vec<u8>),
    Disk(Incomplete),
    Nowhere,
}

/// Gives the upload URL back if the connection ends before the body does: hyper drops the future then.
struct Occupied<'a> {
    shared: &'a Shared,
    ticket: Option<UploadTicket>,
}

impl Drop for Occupied<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.shared.model().service.abort(now(), ticket);
        }
    }
}

pub(super) async fn receive(
    shared: &Arc<Shared>,
    ticket: UploadTicket,
    mut body: Incoming,
    fault: &Fault,
) -> Result<Reply, Cut> {
    let mut intake = ticket.intake();
    let data_len = ticket.data_len();
    let mut occupied = Occupied { shared, ticket: Some(ticket) };
    let cut_at = match fault {
        Fault::CutDuring(share) => Some(portion(data_len, *share)),
        _ => None,
    };
    let mut keeping = match &shared.disk {
        Some(disk) => Keeping::Disk(disk.create().map_err(|_| Cut)?),
        None if shared.discard => Keeping::Nowhere,
        None => {
            let capacity = usize::try_from(data_len.min(FIRST_CAPACITY)).unwrap_or_default();
            Keeping::Memory(Vec::with_capacity(capacity))
        }
    };
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|_| Cut)?.into_data() else {
            continue;
        };
        received += chunk.len();
        if cut_at.is_some_and(|at| received > at) {
            return Err(Cut);
        }
        keeping.write(&intake.push(chunk)).map_err(|_| Cut)?;
    }
    if cut_at.is_some() {
        return Err(Cut);
    }
    let blob = match keeping {
        Keeping::Memory(bytes) => Blob::Bytes(bytes.into()),
        Keeping::Disk(incomplete) => Blob::Stored(incomplete.complete().map_err(|_| Cut)?),
        Keeping::Nowhere => Blob::Discarded,
    };
    let stored = match &blob {
        Blob::Stored(number) => Some(*number),
        Blob::Bytes(_) | Blob::Discarded => None,
    };
    let received = Received::from_intake(intake, blob);
    let ticket = occupied.ticket.take().ok_or(Cut)?;
    let reply = shared.model().service.receive(now(), ticket, received);
    if let (Some(disk), Some(number)) = (&shared.disk, stored) {
        disk.settle(number);
    }
    shared.changed.store(true, Ordering::SeqCst);
    Ok(reply)
}

impl Keeping {
    fn write(&mut self, data: &Bytes) -> std::io::Result<()> {
        match self {
            Self::Memory(bytes) => bytes.extend_from_slice(data),
            Self::Disk(incomplete) => incomplete.write(data)?,
            Self::Nowhere => {}
        }
        Ok(())
    }
}
