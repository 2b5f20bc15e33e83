//! File versions and unfinished large files, by id.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::future::Future;

use b2_proto::api::{
    CancelLargeFile, CancelledLargeFile, DeleteFileVersion, Download, DownloadTarget, GetFileInfo,
    ListParts, UpdateFileLegalHold, UpdateFileRetention,
};
use b2_proto::model::{FileId, FileIdAndName, FileRetention, FileVersion, LegalHold};

use super::Client;
use crate::download::DownloadBuilder;
use crate::error::Error;
use crate::host::Host;
use crate::listing::{ListBuilder, PAGE};
use crate::maybe_send::MaybeSend;

impl<H: Host> Client<H> {
    /// Returns everything about a file version (`b2_get_file_info`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`](b2_proto::ErrorKind::FileNotPresent).
    pub fn get_file_info(
        &self,
        file_id: FileId,
    ) -> impl Future<Output = Result<FileVersion, Error>> + MaybeSend + use<H> {
        self.call(GetFileInfo { file_id })
    }

    /// Downloads a file version (`b2_download_file_by_id`).
    pub fn download_by_id(&self, file_id: FileId) -> DownloadBuilder<H> {
        DownloadBuilder::new(self.session.clone(), Download::by_id(file_id), None)
    }

    /// Downloads the file of a URL that [`Bucket::get_download_url`](crate::Bucket::get_download_url) or
    /// [`get_download_url_for_file_id`](Self::get_download_url_for_file_id) returned.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](b2_proto::ErrorKind::InvalidInput) if it is not the URL of a file at the account's
    /// download URL, or has a token.
    pub async fn download_by_url(&self, url: &str) -> Result<DownloadBuilder<H>, Error> {
        let authorization = self.authorization().await?;
        self.download(Download::from_url(&authorization.download_url, url)?).await
    }

    /// Downloads the current version of a file in the bucket with this name (`b2_download_file_by_name`).
    ///
    /// The bucket is looked up only if the download needs its id: for a name that no URL can carry, or with a key that
    /// may share files and not read them. Without a look-up, a missing bucket is
    /// [`ErrorKind::FileNotPresent`](b2_proto::ErrorKind::FileNotPresent).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucket`](b2_proto::ErrorKind::RestrictedBucket) if the key is restricted to other buckets,
    /// and those of [`bucket`](Self::bucket) if it is looked up.
    pub async fn download_by_name(
        &self,
        bucket: impl Into<String>,
        name: impl Into<String>,
    ) -> Result<DownloadBuilder<H>, Error> {
        self.download(Download::by_name(bucket, name)).await
    }

    async fn download(&self, download: Download) -> Result<DownloadBuilder<H>, Error> {
        let bucket_id = match &download.target {
            DownloadTarget::ByName { bucket, .. } => {
                let authorization = self.authorization().await?;
                match download.needs_bucket_id(&authorization) {
                    true => Some(self.bucket(bucket).await?.id().clone()),
                    false => self.session.bucket_id(bucket).await?,
                }
            }
            DownloadTarget::ById(_) => None,
        };
        Ok(DownloadBuilder::new(self.session.clone(), download, bucket_id))
    }

    /// Deletes one file version (`b2_delete_file_version`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`](b2_proto::ErrorKind::FileNotPresent), or
    /// [`ErrorKind::AccessDenied`](b2_proto::ErrorKind::AccessDenied) if it is locked.
    pub fn delete_file_version(
        &self,
        file_id: FileId,
        name: &str,
        bypass_governance: bool,
    ) -> impl Future<Output = Result<FileIdAndName, Error>> + MaybeSend + use<H> {
        let mut call = DeleteFileVersion::new(file_id, name);
        call.bypass_governance = bypass_governance;
        self.call(call)
    }

    /// Deletes an unfinished large file and its parts (`b2_cancel_large_file`).
    ///
    /// # Errors
    ///
    /// Every error of B2 and of the network.
    pub fn cancel_large_file(
        &self,
        file_id: FileId,
    ) -> impl Future<Output = Result<CancelledLargeFile, Error>> + MaybeSend + use<H> {
        self.call(CancelLargeFile { file_id })
    }

    /// Lists the parts of an unfinished large file, by number (`b2_list_parts`).
    pub fn list_parts(&self, file_id: FileId) -> ListBuilder<H, ListParts> {
        let mut list = ListParts::new(file_id);
        list.max_part_count = Some(PAGE);
        ListBuilder::new(self.clone(), list)
    }

    /// Changes the retention of a file version (`b2_update_file_retention`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RetentionWrite`](b2_proto::ErrorKind::RetentionWrite) if a lock forbids it.
    pub async fn update_file_retention(
        &self,
        file_id: FileId,
        name: &str,
        retention: FileRetention,
        bypass_governance: bool,
    ) -> Result<FileRetention, Error> {
        let mut call = UpdateFileRetention::new(file_id, name, retention);
        call.bypass_governance = bypass_governance;
        Ok(self.call(call).await?.file_retention)
    }

    /// Changes the legal hold of a file version (`b2_update_file_legal_hold`).
    ///
    /// # Errors
    ///
    /// Every error of B2 and of the network.
    pub async fn update_file_legal_hold(
        &self,
        file_id: FileId,
        name: &str,
        legal_hold: LegalHold,
    ) -> Result<LegalHold, Error> {
        let file_name = name.to_owned();
        Ok(self.call(UpdateFileLegalHold { file_id, file_name, legal_hold }).await?.legal_hold)
    }

    /// Returns the URL of a file version. In a private bucket it needs a token in the request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingAccountData`](b2_proto::ErrorKind::MissingAccountData) if no account is known.
    pub async fn get_download_url_for_file_id(&self, file_id: FileId) -> Result<String, Error> {
        Ok(Download::by_id(file_id).url(&self.authorization().await?.download_url))
    }
}
