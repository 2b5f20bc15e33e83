//! The traits of a tree of local files, one side of a synchronization.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use b2_proto::hash::Sha1Digest;
use b2_proto::machine::{LocalFile, LocalScan, ScanItem};
use b2_proto::time::Timestamp;

use crate::error::HostError;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, BoxStream, MaybeSend, MaybeSync};

/// A tree of local files. Names are relative to its root, with `/` between folders.
///
/// Nothing outside of the root is read or written: an implementation does not follow links below the root, unless a scan
/// asks for it.
pub trait LocalFolder<H: Host>: fmt::Debug + MaybeSend + MaybeSync + 'static {
    /// Reports files in the order of the UTF-8 bytes of their names, in pages of bounded size. Entries that cannot be
    /// read are items of the scan, and the scan goes on.
    fn scan(&self, scan: LocalScan) -> ScanStream;

    /// Opens a file. The returned size is the number of its bytes, which a scan need not have known.
    fn open(&self, name: String) -> BoxFuture<'static, Result<(H::Source, LocalFile), HostError>>;

    /// Returns the SHA-1 of a file that a scan has reported, possibly from a cache.
    fn digest(&self, file: LocalFile) -> BoxFuture<'static, Result<Sha1Digest, HostError>>;

    /// Creates a file, and missing folders, which is not visible under its name before it is published. `len` is the
    /// number of bytes that will be written.
    fn create(
        &self,
        name: String,
        len: u64,
    ) -> BoxFuture<'static, Result<Box<dyn NewLocalFile<H>>, HostError>>;

    /// Creates a folder, and missing ones above it; an empty name is that of the root. It is no error if it exists.
    fn create_folder(&self, name: String) -> BoxFuture<'static, Result<(), HostError>>;

    /// Removes a file. It is no error if there is none. Folders that become empty remain.
    fn remove(&self, name: String) -> BoxFuture<'static, Result<(), HostError>>;
}

/// The pages of a scan.
pub type ScanStream = BoxStream<'static, Result<Vec<ScanItem>, HostError>>;

/// A file that is being written. Dropping it removes what was written.
pub trait NewLocalFile<H: Host>: MaybeSend {
    /// Returns the sink to write to.
    fn sink(&self) -> H::Sink;

    /// Gives the file its name and its time of modification. An existing file is replaced in one step.
    fn publish(
        self: Box<Self>,
        modified: Option<Timestamp>,
    ) -> BoxFuture<'static, Result<(), HostError>>;
}
