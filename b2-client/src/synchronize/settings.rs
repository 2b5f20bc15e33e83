//! The settings of a synchronization.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use b2_proto::create::UploadOptions;
use b2_proto::download::DownloadOptions;
use b2_proto::model::{FileInfo, FileRetention, LegalHold};
use b2_proto::retry::RetryPolicy;
use b2_proto::sync::{
    CompareBy, MaxRemovals, NameRange, NewerFiles, Removals, ScanPolicies, Symlinks,
    SyncEncryption, SyncEvent, SyncOptions,
};
use b2_proto::time::Timestamp;

use super::Synchronizer;
use crate::host::Host;
use crate::maybe_send::MaybeSend;

impl<H: Host> Synchronizer<H> {
    /// Sets how two files of the same name are compared. Default: by the time of their last modification.
    pub fn compare(mut self, compare: CompareBy) -> Self {
        self.options.compare = compare;
        self
    }

    /// Sets how much times, in milliseconds, or sizes, in bytes, may differ and count as equal. Default: 0.
    pub fn compare_threshold(mut self, threshold: u64) -> Self {
        self.options.compare_threshold = threshold;
        self
    }

    /// Sets what happens if the file in the destination is newer. Default: the file fails, and the others go on.
    pub fn newer_files(mut self, newer_files: NewerFiles) -> Self {
        self.options.newer_files = newer_files;
        self
    }

    /// Sets what happens to files and versions of the destination that the source does not have. Default: nothing.
    ///
    /// Files are removed after all transfers, and only if both sides were seen to their ends; old versions of a file only if
    /// its transfer succeeded.
    pub fn removals(mut self, removals: Removals) -> Self {
        self.options.removals = removals;
        self
    }

    /// Sets the largest number of files to remove: if there are more, none is removed. Default: half of the files of the
    /// destination.
    pub fn max_removals(mut self, max: MaxRemovals) -> Self {
        self.options.max_removals = max;
        self
    }

    /// Sets whether a source without any file is accepted. Default: no if it is local or if there are removals.
    pub fn allow_empty_source(mut self, allow: bool) -> Self {
        self.options.allow_empty_source = allow;
        self
    }

    /// Sets whether nothing is changed, and the events tell what would be done. Default: no.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.options.dry_run = dry_run;
        self
    }

    /// Sets whether only what was appended to a file is uploaded; B2 copies the rest. Default: no.
    pub fn incremental(mut self, incremental: bool) -> Self {
        self.options.incremental = incremental;
        self
    }

    /// Sets whether a new file is copied within the bucket if a file that is about to be removed has the same size and
    /// SHA-1. Default: no.
    pub fn track_renames(mut self, track_renames: bool) -> Self {
        self.options.track_renames = track_renames;
        self
    }

    /// Sets the range of names to synchronize, such as a shard. Default: all.
    pub fn range(mut self, range: NameRange) -> Self {
        self.options.range = range;
        self
    }

    /// Synchronizes only these files, whose names are relative to the folders. The folders are not listed. A name that the
    /// source does not have fails alone, with [`ErrorKind::FileNotPresent`](b2_proto::ErrorKind::FileNotPresent).
    pub fn files_from(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Reads the bucket of the source as it was at this time.
    pub fn as_of(mut self, time: impl Into<Timestamp>) -> Self {
        self.options.as_of = Some(time.into());
        self
    }

    /// Sets whether the destination is looked up file by file instead of being listed. Default: no.
    pub fn no_traverse(mut self, no_traverse: bool) -> Self {
        self.options.no_traverse = no_traverse;
        self
    }

    /// Sets whether each decision is an event with its reason. Default: no.
    pub fn explain(mut self, explain: bool) -> Self {
        self.options.explain = explain;
        self
    }

    /// Sets how many files are worked on at once. Default: 10.
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.options.parallel = parallel;
        self
    }

    /// Sets how many removals are held in memory. Default: 10,000.
    pub fn max_held_removals(mut self, max: usize) -> Self {
        self.options.max_held_removals = max;
        self
    }

    /// Sets the number of names between two checkpoints. Default: 1,000.
    pub fn checkpoint_every(mut self, names: u64) -> Self {
        self.options.checkpoint_every = names;
        self
    }

    /// Changes the options of each upload and copy.
    ///
    /// ```
    /// # use b2_client::{Host, Synchronizer};
    /// # fn f<H: Host>(synchronizer: Synchronizer<H>) -> Synchronizer<H> {
    /// synchronizer.uploads(|options| options.part_size = Some(25_000_000))
    /// # }
    /// ```
    pub fn uploads(mut self, change: impl FnOnce(&mut UploadOptions)) -> Self {
        change(&mut self.options.upload);
        self
    }

    /// Changes the options of each download.
    pub fn downloads(mut self, change: impl FnOnce(&mut DownloadOptions)) -> Self {
        change(&mut self.options.download);
        self
    }

    /// Sets how long to go on without progress, and how long to wait between attempts. Default: the client's.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options.upload.retry = retry;
        self.options.download.retry = retry;
        self
    }

    /// Replaces all options at once, such as those of an earlier synchronization. What the host determines is kept.
    pub fn options(mut self, options: SyncOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets which files are looked at. Default: all.
    pub fn policies(mut self, policies: impl Into<Arc<ScanPolicies>>) -> Self {
        self.policies = policies.into();
        self
    }

    /// Sets the content type of uploaded files. Default: B2 chooses it by the extension of each name.
    ///
    /// This, the file info, the retention and the legal hold are of uploads only: a copy has those of its source.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.properties.content_type = Some(content_type.into());
        self
    }

    /// Sets the file info of uploaded files. They also get the times of their last modification, unless it is given.
    pub fn info(mut self, info: FileInfo) -> Self {
        self.properties.file_info = info;
        self
    }

    /// Sets the file retention of uploaded files. Default: that of the bucket.
    pub fn file_retention(mut self, retention: FileRetention) -> Self {
        self.properties.retention = Some(retention);
        self
    }

    /// Sets the legal hold of uploaded files. Default: none.
    pub fn legal_hold(mut self, legal_hold: LegalHold) -> Self {
        self.properties.legal_hold = Some(legal_hold);
        self
    }

    /// Sets how files are encrypted. Default: as the buckets say.
    pub fn encryption(mut self, encryption: impl SyncEncryption + 'static) -> Self {
        self.encryption = Arc::new(encryption);
        self
    }

    /// Sets how symbolic links of a local source are treated. Default: they are left out and reported.
    pub fn symlinks(mut self, symlinks: Symlinks) -> Self {
        self.symlinks = symlinks;
        self
    }

    /// Calls `listener` with every event. It runs where the synchronization is polled, so it must not block.
    pub fn on_event(self, listener: impl FnMut(SyncEvent) + MaybeSend + 'static) -> Self {
        *self.listener.lock() = Some(Box::new(listener));
        self
    }
}
