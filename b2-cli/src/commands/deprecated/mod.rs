//! The commands that older versions of Backblaze's tool had in place of today's, and that scripts still use.
//!
//! Each is converted to the command that replaced it, after a warning.

mod arguments;
mod current;

use b2_proto::model::FileId;
use clap::Subcommand;

use super::bucket::{self, Bucket};
use super::file::{Cat, CopyById, Download, File, Large, Mode, Unfinished, Update, Upload, Url};
use super::key::{self, Key};
use super::replication::{self, Replication};
use super::{account, notification, rm};
use crate::args::new_file::Switch;
use crate::context::Context;
use crate::error::CliError;
use crate::uri::{B2Uri, FileUri};
use account::Account;
use arguments::{
    BucketName, DownloadById, DownloadByName, FileOfBucket, Id, LegalHold, OneFile, Retention,
    UrlOfId, UrlOfName, UrlWithAuth,
};
use current::Current;

/// The commands of older versions.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one value, which is consumed at once")]
pub(crate) enum Deprecated {
    /// Deprecated; use account authorize
    #[command(hide = true, alias = "authorize_account")]
    AuthorizeAccount(account::Authorize),
    /// Deprecated; use file large unfinished cancel
    #[command(hide = true, alias = "cancel_all_unfinished_large_files")]
    CancelAllUnfinishedLargeFiles(BucketName),
    /// Deprecated; use file large unfinished cancel
    #[command(hide = true, alias = "cancel_large_file")]
    CancelLargeFile(Id),
    /// Deprecated; use file cat
    #[command(hide = true)]
    Cat(Cat),
    /// Deprecated; use account clear
    #[command(hide = true, alias = "clear_account")]
    ClearAccount,
    /// Deprecated; use file server-side-copy
    #[command(hide = true, alias = "copy_file_by_id")]
    CopyFileById(Box<CopyById>),
    /// Deprecated; use bucket create
    #[command(hide = true, alias = "create_bucket")]
    CreateBucket(Box<bucket::Create>),
    /// Deprecated; use key create
    #[command(hide = true, alias = "create_key")]
    CreateKey(key::Create),
    /// Deprecated; use bucket delete
    #[command(hide = true, alias = "delete_bucket")]
    DeleteBucket(bucket::Delete),
    /// Deprecated; use rm
    #[command(hide = true, alias = "delete_file_version")]
    DeleteFileVersion(rm::DeleteFileVersion),
    /// Deprecated; use key delete
    #[command(hide = true, alias = "delete_key")]
    DeleteKey(key::Delete),
    /// Deprecated; use file download
    #[command(hide = true, alias = "download_file")]
    DownloadFile(Download),
    /// Deprecated; use file download
    #[command(hide = true, alias = "download_file_by_id")]
    DownloadFileById(DownloadById),
    /// Deprecated; use file download
    #[command(hide = true, alias = "download_file_by_name")]
    DownloadFileByName(DownloadByName),
    /// Deprecated; use file info
    #[command(hide = true, alias = "file_info")]
    FileInfo(OneFile),
    /// Deprecated; use account get
    #[command(hide = true, alias = "get_account_info")]
    GetAccountInfo(account::Get),
    /// Deprecated; use bucket get
    #[command(hide = true, alias = "get_bucket")]
    GetBucket(bucket::Get),
    /// Deprecated; use bucket get-download-auth
    #[command(hide = true, alias = "get_download_auth")]
    GetDownloadAuth(bucket::GetDownloadAuth),
    /// Deprecated; use file url --with-auth
    #[command(hide = true, alias = "get_download_url_with_auth")]
    GetDownloadUrlWithAuth(UrlWithAuth),
    /// Deprecated; use file info
    #[command(hide = true, alias = "get_file_info")]
    GetFileInfo(Id),
    /// Deprecated; use file url
    #[command(hide = true, alias = "get_url")]
    GetUrl(Url),
    /// Deprecated; use file hide
    #[command(hide = true, alias = "hide_file")]
    HideFile(FileOfBucket),
    /// Deprecated; use bucket list
    #[command(hide = true, alias = "list_buckets")]
    ListBuckets,
    /// Deprecated; use key list
    #[command(hide = true, alias = "list_keys")]
    ListKeys(key::List),
    /// Deprecated; use file large parts
    #[command(hide = true, alias = "list_parts")]
    ListParts(Id),
    /// Deprecated; use file large unfinished list
    #[command(hide = true, alias = "list_unfinished_large_files")]
    ListUnfinishedLargeFiles(BucketName),
    /// Deprecated; use file url
    #[command(hide = true, alias = "make_friendly_url")]
    MakeFriendlyUrl(UrlOfName),
    /// Deprecated; use file url
    #[command(hide = true, alias = "make_url")]
    MakeUrl(UrlOfId),
    /// Deprecated; use bucket notification-rule
    #[command(hide = true, subcommand, alias = "notification_rules")]
    NotificationRules(notification::Rules),
    /// Deprecated; use replication delete
    #[command(hide = true, alias = "replication_delete")]
    ReplicationDelete(replication::Rule),
    /// Deprecated; use replication pause
    #[command(hide = true, alias = "replication_pause")]
    ReplicationPause(replication::Rule),
    /// Deprecated; use replication setup
    #[command(hide = true, alias = "replication_setup")]
    ReplicationSetup(replication::Setup),
    /// Deprecated; use replication status
    #[command(hide = true, alias = "replication_status")]
    ReplicationStatus(replication::Status),
    /// Deprecated; use replication unpause
    #[command(hide = true, alias = "replication_unpause")]
    ReplicationUnpause(replication::Rule),
    /// Deprecated; use bucket update
    #[command(hide = true, alias = "update_bucket")]
    UpdateBucket(Box<bucket::Update>),
    /// Deprecated; use file update
    #[command(hide = true, alias = "update_file_legal_hold")]
    UpdateFileLegalHold(LegalHold),
    /// Deprecated; use file update
    #[command(hide = true, alias = "update_file_retention")]
    UpdateFileRetention(Retention),
    /// Deprecated; use file upload
    #[command(hide = true, alias = "upload_file")]
    UploadFile(Box<Upload>),
    /// Deprecated; use file upload
    #[command(hide = true, alias = "upload_unbound_stream")]
    UploadUnboundStream(Box<Upload>),
}

