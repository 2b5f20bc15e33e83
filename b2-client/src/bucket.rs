//! A bucket and its files.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

#[cfg(doc)]
use b2_proto::ErrorKind;
use b2_proto::api::{
    DeleteFileVersion, Download, GetBucketNotificationRules, GetDownloadAuthorization, HideFile,
    ListFileNames, ListFileVersions, ListUnfinishedLargeFiles, SetBucketNotificationRules,
    UpdateBucket,
};
use b2_proto::create::NewFile;
use b2_proto::encoding::check_url_name;
use b2_proto::list::LsOptions;
use b2_proto::model::{
    BucketId, BucketInfo, DownloadVersion, FileAction, FileIdAndName, FileVersion, NotificationRule,
};
use b2_proto::secret::Secret;
use bytes::Bytes;
use futures::{Stream, TryStreamExt};

use crate::client::Client;
use crate::download::DownloadBuilder;
use crate::error::Error;
use crate::host::Host;
use crate::listing::{self, ListBuilder};
use crate::local_files::{FileHost, UploadContent};
use crate::ls::LsBuilder;
use crate::maybe_send::{Cause, MaybeSend};
use crate::stream_reader::StreamReader;
use crate::upload::UploadBuilder;

/// A bucket, known by its id and its name. A handle: clones are cheap.
///
/// Its settings are a [`BucketInfo`]: [`info`](Self::info) gives those of the call that the handle comes from, and
/// [`get_fresh_state`](Self::get_fresh_state) asks B2 for those of now.
#[derive(Clone)]
pub struct Bucket<H: Host> {
    client: Client<H>,
    id: BucketId,
    name: String,
    info: Option<Arc<BucketInfo>>,
}

impl<H: Host> fmt::Debug for Bucket<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<H: Host> Bucket<H> {
    pub(crate) fn new(client: Client<H>, id: BucketId, name: String) -> Self {
        Self { client, id, name, info: None }
    }

    pub(crate) fn of_info(client: Client<H>, info: BucketInfo) -> Self {
        let (id, name) = (info.bucket_id.clone(), info.bucket_name.clone());
        Self { client, id, name, info: Some(Arc::new(info)) }
    }

    /// Returns the id.
    #[must_use]
    pub fn id(&self) -> &BucketId {
        &self.id
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the client that the bucket belongs to.
    #[must_use]
    pub fn client(&self) -> &Client<H> {
        &self.client
    }

    /// Returns the settings as the call that the handle comes from returned them: `create_bucket`, `list_buckets`, or
    /// the first lookup of a name. `None` if the bucket was known by its id and name only.
    #[must_use]
    pub fn info(&self) -> Option<&BucketInfo> {
        self.info.as_deref()
    }

    /// Returns the settings of the bucket as they are now (`b2_list_buckets`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BucketIdNotFound`] if it is gone.
    pub async fn get_fresh_state(&self) -> Result<BucketInfo, Error> {
        self.client.bucket_info(&self.id).await
    }

    /// Changes settings of the bucket (`b2_update_bucket`): what `change` sets is replaced.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] if `if_revision_is` does not fit any more.
    pub async fn update(
        &self,
        change: impl FnOnce(&mut UpdateBucket),
    ) -> Result<BucketInfo, Error> {
        let mut update = UpdateBucket::new(self.id.clone());
        change(&mut update);
        update.bucket_id = self.id.clone();
        self.client.call(update).await
    }

    // Listings.

    /// Lists files and folders below a path, or with [`LsOptions`] as they say (`b2_list_file_names`,
    /// `b2_list_file_versions`). What is set on the builder replaces or adds to the options.
    pub fn ls(&self, options: impl Into<LsOptions>) -> LsBuilder<H> {
        LsBuilder::new(self.client.clone(), self.id.clone(), options.into())
    }

    /// Lists the files whose names start with `prefix`, in the order of their names (`b2_list_file_names`).
    pub fn list(&self, prefix: impl Into<String>) -> ListBuilder<H, ListFileNames> {
        let mut list = ListFileNames::new(self.id.clone());
        list.prefix = Some(prefix.into()).filter(|prefix| !prefix.is_empty());
        list.max_file_count = Some(listing::PAGE);
        ListBuilder::new(self.client.clone(), list)
    }

    /// Lists all versions of the files whose names start with `prefix`, hide markers and unfinished large files
    /// included, in the order of their names, newest first (`b2_list_file_versions`).
    pub fn list_versions(&self, prefix: impl Into<String>) -> ListBuilder<H, ListFileVersions> {
        let mut list = ListFileVersions::new(self.id.clone());
        list.prefix = Some(prefix.into()).filter(|prefix| !prefix.is_empty());
        list.max_file_count = Some(listing::PAGE);
        ListBuilder::new(self.client.clone(), list)
    }

    /// Lists all versions of the file with exactly this name, newest first (`b2_list_file_versions`).
    pub fn list_file_versions(&self, name: &str) -> ListBuilder<H, ListFileVersions> {
        let mut list = ListFileVersions::new(self.id.clone());
        list.start_file_name = Some(name.to_owned());
        list.prefix = Some(name.to_owned());
        list.max_file_count = Some(listing::PAGE);
        ListBuilder::new(self.client.clone(), list)
            .take_while(|list, version| list.prefix.as_ref() == Some(&version.file_name))
    }

    /// Lists the large files that were started and not finished (`b2_list_unfinished_large_files`).
    pub fn list_unfinished_large_files(&self) -> ListBuilder<H, ListUnfinishedLargeFiles> {
        let list = ListUnfinishedLargeFiles::new(self.id.clone());
        ListBuilder::new(self.client.clone(), list)
    }

    // Files.

    /// Uploads a source that can be read more than once, such as bytes.
    ///
    /// ```
    /// # use b2_client::{Bucket, Error, Host};
    /// # use bytes::Bytes;
    /// # async fn run<H: Host>(bucket: Bucket<H>) -> Result<(), Error> {
    /// let text = Bytes::from_static(b"Hello, B2!");
    /// let file = bucket.upload(text, "hello.txt").content_type("text/plain").await?;
    /// println!("{}", file.file_id);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload(
        &self,
        source: impl Into<H::Source>,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        self.upload_content(UploadContent::Source(source.into()), name)
    }

