//! Copies between accounts.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::future::IntoFuture;

use b2_proto::ErrorKind;
use b2_proto::create::{CopySource, UploadEvent, UploadOptions};
use b2_proto::model::{EncryptionSetting, FileInfo, FileVersion};
use b2_proto::retry::RetryPolicy;

use crate::bucket::Bucket;
use crate::client::Client;
use crate::copy::CopyBuilder;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::transfer::{Listener, Transfer};
use crate::upload::UploadBuilder;

/// A copy of a file of one client's account to a bucket of another client: set what differs from the defaults, then await
/// it or [`start`](Self::start) it.
///
/// ```
/// use b2_client::proto::model::FileId;
/// use b2_client::{Bucket, Client, Error, Host};
///
/// # async fn run<H: Host>(ours: Client<H>, theirs: Bucket<H>, file: FileId) -> Result<(), Error> {
/// let copy = ours.copy_between(file, &theirs, "from-us/ship.jpg").await?;
/// println!("{}", copy.file_id);
/// # Ok(())
/// # }
/// ```
#[must_use = "a copy does nothing until it is awaited"]
pub struct CopyBetweenBuilder<H: Host> {
    client: Client<H>,
    source: CopySource,
    destination: Bucket<H>,
    name: String,
    encryption: Option<EncryptionSetting>,
    retry: Option<RetryPolicy>,
    parallel: Option<usize>,
    listener: Option<Listener<UploadEvent>>,
}

impl<H: Host> CopyBetweenBuilder<H> {
    /// Sets the server-side encryption of the copy. By default it is that of its bucket.
    pub fn encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.encryption = Some(encryption);
        self
    }

    /// Sets the encryption of the source. It is needed for SSE-C only.
    pub fn source_encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.source.encryption = Some(encryption);
        self
    }

    /// Sets how many parts of a large file are copied, or uploaded, at once. Default: 4.
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.parallel = Some(parallel);
        self
    }

    /// Sets how long to go on without progress, and how long to wait between attempts. Default: the client's.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Calls `listener` with every event of the copy. It runs where the copy is polled, so it must not block.
    pub fn on_event(mut self, listener: impl FnMut(UploadEvent) + MaybeSend + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Starts the copy as a [`Transfer`], which gives events and can be paused, resumed and cancelled.
    pub fn start(mut self) -> Transfer<FileVersion, UploadEvent> {
        let listener = self.listener.take();
        Transfer::new(listener, move |commands, on_event| async move {
            let ours = self.client.authorization().await?;
            let theirs = self.destination.client().authorization().await?;
            if (&ours.account_id, &ours.api_url) == (&theirs.account_id, &theirs.api_url) {
                self.within_account().run(commands, on_event).await
            } else {
                self.streamed().await?.run(commands, on_event).await
            }
        })
    }

    /// Returns the copy within B2.
    fn within_account(self) -> CopyBuilder<H> {
        let mut copy = self.destination.copy(self.source, self.name);
        if let Some(encryption) = self.encryption {
            copy = copy.encryption(encryption);
        }
        if let Some(retry) = self.retry {
            copy = copy.retry(retry);
        }
        match self.parallel {
            Some(parallel) => copy.parallel(parallel),
            None => copy,
        }
    }

    /// Returns the upload of what is downloaded meanwhile.
    async fn streamed(self) -> Result<UploadBuilder<H>, Error> {
        let CopySource { file_id, offset, length, encryption, version, .. } = self.source;
        if offset > 0 || length.is_some() {
            let message = "only whole files are copied between accounts; leave out the range";
            return Err(b2_proto::Error::new(ErrorKind::InvalidInput, message).into());
        }
        let version = match version {
            Some(version) => *version,
            None => self.client.get_file_info(file_id.clone()).await?,
        };
        let mut download = self.client.download_by_id(file_id).expect(&version);
        if let Some(encryption) = encryption {
            download = download.encryption(encryption);
        }
        if let Some(retry) = self.retry {
            download = download.retry(retry);
        }
        let sha1 = version.sha1();
        // The upload stores the SHA-1 where it compares it.
        let mut info = version.file_info.for_copy();
        info.remove(FileInfo::LARGE_FILE_SHA1);
        let body = download.await?.into_stream();
        let mut upload = self.destination.upload_stream(body, self.name).info(info);
        if let Some(content_type) = version.content_type {
            upload = upload.content_type(content_type);
        }
        if let Some(sha1) = sha1 {
            upload = upload.sha1(sha1);
        }
        if let Some(encryption) = self.encryption {
            upload = upload.encryption(encryption);
        }
        if let Some(retry) = self.retry {
            upload = upload.retry(retry);
        }
        if let Some(parallel) = self.parallel {
            upload = upload.parallel(parallel);
        }
        if let Some(part_size) = UploadOptions::part_size_of_stream(version.size) {
            upload = upload.max_stream_part(part_size).part_size(part_size);
        }
        Ok(upload)
    }
}

impl<H: Host> Client<H> {
    /// Copies a file of this client's account to a bucket, which may be one of another client.
    ///
    /// Within one account, B2 copies it, as [`Bucket::copy`] says. Between accounts the bytes are downloaded and uploaded at
    /// the same time, in bounded memory: content type and file info are kept, the SHA-1 is compared where one is known, and
    /// a copy that was interrupted begins again.
    pub fn copy_between(
        &self,
        source: impl Into<CopySource>,
        destination: &Bucket<H>,
        name: impl Into<String>,
    ) -> CopyBetweenBuilder<H> {
        CopyBetweenBuilder {
            client: self.clone(),
            source: source.into(),
            destination: destination.clone(),
            name: name.into(),
            encryption: None,
            retry: None,
            parallel: None,
            listener: None,
        }
    }
}

impl<H: Host> IntoFuture for CopyBetweenBuilder<H> {
    type Output = Result<FileVersion, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.start().into_boxed()
    }
}

impl<H: Host> fmt::Debug for CopyBetweenBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyBetweenBuilder")
            .field("source", &self.source)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
