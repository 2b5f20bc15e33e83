//! The account: what a user starts from.

use std::fmt;
use std::sync::Arc;

use b2_proto::ErrorKind;
use b2_proto::account::{Account, Authorization, Credentials, Snapshot};
use b2_proto::api::{
    CancelLargeFile, CancelledLargeFile, CreateBucket, CreateKey, DeleteBucket, DeleteFileVersion,
    DeleteKey, Download, Endpoint, GetFileInfo, ListBuckets, ListKeys, ListParts,
    UpdateFileLegalHold, UpdateFileRetention,
};
use b2_proto::call::Call;
use b2_proto::model::{
    self, ApplicationKey, ApplicationKeyId, BucketId, FileId, FileIdAndName, FileRetention,
    FileVersion, FullApplicationKey, LegalHold, Part,
};
use b2_proto::retry::RetryPolicy;
use futures::Stream;

use crate::bucket::Bucket;
use crate::download::DownloadBuilder;
use crate::drive::{Resources, drive};
use crate::error::Error;
use crate::host::Host;
use crate::listing;
use crate::session::Session;
use crate::store::{AccountStore, MemoryStore};

/// An account at B2. A handle: clones share authorization, upload URLs and connections.
#[derive(Clone)]
pub struct Client<H: Host> {
    pub(crate) session: Arc<Session<H>>,
}

/// A client to be.
#[must_use = "a builder does nothing until it builds"]
pub struct ClientBuilder<H: Host> {
    host: H,
    store: Option<Box<dyn AccountStore>>,
    retry: RetryPolicy,
}

impl<H: Host> ClientBuilder<H> {
    /// Keeps the account in this store. By default it is kept in memory, and nothing is written anywhere.
    pub fn store(mut self, store: impl AccountStore + 'static) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// How long calls and transfers go on without progress, and how long they wait between attempts.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// A client for the account in the store. Nothing is sent before it is needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptAccountInfo`] or [`ErrorKind::AccountStore`] if the store cannot be read. An empty
    /// store is no error: every call fails with [`ErrorKind::MissingAccountData`] until
    /// [`Client::authorize_account`] succeeds.
    pub async fn build(self) -> Result<Client<H>, Error> {
        let store = self.store.unwrap_or_else(|| Box::new(MemoryStore::new()));
        let account = match store.load().await? {
            Some(snapshot) => Account::restore(snapshot, self.host.now()),
            None => Account::default(),
        };
        Ok(Client { session: Session::new(self.host, store, account, self.retry) })
    }

    /// A client for this account. It is authorized at once and kept in the store.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongKey`] if the key is wrong, and whatever keeps B2 from answering.
    pub async fn authorize(self, credentials: Credentials) -> Result<Client<H>, Error> {
        let store = self.store.unwrap_or_else(|| Box::new(MemoryStore::new()));
        let session = Session::new(self.host, store, Account::default(), self.retry);
        let client = Client { session };
        client.authorize_account(credentials).await?;
        Ok(client)
    }
}

impl<H: Host> fmt::Debug for ClientBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("host", &self.host)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl<H: Host> fmt::Debug for Client<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("session", &self.session).finish()
    }
}

impl<H: Host> Client<H> {
    /// A client to be, on this host.
    pub fn builder(host: H) -> ClientBuilder<H> {
        ClientBuilder { host, store: None, retry: RetryPolicy::default() }
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &H {
        &self.session.host
    }

    /// Any call of B2's API, with authorization and retry.
    ///
    /// ```no_run
    /// use b2_client::proto::api::GetBucketNotificationRules;
    ///
    /// # async fn run<H: b2_client::Host>(client: b2_client::Client<H>) -> Result<(), b2_client::Error> {
    /// let bucket_id = "4a48fe8875c6214145260818".into();
    /// let rules = client.call(GetBucketNotificationRules { bucket_id }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the call refuses before it is sent, and what B2 answers.
    pub async fn call<E: Endpoint>(&self, endpoint: E) -> Result<E::Response, Error> {
        let mut call = Call::new(endpoint, self.session.retry, self.session.host.seed());
        let log = |retrying: b2_proto::call::Retrying| {
            tracing::info!(error = %retrying.error, "retrying {}", E::NAME);
        };
        drive(&mut call, &self.session, Resources::default(), log).await
    }

    // The account.

    /// Authorizes an account, and keeps it in the store (`b2_authorize_account`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongKey`], [`ErrorKind::RestrictedBucketMissing`], and what the store says.
    pub async fn authorize_account(&self, credentials: Credentials) -> Result<(), Error> {
        self.session.authorize(credentials).await?;
        self.session.save().await
    }

    /// Forgets the account, here and in the store.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn clear_account(&self) -> Result<(), Error> {
        self.session.forget().await
    }

