//! The machines that transfer a file.

use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::sync::Arc;

use super::{Context, Phase, Transfer};
use crate::api;
use crate::create::{Content, Copy, CopySource, NewCopy, Upload, UploadOptions};
use crate::download::Download;
use crate::machine::{LocalFile, SinkAbilities, SinkId, SourceId};
use crate::model::{EncryptionSetting, FileInfo, FileVersion, MetadataDirective};
use crate::sync::entry::{RemoteVersions, SyncEntry};
use crate::sync::report::TransferKind;
use crate::time::Timestamp;

impl Transfer {
    /// Uploads the file that was opened: with the size and the time that it has now.
    pub(super) fn upload(&mut self, context: &Context, file: &LocalFile) {
        let Some((bucket_id, name)) = context.destination(&self.name) else {
            return self.finish(None, None);
        };
        let mut new_file = context.job.properties.new_file(&name, file.modified);
        new_file.encryption = context.job.encryption.upload(&bucket_id, &name, file);
        let mut options = context.options().upload;
        let exists = self.destination.as_ref().is_some_and(SyncEntry::is_visible);
        options.incremental = context.options().incremental && exists;
        // The next incremental upload compares with it.
        options.whole_sha1 |= context.options().incremental && !exists;
        let source = SourceId(self.number);
        let content = Content::Source { source, len: file.size, sha1: None };
        let upload = Upload::within(bucket_id, new_file, content, options, self.calls.fork());
        self.phase = Phase::Uploading(Box::new(upload), file.size);
    }

    pub(super) fn download(
        &mut self,
        context: &Context,
        version: &FileVersion,
        sink: SinkAbilities,
    ) {
        let mut request = match &context.download_from {
            Some(bucket) => api::Download::by_name(bucket, &version.file_name),
            None => api::Download::by_id(version.file_id.clone()),
        };
        request.expected = version.into();
        if context.download_from.is_some() {
            // A gateway has ids of its own.
            request.expected.file_id = None;
        }
        request.headers_may_be_hidden = context.options().upload.headers_may_be_hidden;
        let bucket_id = context.source_bucket();
        request.encryption =
            bucket_id.and_then(|bucket_id| context.job.encryption.download(bucket_id, version));
        let mut options = context.options().download;
        options.random_access = sink.random_access;
        options.read_back_late = sink.reads_back_late;
        let sink = SinkId(self.number);
        let mut download = Download::within(request, sink, options, self.calls.fork());
        if let Some(bucket_id) = bucket_id {
            download = download.in_bucket(bucket_id.clone());
        }
        self.phase = Phase::Downloading(Box::new(download));
    }

    pub(super) fn copy(&mut self, context: &Context, version: FileVersion) {
        let (Some((bucket_id, name)), Some(from)) =
            (context.destination(&self.name), context.source_bucket())
        else {
            return self.finish(None, None);
        };
        let encryption = &context.job.encryption;
        let mut new_file = api::NewFile::new(&name);
        new_file.encryption = encryption.copy_destination(&bucket_id, &name, &version);
        let source_encryption = encryption.copy_source(from, &version);
        let bytes = version.size;
        // Without a time in its file info, a copy would have the time at which it was made, and be newer than its source.
        let modified = version.file_info.src_last_modified().is_none().then(|| version.mod_time());
        let copy = new_copy(version, new_file, modified.flatten(), source_encryption);
        let options = copy_options(context);
        let copy = Copy::within(bucket_id, copy, options, self.calls.fork());
        self.phase = Phase::Copying(Box::new(copy), TransferKind::Copy, bytes, None);
    }

    /// Copies a file that is about to be removed, instead of uploading its bytes.
    pub(super) fn rename(&mut self, context: &Context, file: Arc<RemoteVersions>) {
        let (Some((bucket_id, name)), Some(version), Some(SyncEntry::Local(local))) =
            (context.destination(&self.name), file.visible().cloned(), &self.source)
        else {
            return self.finish(None, None);
        };
        if context.options().dry_run {
            return self.finish(Some((TransferKind::Rename, version.size)), Some(file));
        }
        let encryption = &context.job.encryption;
        let mut new_file = api::NewFile::new(&name);
        new_file.encryption = encryption.upload(&bucket_id, &name, local);
        let source_encryption = encryption.copy_source(&bucket_id, &version);
        let (bytes, modified) = (version.size, local.modified);
        let copy = new_copy(version, new_file, Some(modified), source_encryption);
        let options = copy_options(context);
        let copy = Copy::within(bucket_id, copy, options, self.calls.fork());
        let renamed = Some(file);
        self.phase = Phase::Copying(Box::new(copy), TransferKind::Rename, bytes, renamed);
    }
}

/// Returns the options of copies, which read no local bytes.
fn copy_options(context: &Context) -> UploadOptions {
    UploadOptions { whole_sha1: false, incremental: false, ..context.options().upload }
}

/// Returns the copy of a version: with its metadata, and with `modified` where it is to have another time.
fn new_copy(
    version: FileVersion,
    mut new_file: api::NewFile,
    modified: Option<Timestamp>,
    encryption: Option<EncryptionSetting>,
) -> NewCopy {
    let mut directive = MetadataDirective::Copy;
    if let Some(modified) = modified {
        directive = MetadataDirective::Replace;
        new_file.file_info = version.file_info.for_copy();
        let millis = modified.as_millis().to_string();
        new_file.file_info.insert(FileInfo::SRC_LAST_MODIFIED_MILLIS, millis);
        if let Some(content_type) = &version.content_type {
            new_file.content_type.clone_from(content_type);
        }
    }
    let mut source = CopySource::from(version);
    source.encryption = encryption;
    let mut copy = NewCopy::new(source, new_file);
    copy.metadata_directive = directive;
    copy
}