impl Deprecated {
    /// Warns that the command is deprecated, and runs the one that replaced it.
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let (old, new, command) = match self {
            Self::NotificationRules(rules) => return rules.run(context).await,
            Self::DeleteFileVersion(delete) => {
                warn(context, "delete-file-version", "rm");
                return delete.run(context).await;
            }
            Self::AuthorizeAccount(arguments) => (
                "authorize-account",
                "account authorize",
                Current::Account(Account::Authorize(arguments)),
            ),
            Self::ClearAccount => {
                ("clear-account", "account clear", Current::Account(Account::Clear))
            }
            Self::GetAccountInfo(arguments) => {
                ("get-account-info", "account get", Current::Account(Account::Get(arguments)))
            }
            other => match other.bucket_or_key() {
                Ok(command) => command,
                Err(other) => other.file()?,
            },
        };
        warn(context, old, new);
        command.run(context).await
    }

    /// Converts a command of buckets, keys or replications. Others are returned.
    fn bucket_or_key(self) -> Result<(&'static str, &'static str, Current), Box<Self>> {
        let bucket = |command| Current::Bucket(Box::new(command));
        let key = Current::Key;
        let replication = Current::Replication;
        Ok(match self {
            Self::CreateBucket(arguments) => {
                ("create-bucket", "bucket create", bucket(Bucket::Create(*arguments)))
            }
            Self::DeleteBucket(arguments) => {
                ("delete-bucket", "bucket delete", bucket(Bucket::Delete(arguments)))
            }
            Self::GetBucket(arguments) => {
                ("get-bucket", "bucket get", bucket(Bucket::Get(arguments)))
            }
            Self::GetDownloadAuth(arguments) => (
                "get-download-auth",
                "bucket get-download-auth",
                bucket(Bucket::GetDownloadAuth(arguments)),
            ),
            Self::ListBuckets => ("list-buckets", "bucket list", bucket(Bucket::List)),
            Self::UpdateBucket(arguments) => {
                ("update-bucket", "bucket update", bucket(Bucket::Update(*arguments)))
            }
            Self::CreateKey(arguments) => ("create-key", "key create", key(Key::Create(arguments))),
            Self::DeleteKey(arguments) => ("delete-key", "key delete", key(Key::Delete(arguments))),
            Self::ListKeys(arguments) => ("list-keys", "key list", key(Key::List(arguments))),
            Self::ReplicationDelete(rule) => {
                ("replication-delete", "replication delete", replication(Replication::Delete(rule)))
            }
            Self::ReplicationPause(rule) => {
                ("replication-pause", "replication pause", replication(Replication::Pause(rule)))
            }
            Self::ReplicationSetup(setup) => {
                ("replication-setup", "replication setup", replication(Replication::Setup(setup)))
            }
            Self::ReplicationStatus(status) => (
                "replication-status",
                "replication status",
                replication(Replication::Status(status)),
            ),
            Self::ReplicationUnpause(rule) => (
                "replication-unpause",
                "replication unpause",
                replication(Replication::Unpause(rule)),
            ),
            other => return Err(Box::new(other)),
        })
    }

    /// Converts a command of files.
    fn file(self) -> Result<(&'static str, &'static str, Current), CliError> {
        const CANCEL: &str = "file large unfinished cancel";
        let id = |Id { id }: Id| FileId::from(id.as_str());
        let all = |BucketName { bucket }| B2Uri::Path { bucket, path: String::new() };
        let (old, new, command) = match self {
            Self::CancelAllUnfinishedLargeFiles(bucket) => {
                let cancel = Unfinished::Cancel { uri: all(bucket) };
                (
                    "cancel-all-unfinished-large-files",
                    CANCEL,
                    File::Large(Large::Unfinished(cancel)),
                )
            }
            Self::CancelLargeFile(file) => {
                let cancel = Unfinished::Cancel { uri: B2Uri::Id(id(file)) };
                ("cancel-large-file", CANCEL, File::Large(Large::Unfinished(cancel)))
            }
            Self::ListUnfinishedLargeFiles(bucket) => {
                let list = Unfinished::List { uri: all(bucket) };
                let command = File::Large(Large::Unfinished(list));
                ("list-unfinished-large-files", "file large unfinished list", command)
            }
            Self::ListParts(file) => {
                let parts = Large::Parts { uri: B2Uri::Id(id(file)) };
                ("list-parts", "file large parts", File::Large(parts))
            }
            Self::Cat(cat) => ("cat", "file cat", File::Cat(cat)),
            Self::CopyFileById(copy) => (
                "copy-file-by-id",
                "file server-side-copy",
                File::CopyById(Box::new(copy.without_warning())),
            ),
            Self::DownloadFile(download) => {
                ("download-file", "file download", File::Download(download))
            }
            Self::DownloadFileById(DownloadById { file, local, flags }) => {
                let download = Download::one(FileUri::Id(id(file)), local, flags);
                ("download-file-by-id", "file download", File::Download(download))
            }
            Self::DownloadFileByName(DownloadByName { file, local, flags }) => {
                let download = Download::one(file.into(), local, flags);
                ("download-file-by-name", "file download", File::Download(download))
            }
            Self::FileInfo(OneFile { uri }) => ("file-info", "file info", File::Info { uri }),
            Self::GetFileInfo(file) => {
                ("get-file-info", "file info", File::Info { uri: FileUri::Id(id(file)) })
            }
            Self::GetDownloadUrlWithAuth(UrlWithAuth { file, duration }) => {
                let url = Url::new(file.into(), true, duration);
                ("get-download-url-with-auth", "file url", File::Url(url))
            }
            Self::GetUrl(url) => ("get-url", "file url", File::Url(url)),
            Self::MakeFriendlyUrl(UrlOfName { file, token }) => {
                let url = Url::new(file.into(), token.with_auth, token.duration);
                ("make-friendly-url", "file url", File::Url(url))
            }
            Self::MakeUrl(UrlOfId { file, token }) => {
                let url = Url::new(FileUri::Id(id(file)), token.with_auth, token.duration);
                ("make-url", "file url", File::Url(url))
            }
            Self::HideFile(file) => (
                "hide-file",
                "file hide",
                File::Hide { uri: FileUri::from(file).to_string(), name: None },
            ),
            Self::UpdateFileLegalHold(LegalHold { words }) => {
                let (name, id, hold) = id_and_value(words)?;
                let hold = <Switch as clap::ValueEnum>::from_str(&hold, false);
                let hold = hold.map_err(|_| CliError::usage("the legal hold is on or off"))?;
                let update = Update::of_legal_hold(id, name, hold);
                ("update-file-legal-hold", "file update", File::Update(update))
            }
            Self::UpdateFileRetention(Retention { words, retain_until, bypass_governance }) => {
                let (name, id, mode) = id_and_value(words)?;
                let mode: Mode = mode.parse().map_err(CliError::usage)?;
                let update = Update::of_retention(id, name, mode, retain_until, bypass_governance);
                ("update-file-retention", "file update", File::Update(update))
            }
            Self::UploadFile(upload) => ("upload-file", "file upload", File::Upload(upload)),
            Self::UploadUnboundStream(upload) => {
                ("upload-unbound-stream", "file upload", File::Upload(upload))
            }
            _ => unreachable!("the other commands are converted before"),
        };
        Ok((old, new, Current::File(Box::new(command))))
    }
}

/// Separates the optional name of a file, its ID, and a value.
fn id_and_value(mut words: Vec<String>) -> Result<(Option<String>, FileId, String), CliError> {
    let (Some(value), Some(id)) = (words.pop(), words.pop()) else {
        return Err(CliError::usage("give the ID of a file version and a value"));
    };
    Ok((words.pop(), id.as_str().into(), value))
}

fn warn(context: &Context, old: &str, new: &str) {
    context.warn(format!("WARNING: `{old}` command is deprecated. Use `{new}` instead."));
}