    /// What the key may do and where its calls go; authorizes first if that is needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingAccountData`] if no account is known.
    pub async fn authorization(&self) -> Result<Arc<Authorization>, Error> {
        Ok(self.session.authorization(None).await?.authorization)
    }

    /// All that is known of the account; `None` if nothing is.
    #[must_use]
    pub fn account(&self) -> Option<Snapshot> {
        self.session.account().snapshot()
    }

    /// Whether the key is the account's master key.
    #[must_use]
    pub fn is_master_key(&self) -> bool {
        self.session.account().is_master_key()
    }

    /// Where the account is kept, for a person.
    #[must_use]
    pub fn store_location(&self) -> String {
        self.session.store().location()
    }

    // Buckets.

    /// Makes a bucket (`b2_create_bucket`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateBucketName`] if the name is taken, by anybody.
    pub async fn create_bucket(&self, bucket: CreateBucket) -> Result<model::Bucket, Error> {
        let bucket = self.call(bucket).await?;
        self.remember(&bucket).await;
        Ok(bucket)
    }

    /// All buckets that the key may see (`b2_list_buckets`).
    ///
    /// A key that is restricted to buckets sees those.
    ///
    /// # Errors
    ///
    /// What B2 answers.
    pub async fn list_buckets(&self) -> Result<Vec<model::Bucket>, Error> {
        let authorization = self.authorization().await?;
        let allowed = authorization.allowed.restricted_to();
        let mut buckets = Vec::new();
        if allowed.is_empty() {
            buckets = self.call(ListBuckets::default()).await?.buckets;
            let names =
                buckets.iter().map(|bucket| (bucket.bucket_id.clone(), bucket.bucket_name.clone()));
            self.session.account().buckets_mut().replace(names);
            self.save_quietly().await;
        }
        // B2 wants such a key to name one of its buckets.
        for bucket in allowed {
            let mut list = ListBuckets::default();
            list.bucket_id = Some(bucket.id.clone());
            buckets.extend(self.call(list).await?.buckets);
        }
        Ok(buckets)
    }

    /// The bucket with this name, if the key is restricted to it or an earlier call has seen it. Nothing is sent
    /// but, if need be, the authorization.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucket`] if the key is for other buckets.
    pub async fn known_bucket(&self, name: &str) -> Result<Option<Bucket<H>>, Error> {
        // The authorization of a restricted key names its buckets.
        self.authorization().await?;
        let known = self.session.account().bucket_id(name)?;
        Ok(known.map(|id| Bucket::new(self.clone(), id, name.to_owned())))
    }

    /// The bucket with this name. If the key or an earlier call knows its id, nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonExistentBucket`], or [`ErrorKind::RestrictedBucket`] if the key is for other buckets.
    pub async fn get_bucket_by_name(&self, name: &str) -> Result<Bucket<H>, Error> {
        if let Some(bucket) = self.known_bucket(name).await? {
            return Ok(bucket);
        }
        let mut list = ListBuckets::default();
        list.bucket_name = Some(name.to_owned());
        let buckets = self.call(list).await?.buckets;
        let found = buckets.iter().find(|bucket| bucket.bucket_name.eq_ignore_ascii_case(name));
        let bucket = found.ok_or_else(|| {
            let message =
                format!("no bucket is named '{name}'; list the buckets to see which there are");
            b2_proto::Error::new(ErrorKind::NonExistentBucket, message).with_subject(name)
        })?;
        self.remember(bucket).await;
        Ok(Bucket::new(self.clone(), bucket.bucket_id.clone(), bucket.bucket_name.clone()))
    }

    /// The bucket with this id. If an earlier call knows its name, nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BucketIdNotFound`], or [`ErrorKind::RestrictedBucket`] if the key is for other buckets.
    pub async fn get_bucket_by_id(&self, id: &BucketId) -> Result<Bucket<H>, Error> {
        self.authorization().await?.allowed.check_bucket_id(id)?;
        let known = self.session.account().buckets().name(id).map(str::to_owned);
        if let Some(name) = known {
            return Ok(Bucket::new(self.clone(), id.clone(), name));
        }
        let bucket = self.bucket_state(id).await?;
        Ok(Bucket::new(self.clone(), bucket.bucket_id, bucket.bucket_name))
    }

    /// Everything about a bucket, as it is now.
    pub(crate) async fn bucket_state(&self, id: &BucketId) -> Result<model::Bucket, Error> {
        let mut list = ListBuckets::default();
        list.bucket_id = Some(id.clone());
        let found =
            self.call(list).await?.buckets.into_iter().find(|bucket| bucket.bucket_id == *id);
        match found {
            Some(bucket) => {
                self.remember(&bucket).await;
                Ok(bucket)
            }
            None => {
                self.session.account().buckets_mut().forget(id);
                let message = "no bucket has this id";
                Err(b2_proto::Error::new(ErrorKind::BucketIdNotFound, message)
                    .with_subject(id.as_str())
                    .into())
            }
        }
    }

