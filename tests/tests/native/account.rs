use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use b2_client::{BoxFuture, CredentialProvider};
use b2_native::proto::ErrorKind;
use b2_native::proto::account::Credentials;
use b2_native::proto::api::{CreateBucket, CreateKey};
use b2_native::proto::model::{BucketType, Capability};
use b2_native::{ClientBuilder, Error, FileStore, NativeHost, SqliteStore};
use futures::TryStreamExt;

use crate::{bucket, client, credentials, server, short_delays};

#[tokio::test]
async fn a_restricted_key_needs_no_list_buckets() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let mut key = CreateKey::new("narrow", vec![Capability::WRITE_FILES, Capability::LIST_FILES]);
    key.bucket_ids = Some(vec![bucket.id().clone()]);
    key.name_prefix = Some("in/".to_owned());
    let key = bucket.client().create_key(key).await.unwrap();
    let mut narrow = credentials(&server);
    narrow.application_key_id = key.key.application_key_id.clone();
    narrow.application_key = key.application_key.clone();
    let client = ClientBuilder::new(NativeHost::new().unwrap())
        .credentials(narrow)
        .authorize()
        .await
        .unwrap();
    let bucket = client.bucket("the-bucket").await.unwrap();
    bucket.upload("bytes", "in/side").await.unwrap();

    // Calls that the key does not permit are refused before they are sent.
    let sent = server.with(|service| service.log().count());
    let error = bucket.upload("bytes", "outside").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("'in/'"), "{error}");
    let error = client.bucket("other-bucket").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RestrictedBucket);
    let error = bucket.download("in/side").head().await.unwrap_err();
    assert!(error.to_string().contains("readFiles"), "{error}");
    assert!(server.with(|service| service.log().count()) <= sent + 3);
}

#[tokio::test]
async fn a_bucket_is_looked_up_for_a_download_only_if_its_id_is_needed() {
    let server = server().await;
    let bucket = bucket(&server).await;
    for name in ["plain", "a/../b"] {
        bucket.upload("bytes", name).await.unwrap();
    }
    let client_of = async |credentials| {
        let host = NativeHost::new().unwrap();
        ClientBuilder::new(host).credentials(credentials).authorize().await.unwrap()
    };
    let lookups = || {
        let of = |exchange: &&b2_sim::LogEntry| exchange.operation == "b2_list_buckets";
        server.with(|service| service.log().filter(of).count())
    };
    let before = lookups();
    let client = client_of(credentials(&server)).await;
    let download = client.download_by_name("the-bucket", "plain").await.unwrap();
    assert_eq!(download.bytes(5).await.unwrap(), "bytes");
    let missing = client.download_by_name("no-such-bucket", "plain").await.unwrap();
    assert_eq!(missing.bytes(5).await.unwrap_err().kind(), ErrorKind::FileNotPresent);
    assert_eq!(lookups(), before);

    // A name that no URL can carry.
    let download = client.download_by_name("the-bucket", "a/../b").await.unwrap();
    assert_eq!(download.bytes(5).await.unwrap(), "bytes");
    assert_eq!(lookups(), before + 1);

    // A key that may share files and not read them.
    let may = vec![Capability::SHARE_FILES, Capability::LIST_BUCKETS];
    let key = bucket.client().create_key(CreateKey::new("shares", may)).await.unwrap();
    let mut sharing = credentials(&server);
    sharing.application_key_id = key.key.application_key_id.clone();
    sharing.application_key = key.application_key.clone();
    let download = client_of(sharing).await.download_by_name("the-bucket", "plain").await.unwrap();
    assert_eq!(download.bytes(5).await.unwrap(), "bytes");
    assert_eq!(lookups(), before + 2);
}

#[tokio::test]
async fn an_expired_token_is_replaced_once() {
    let server = server().await;
    let bucket = bucket(&server).await;
    server.with(b2_sim::Service::expire_account_tokens);
    let uploads = (0..20).map(|number| {
        let bucket = bucket.clone();
        async move { bucket.get_fresh_state().await.map(|_| number) }
    });
    futures::future::try_join_all(uploads).await.unwrap();
    let authorized = server.with(|service| {
        service.log().filter(|exchange| exchange.operation == "b2_authorize_account").count()
    });
    assert_eq!(authorized, 2);
}

fn authorizations(server: &b2_sim::server::Server) -> usize {
    let of = |exchange: &&b2_sim::LogEntry| exchange.operation == "b2_authorize_account";
    server.with(|service| service.log().filter(of).count())
}

#[tokio::test]
async fn clones_share_the_account() {
    let server = server().await;
    let client = ClientBuilder::new(NativeHost::new().unwrap())
        .credentials(credentials(&server))
        .build()
        .await
        .unwrap();
    assert_eq!(authorizations(&server), 0, "nothing is sent before it is needed");
    client.isolated().list_buckets().await.unwrap();
    client.list_buckets().await.unwrap();
    client.isolated().list_buckets().await.unwrap();
    assert_eq!(authorizations(&server), 1);
}