    /// Uploads a reader that can be read once, to its end. Its bytes are buffered, part by part.
    pub fn upload_reader(
        &self,
        reader: impl Into<H::Reader>,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        self.upload_content(UploadContent::Reader(reader.into()), name)
    }

    /// Uploads a stream of bytes. They are buffered, part by part. An error of the stream ends the upload with
    /// [`ErrorKind::Source`].
    ///
    /// ```
    /// # use b2_client::{Bucket, Error, Host};
    /// # async fn run<H: Host>(bucket: Bucket<H>) -> Result<(), Error> {
    /// let lines = futures::stream::iter(["one\n", "two\n"].map(Ok::<_, std::io::Error>));
    /// bucket.upload_stream(lines, "lines.txt").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_stream<B: Into<Bytes> + 'static, E: Into<Cause> + 'static>(
        &self,
        stream: impl Stream<Item = Result<B, E>> + MaybeSend + 'static,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        self.upload_content(UploadContent::Stream(StreamReader::new(stream)), name)
    }

    /// Uploads content of any kind.
    pub fn upload_content(
        &self,
        content: UploadContent<H>,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        let file = NewFile::new(name);
        UploadBuilder::new(self.client.session.clone(), self.id.clone(), file, content)
    }

    /// Downloads the current version of a file (`b2_download_file_by_name`).
    pub fn download(&self, name: impl Into<String>) -> DownloadBuilder<H> {
        let download = Download::by_name(self.name.clone(), name);
        DownloadBuilder::new(self.client.session.clone(), download, Some(self.id.clone()))
    }

    /// Returns what B2 knows of the current version of a file, without its bytes (`HEAD`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`] if there is none, or it is hidden.
    pub async fn get_file_info_by_name(&self, name: &str) -> Result<DownloadVersion, Error> {
        self.download(name).head().await
    }

    /// Hides a file: its versions stay, but downloads by name and listings do not find it (`b2_hide_file`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`], or [`ErrorKind::FileAlreadyHidden`].
    pub async fn hide_file(&self, name: impl Into<String>) -> Result<FileVersion, Error> {
        self.client.call(HideFile { bucket_id: self.id.clone(), file_name: name.into() }).await
    }

    /// Deletes the hide marker that is the newest version of a name, so that the version before shows again.
    /// `bypass_governance` deletes it even if a governance retention protects it, and needs the capability of that name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`], [`ErrorKind::FileNotHidden`], [`ErrorKind::FileDeleted`] or
    /// [`ErrorKind::UnexpectedFileVersionAction`].
    pub async fn unhide_file(
        &self,
        name: &str,
        bypass_governance: bool,
    ) -> Result<FileIdAndName, Error> {
        let mut versions = self.list_file_versions(name);
        let newest = loop {
            match versions.try_next().await? {
                // An unfinished large file neither shows nor hides anything.
                Some(version) if version.action == FileAction::Start => {}
                newest => break newest,
            }
        };
        let mut call = DeleteFileVersion::unhide(name, newest.as_ref())?;
        call.bypass_governance = bypass_governance;
        self.client.call(call).await
    }

    /// Returns the URL of the current version of a file. In a private bucket it needs a token in the request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if no URL leads to this name
    /// ([`check_url_name`](b2_proto::encoding::check_url_name)), and [`ErrorKind::MissingAccountData`] if no
    /// account is known.
    pub async fn get_download_url(&self, name: &str) -> Result<String, Error> {
        self.download_url(name, None).await
    }

    /// Returns the URL of the current version of a file, with a download authorization in its query: everyone who has
    /// the URL can download for that long. B2 binds the authorization to a name prefix: it is valid for every file
    /// whose name starts with this one.
    ///
    /// # Errors
    ///
    /// As [`get_download_url`](Self::get_download_url) and
    /// [`get_download_authorization`](Self::get_download_authorization).
    pub async fn get_download_url_with_auth(
        &self,
        name: &str,
        valid_for: Duration,
    ) -> Result<String, Error> {
        self.download_url(name, Some(valid_for)).await
    }

    /// [`get_download_url_with_auth`](Self::get_download_url_with_auth) where it says for how long, and
    /// [`get_download_url`](Self::get_download_url) where it does not.
    ///
    /// # Errors
    ///
    /// As those.
    pub async fn download_url(
        &self,
        name: &str,
        valid_for: Option<Duration>,
    ) -> Result<String, Error> {
        check_url_name(name)?;
        let granted = match valid_for {
            Some(valid_for) => {
                let call = GetDownloadAuthorization::new(self.id.clone(), name, valid_for);
                Some(self.client.call(call).await?)
            }
            None => None,
        };
        let authorization = self.client.authorization().await?;
        let mut download = Download::by_name(&*self.name, name);
        Ok(match granted {
            Some(granted) => {
                download.overrides.insist(granted.overrides);
                let token = &granted.authorization_token;
                download.url_with_token(&authorization.download_url, token)
            }
            None => download.url(&authorization.download_url),
        })
    }

    /// Returns a token that downloads files whose names start with `prefix` (`b2_get_download_authorization`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a duration over a week.
    pub async fn get_download_authorization(
        &self,
        prefix: impl Into<String>,
        valid_for: Duration,
    ) -> Result<Secret, Error> {
        let call = GetDownloadAuthorization::new(self.id.clone(), prefix, valid_for);
        Ok(self.client.call(call).await?.authorization_token)
    }

    /// Returns the event notification rules (`b2_get_bucket_notification_rules`).
    ///
    /// # Errors
    ///
    /// Every error of B2 and of the network.
    pub async fn get_notification_rules(&self) -> Result<Vec<NotificationRule>, Error> {
        let call = GetBucketNotificationRules { bucket_id: self.id.clone() };
        Ok(self.client.call(call).await?.event_notification_rules)
    }

    /// Replaces all event notification rules (`b2_set_bucket_notification_rules`).
    ///
    /// # Errors
    ///
    /// Every error of B2 and of the network.
    pub async fn set_notification_rules(
        &self,
        rules: Vec<NotificationRule>,
    ) -> Result<Vec<NotificationRule>, Error> {
        let call = SetBucketNotificationRules {
            bucket_id: self.id.clone(),
            event_notification_rules: rules,
        };
        Ok(self.client.call(call).await?.event_notification_rules)
    }
}

impl<H: FileHost> Bucket<H> {
    /// Uploads a local file, and records the time of its last modification as `src_last_modified_millis`. The file is
    /// opened when the upload begins. What has no known length, such as a pipe, is uploaded as a stream.
    ///
    /// # Errors
    ///
    /// The upload ends with [`ErrorKind::InvalidInput`] if the path leads to a directory, a socket, or a link to nothing,
    /// and with [`ErrorKind::Source`] if the file cannot be read.
    pub fn upload_file(
        &self,
        path: impl Into<H::Path>,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        let opening = self.client.host().open_file(path.into());
        self.upload_content(UploadContent::File(Box::pin(opening)), name)
    }
}
