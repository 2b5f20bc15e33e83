//! A bucket: files come and go here.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::api::{
    DeleteFileVersion, Download, GetBucketNotificationRules, GetDownloadAuthorization, HideFile,
    ListFileVersions, ListUnfinishedLargeFiles, SetBucketNotificationRules, UpdateBucket,
};
use b2_proto::create::NewFile;
use b2_proto::encoding::check_url_name;
use b2_proto::list::{Ls, LsEntry, LsOptions};
use b2_proto::model::{
    self, BucketId, DownloadVersion, FileAction, FileIdAndName, FileVersion, NotificationRule,
    UnfinishedLargeFile,
};
use b2_proto::secret::Secret;
use bytes::Bytes;
use futures::TryStreamExt;

use crate::client::Client;
use crate::download::DownloadBuilder;
use crate::error::Error;
use crate::host::Host;
use crate::listing::{self, Listing};
use crate::upload::UploadBuilder;

/// A bucket, known by id and name. A handle: cloning it is cheap.
///
/// Everything else about it is a [`model::BucketInfo`], which [`get_fresh_state`](Bucket::get_fresh_state) asks for.
#[derive(Clone)]
pub struct Bucket<H: Host> {
    client: Client<H>,
    id: BucketId,
    name: String,
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
        Self { client, id, name }
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &BucketId {
        &self.id
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client it belongs to.
    #[must_use]
    pub fn client(&self) -> &Client<H> {
        &self.client
    }

    /// Everything about the bucket, as it is now (`b2_list_buckets`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BucketIdNotFound`] if it is gone.
    pub async fn get_fresh_state(&self) -> Result<model::BucketInfo, Error> {
        self.client.bucket_state(&self.id).await
    }

    /// Changes settings of the bucket (`b2_update_bucket`): what `change` sets is replaced.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] if `if_revision_is` does not fit any more.
    pub async fn update(
        &self,
        change: impl FnOnce(&mut UpdateBucket),
    ) -> Result<model::BucketInfo, Error> {
        let mut update = UpdateBucket::new(self.id.clone());
        change(&mut update);
        update.bucket_id = self.id.clone();
        self.client.call(update).await
    }

    // Listings.

    /// Lists files and folders below a path (`b2_list_file_names`, `b2_list_file_versions`).
    pub fn ls(&self, options: LsOptions) -> Listing<LsEntry> {
        listing::ls(self.client.clone(), Ls::new(self.id.clone(), options))
    }

    /// All versions of exactly this name, newest first (`b2_list_file_versions`).
    pub fn list_file_versions(&self, name: &str) -> Listing<FileVersion> {
        let mut list = ListFileVersions::new(self.id.clone());
        list.start_file_name = Some(name.to_owned());
        list.prefix = Some(name.to_owned());
        list.max_file_count = Some(listing::PAGE);
        let name = name.to_owned();
        listing::walk_while(self.client.clone(), list, move |version| version.file_name == name)
    }

    /// Large files that were begun and not finished, whose names start with `prefix`
    /// (`b2_list_unfinished_large_files`).
    pub fn list_unfinished_large_files(
        &self,
        prefix: Option<&str>,
    ) -> Listing<UnfinishedLargeFile> {
        let mut list = ListUnfinishedLargeFiles::new(self.id.clone());
        list.name_prefix = prefix.map(str::to_owned);
        listing::walk(self.client.clone(), list)
    }

    // Files.

    /// An upload of a source that can be read again: a file, bytes.
    pub fn upload(&self, source: H::Source, name: impl Into<String>) -> UploadBuilder<H> {
        let file = NewFile::new(name);
        UploadBuilder::of_source(self.client.session.clone(), self.id.clone(), file, source)
    }

    /// An upload of bytes in memory.
    pub fn upload_bytes(
        &self,
        bytes: impl Into<Bytes>,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        self.upload(bytes.into().into(), name)
    }

    /// An upload of a stream that can be read once, whose end nobody knows. It is buffered, part by part.
    pub fn upload_unbound_stream(
        &self,
        reader: H::Reader,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        let file = NewFile::new(name);
        UploadBuilder::of_reader(self.client.session.clone(), self.id.clone(), file, reader)
    }

    /// A download of the current version of a name (`b2_download_file_by_name`).
    pub fn download_file_by_name(&self, name: impl Into<String>) -> DownloadBuilder<H> {
        let download = Download::by_name(self.name.clone(), name);
        DownloadBuilder::new(self.client.session.clone(), download, Some(self.id.clone()))
    }

    /// What B2 says about the current version of a name, without its bytes (`HEAD`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`] if there is none, or it is hidden.
    pub async fn get_file_info_by_name(&self, name: &str) -> Result<DownloadVersion, Error> {
        self.download_file_by_name(name).head().await.map_err(|error| {
            // A `HEAD` has no body, so B2 cannot say what is not there.
            if error.kind() == ErrorKind::ResourceNotFound {
                let message = format!("no file is named '{name}', or it is hidden");
                error.into_data().with_kind(ErrorKind::FileNotPresent).with_message(message).into()
            } else {
                error
            }
        })
    }

    /// Hides a file: its versions stay, but its name is gone (`b2_hide_file`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`], or [`ErrorKind::FileAlreadyHidden`].
    pub async fn hide_file(&self, name: impl Into<String>) -> Result<FileVersion, Error> {
        self.client.call(HideFile { bucket_id: self.id.clone(), file_name: name.into() }).await
    }

    /// Deletes the hide marker that is the newest version of a name, so that the version before shows again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`], [`ErrorKind::FileNotHidden`], [`ErrorKind::FileDeleted`] or
    /// [`ErrorKind::UnexpectedFileVersionAction`].
    pub async fn unhide_file(&self, name: &str) -> Result<FileIdAndName, Error> {
        let mut versions = self.list_file_versions(name);
        let newest = loop {
            match versions.try_next().await? {
                // An unfinished large file neither shows nor hides anything.
                Some(version) if version.action == FileAction::Start => {}
                newest => break newest,
            }
        };
        self.client.call(DeleteFileVersion::unhide(name, newest.as_ref())?).await
    }

    /// The URL of the current version of a name. In a private bucket it needs a token in the request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if no URL leads to this name
    /// ([`check_url_name`](b2_proto::encoding::check_url_name)), and [`ErrorKind::MissingAccountData`] if no
    /// account is known.
    pub async fn get_download_url(&self, name: &str) -> Result<String, Error> {
        self.download_url(name, None).await
    }

    /// The URL of the current version of a name, with a download authorization for it in its query: whoever has
    /// the URL can download that long. B2 binds the authorization to the beginning of names: it opens every file whose
    /// name begins with this one.
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

    /// A token that downloads files whose names start with `prefix` (`b2_get_download_authorization`).
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

    /// The event notification rules (`b2_get_bucket_notification_rules`).
    ///
    /// # Errors
    ///
    /// What B2 answers.
    pub async fn get_notification_rules(&self) -> Result<Vec<NotificationRule>, Error> {
        let call = GetBucketNotificationRules { bucket_id: self.id.clone() };
        Ok(self.client.call(call).await?.event_notification_rules)
    }

    /// Replaces all event notification rules (`b2_set_bucket_notification_rules`).
    ///
    /// # Errors
    ///
    /// What B2 answers.
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
