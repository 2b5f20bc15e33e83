use b2_proto::ErrorKind;
use b2_proto::account::{Authorization, BucketNames};

use super::*;

fn snapshot() -> Snapshot {
    Snapshot {
        credentials: Credentials {
            realm: "production".to_owned(),
            application_key_id: "key-id".into(),
            application_key: "SECRET".into(),
        },
        authorization: Some(Authorization::new(
            "account".into(),
            "token".into(),
            "https://api",
            "https://download",
        )),
        buckets: [("id".into(), "name".to_owned())].into_iter().collect(),
    }
}

#[tokio::test]
async fn keeps_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/account.json");
    let store = FileStore::new(&path);
    assert_eq!(store.load().await.unwrap(), None);
    store.clear().await.unwrap();
    assert!(!folder.path().join("new").exists());

    store.save(&snapshot()).await.unwrap();
    assert_eq!(store.load().await.unwrap(), Some(snapshot()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        store.load().await.unwrap();
        assert_eq!(mode(&path), 0o600);
    }
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);

    store.clear().await.unwrap();
    assert_eq!(store.load().await.unwrap(), None);
}

#[tokio::test]
async fn reads_as_much_as_it_understands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.json");
    let store = FileStore::new(&path);
    let credentials =
        r#"{"realm": "r", "application_key_id": "i", "application_key": "SECRET", "new": 1}"#;
    let text = format!(
        r#"{{"version": 7, "credentials": {credentials}, "authorization": {{"no": 1}}, "buckets": []}}"#
    );
    fs::write(&path, text).unwrap();
    let snapshot = store.load().await.unwrap().unwrap();
    assert_eq!(snapshot.credentials.application_key.expose(), "SECRET");
    assert_eq!((snapshot.authorization, snapshot.buckets), (None, BucketNames::default()));
}

#[tokio::test]
async fn never_writes_over_what_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.json");
    let store = FileStore::new(&path);
    for text in ["{\"version\": 1, \"application_key\": \"SECRET\"", "[]", "{}", "\u{0}"] {
        fs::write(&path, text).unwrap();
        let results =
            [store.load().await.map(drop), store.save(&snapshot()).await, store.clear().await];
        for result in results {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptAccountInfo, "{text}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("account.json") && !shown.contains("SECRET"), "{shown}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::write(&path, "{\"version\": 1}").unwrap();
    assert_eq!(store.load().await.unwrap_err().kind(), ErrorKind::CorruptAccountInfo);
    store.save(&snapshot()).await.unwrap();
    assert_eq!(store.load().await.unwrap(), Some(snapshot()));
    assert_eq!(
        FileStore::new("/dev/null/x").load().await.unwrap_err().kind(),
        ErrorKind::AccountStore
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_never_see_half_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().join("account.json"));
    store.save(&snapshot()).await.unwrap();
    let tasks = (0..4).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                store.save(&snapshot()).await.unwrap();
                assert_eq!(store.load().await.unwrap(), Some(snapshot()));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