    /// Deletes an empty bucket (`b2_delete_bucket`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BucketNotEmpty`] while it holds any file version.
    pub async fn delete_bucket(&self, id: &BucketId) -> Result<model::Bucket, Error> {
        let deleted = self.call(DeleteBucket { bucket_id: id.clone() }).await;
        let gone = match &deleted {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::BucketIdNotFound,
        };
        if gone {
            self.session.account().buckets_mut().forget(id);
            self.save_quietly().await;
        }
        deleted
    }

    async fn remember(&self, bucket: &model::Bucket) {
        let known =
            self.session.account().buckets().name(&bucket.bucket_id) == Some(&bucket.bucket_name);
        if !known {
            self.session
                .account()
                .buckets_mut()
                .remember(bucket.bucket_id.clone(), &bucket.bucket_name);
            self.save_quietly().await;
        }
    }

    /// A store that cannot be written costs the next run a call, no more.
    async fn save_quietly(&self) {
        if let Err(error) = self.session.save().await {
            tracing::warn!(%error, store = self.store_location(), "the account could not be stored");
        }
    }

    // Keys.

    /// Makes an application key (`b2_create_key`). Its secret is shown this once.
    ///
    /// # Errors
    ///
    /// What B2 answers. If the answer is lost, a key may have been made: list the keys.
    pub async fn create_key(&self, key: CreateKey) -> Result<FullApplicationKey, Error> {
        self.call(key).await
    }

    /// All application keys of the account, by id (`b2_list_keys`).
    pub fn list_keys(&self) -> impl Stream<Item = Result<ApplicationKey, Error>> + use<H> {
        let mut list = ListKeys::default();
        list.max_key_count = Some(listing::PAGE);
        listing::walk(self.clone(), list)
    }

    /// The key with this id, if there is one (`b2_list_keys`).
    ///
    /// # Errors
    ///
    /// What B2 answers.
    pub async fn get_key(&self, id: &ApplicationKeyId) -> Result<Option<ApplicationKey>, Error> {
        let mut list = ListKeys::default();
        list.start_application_key_id = Some(id.clone());
        list.max_key_count = Some(1);
        let keys = self.call(list).await?.keys;
        Ok(keys.into_iter().find(|key| key.application_key_id == *id))
    }

    /// Deletes an application key; its tokens stop working (`b2_delete_key`).
    ///
    /// # Errors
    ///
    /// What B2 answers.
    pub async fn delete_key(&self, id: ApplicationKeyId) -> Result<ApplicationKey, Error> {
        self.call(DeleteKey { application_key_id: id }).await
    }

    // File versions, by id.

    /// Everything about a file version (`b2_get_file_info`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`].
    pub async fn get_file_info(&self, file_id: FileId) -> Result<FileVersion, Error> {
        self.call(GetFileInfo { file_id }).await
    }

    /// A download of a file version (`b2_download_file_by_id`).
    pub fn download_file_by_id(&self, file_id: FileId) -> DownloadBuilder<H> {
        DownloadBuilder::new(self.session.clone(), Download::by_id(file_id))
    }

    /// Deletes one version for good (`b2_delete_file_version`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`], or [`ErrorKind::AccessDenied`] if it is locked.
    pub async fn delete_file_version(
        &self,
        file_id: FileId,
        name: &str,
        bypass_governance: bool,
    ) -> Result<FileIdAndName, Error> {
        let mut call = DeleteFileVersion::new(file_id, name);
        call.bypass_governance = bypass_governance;
        self.call(call).await
    }

    /// Deletes an unfinished large file and its parts (`b2_cancel_large_file`).
    ///
    /// # Errors
    ///
    /// What B2 answers.
    pub async fn cancel_large_file(&self, file_id: FileId) -> Result<CancelledLargeFile, Error> {
        self.call(CancelLargeFile { file_id }).await
    }

    /// The parts of an unfinished large file, by number (`b2_list_parts`).
    pub fn list_parts(&self, file_id: FileId) -> impl Stream<Item = Result<Part, Error>> + use<H> {
        let mut list = ListParts::new(file_id);
        list.max_part_count = Some(listing::PAGE);
        listing::walk(self.clone(), list)
    }

    /// Changes the retention of a file version (`b2_update_file_retention`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RetentionWrite`] if a lock forbids it.
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
    /// [`ErrorKind::MissingAccountData`] if no account is known.
    pub async fn get_download_url_for_file_id(&self, file_id: FileId) -> Result<String, Error> {
        Ok(Download::by_id(file_id).url(&self.authorization().await?.download_url))
    }
}