#[tokio::test]
async fn an_unusable_store_costs_an_authorization() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("account.json");
    std::fs::write(&path, "no account").unwrap();
    let open = async |credentials| {
        let builder = ClientBuilder::new(NativeHost::new().unwrap());
        builder.store(FileStore::new(&path)).credentials(credentials).build().await.unwrap()
    };
    open(credentials(&server)).await.list_buckets().await.unwrap();
    assert_eq!(authorizations(&server), 1);
    std::fs::remove_file(&path).unwrap();
    open(credentials(&server)).await.list_buckets().await.unwrap();
    assert_eq!(authorizations(&server), 2);
    open(credentials(&server)).await.list_buckets().await.unwrap();
    assert_eq!(authorizations(&server), 2, "the store knows it by now");
    let mut wrong = credentials(&server);
    wrong.application_key = "wrong".into();
    let error = open(wrong).await.list_buckets().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongKey);
}

/// Returns credentials until the session ends.
#[derive(Debug)]
struct Visitor {
    credentials: Credentials,
    asked: Arc<AtomicUsize>,
    times: usize,
}

impl CredentialProvider for Visitor {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(async {
            if self.asked.fetch_add(1, Ordering::Relaxed) < self.times {
                return Ok(self.credentials.clone());
            }
            let error = b2_native::proto::Error::new(ErrorKind::NoCredential, "log in again");
            Err(Error::with_cause(error, "the session is over"))
        })
    }
}

#[tokio::test]
async fn credentials_are_requested_once_per_authorization() {
    let server = server().await;
    bucket(&server).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let visitor = Visitor { credentials: credentials(&server), asked: asked.clone(), times: 2 };
    let client = ClientBuilder::new(NativeHost::new().unwrap())
        .credential_provider(visitor)
        .authorize()
        .await
        .unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    server.with(b2_sim::Service::expire_account_tokens);
    futures::future::try_join_all((0..10).map(|_| client.list_buckets().into_future()))
        .await
        .unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    server.with(b2_sim::Service::expire_account_tokens);
    let error = client.list_buckets().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoCredential);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the session is over");
}

#[tokio::test]
async fn an_account_is_loaded_from_a_store() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("account.json");
    let database = folder.path().join("account_info");
    let made = bucket(&server).await;
    let host = NativeHost::new().unwrap();
    ClientBuilder::new(host.clone())
        .store(FileStore::new(&path))
        .credentials(credentials(&server))
        .authorize()
        .await
        .unwrap();
    ClientBuilder::new(host.clone())
        .store(SqliteStore::new(&database))
        .credentials(credentials(&server))
        .authorize()
        .await
        .unwrap();
    for client in [
        ClientBuilder::new(host.clone()).store(FileStore::new(&path)).build().await.unwrap(),
        ClientBuilder::new(host.clone()).store(SqliteStore::new(&database)).build().await.unwrap(),
    ] {
        let bucket = client.bucket("the-bucket").await.unwrap();
        assert_eq!(bucket.id(), made.id());
        // The token may have expired, but the key can get another.
        server.with(b2_sim::Service::expire_account_tokens);
        assert_eq!(bucket.get_fresh_state().await.unwrap().bucket_name, "the-bucket");
        client.clear_account().await.unwrap();
        let error = client.bucket("the-bucket").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingAccountData);
    }
}

#[tokio::test]
async fn keys_and_buckets_are_created_and_deleted() {
    let server = server().await;
    let client = client(&server).await;
    assert!(client.is_master_key());
    client.create_bucket(CreateBucket::new("first-bucket", BucketType::AllPublic)).await.unwrap();
    let taken =
        client.create_bucket(CreateBucket::new("first-bucket", BucketType::AllPublic)).await;
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::DuplicateBucketName);
    let bucket = client.bucket("FIRST-bucket").await.unwrap();
    let changed =
        bucket.update(|update| update.bucket_type = Some(BucketType::AllPrivate)).await.unwrap();
    assert_eq!(changed.bucket_type, BucketType::AllPrivate);
    client.delete_bucket(bucket.id()).await.unwrap();
    assert_eq!(
        client.bucket("first-bucket").await.unwrap_err().kind(),
        ErrorKind::NonExistentBucket
    );

    let key = client.create_key(CreateKey::new("key", vec![Capability::LIST_FILES])).await.unwrap();
    let id = key.key.application_key_id;
    assert!(client.get_key(&id).await.unwrap().is_some());
    client.delete_key(id.clone()).await.unwrap();
    assert!(client.get_key(&id).await.unwrap().is_none());
    let keys: Vec<_> = client.list_keys().try_collect().await.unwrap();
    assert!(keys.iter().all(|key| key.application_key_id != id));
    let _ = short_delays();
}
