//! File versions and unfinished large files, by id.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::future::Future;

use b2_proto::api::{
    CancelLargeFile, CancelledLargeFile, DeleteFileVersion, Download, GetFileInfo, ListParts,
    UpdateFileLegalHold, UpdateFileRetention,
};
use b2_proto::model::{FileId, FileIdAndName, FileRetention, FileVersion, LegalHold, Part};

use super::Client;
use crate::download::DownloadBuilder;
use crate::error::Error;
use crate::host::Host;
use crate::listing::{self, Listing};
use crate::maybe_send::MaybeSend;

impl<H: Host> Client<H> {
    /// Everything about a file version (`b2_get_file_info`).
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

    /// A download of a file version (`b2_download_file_by_id`).
    pub fn download_file_by_id(&self, file_id: FileId) -> DownloadBuilder<H> {
        DownloadBuilder::new(self.session.clone(), Download::by_id(file_id), None)
    }

    /// Deletes one version for good (`b2_delete_file_version`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`](b2_proto::ErrorKind::FileNotPresent), or [`ErrorKind::AccessDenied`](b2_proto::ErrorKind::AccessDenied) if it is locked.
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
    /// What B2 answers.
    pub fn cancel_large_file(
        &self,
        file_id: FileId,
    ) -> impl Future<Output = Result<CancelledLargeFile, Error>> + MaybeSend + use<H> {
        self.call(CancelLargeFile { file_id })
    }

    /// The parts of an unfinished large file, by number (`b2_list_parts`).
    pub fn list_parts(&self, file_id: FileId) -> Listing<Part> {
        let mut list = ListParts::new(file_id);
        list.max_part_count = Some(listing::PAGE);
        listing::walk(self.clone(), list)
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
    /// What B2 answers.
    pub async fn update_file_legal_hold(
        &self,
        file_id: FileId,
        name: &str,
        legal_hold: LegalHold,
    ) -> Result<LegalHold, Error> {
        let file_name = name.to_owned();
        Ok(self.call(UpdateFileLegalHold { file_id, file_name, legal_hold }).await?.legal_hold)
    }

    /// The URL of a file version. A private one needs a token in the request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingAccountData`](b2_proto::ErrorKind::MissingAccountData) if no account is known.
    pub async fn get_download_url_for_file_id(&self, file_id: FileId) -> Result<String, Error> {
        Ok(Download::by_id(file_id).url(&self.authorization().await?.download_url))
    }
}
