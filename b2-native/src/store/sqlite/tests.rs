use b2_proto::ErrorKind;
use b2_proto::account::{Allowed, AllowedBucket, Authorization, BucketNames, Credentials};

use super::*;

fn snapshot() -> Snapshot {
    let url = |name: &str| format!("https://{name}.backblazeb2.com");
    let mut authorization =
        Authorization::new("acc".into(), "token".into(), &url("api"), &url("f000"));
    authorization.s3_api_url = url("s3");
    authorization.recommended_part_size = 200;
    authorization.absolute_minimum_part_size = 100;
    authorization.allowed.name_prefix = Some("it's/".to_owned());
    authorization.allowed.buckets =
        Some(vec![AllowedBucket { id: "b1".into(), name: Some("o'bucket".to_owned()) }]);
    Snapshot {
        credentials: Credentials {
            realm: "production".to_owned(),
            application_key_id: "key-id".into(),
            application_key: "SECRET".into(),
        },
        authorization: Some(authorization),
        buckets: [("b1".into(), "o'bucket".to_owned()), ("b2".into(), "two".to_owned())]
            .into_iter()
            .collect(),
    }
}

fn new_store() -> (tempfile::TempDir, PathBuf, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b2/account_info");
    let store = SqliteStore::new(&path);
    (folder, path, store)
}

/// Creates a file as b2sdk does after the first `step` migrations.
fn old_file(path: &Path, step: u8, allowed: Option<&str>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut connection = Connection::open(path).unwrap();
    let t = connection.transaction().unwrap();
    let schema = include_str!("fixtures/schema.sql");
    let sections = schema.split("-- step ").take(usize::from(step) + 1);
    for (number, section) in sections.enumerate() {
        if number == 0 {
            t.execute_batch(section).unwrap();
            t.execute_batch(
                "INSERT INTO account VALUES ('acc', 'SECRET', 'token', 'https://api', 'https://f000',
                     100, 'production');
                 INSERT INTO bucket VALUES ('o''bucket', 'b1');",
            )
            .unwrap();
        } else {
            t.execute_batch(section.split_once('\n').unwrap().1).unwrap();
            t.execute("INSERT INTO update_done VALUES (?1)", [number as i64]).unwrap();
        }
    }
    if let Some(allowed) = allowed {
        t.execute("UPDATE account SET allowed = ?1", [allowed]).unwrap();
    }
    t.commit().unwrap();
}

fn steps_done(path: &Path) -> Vec<i64> {
    let connection = Connection::open(path).unwrap();
    let mut statement =
        connection.prepare("SELECT update_number FROM update_done ORDER BY 1").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn an_account_is_stored() {
    let (folder, path, store) = new_store();
    assert_eq!(store.load().await.unwrap(), None);
    store.clear().await.unwrap();
    assert!(!folder.path().join("b2").exists());
    store.save(&snapshot()).await.unwrap();
    assert_eq!(store.load().await.unwrap(), Some(snapshot()));
    assert_eq!(steps_done(&path), [1, 2, 3, 4, 5, 6]);

    let bare = Snapshot { authorization: None, buckets: Default::default(), ..snapshot() };
    store.save(&bare).await.unwrap();
    let loaded = store.load().await.unwrap().unwrap();
    assert_eq!((loaded.credentials, loaded.authorization), (bare.credentials, None));
    assert_eq!(loaded.buckets, snapshot().buckets);

    store.clear().await.unwrap();
    assert_eq!(store.load().await.unwrap(), None);
    let raw = fs::read(&path).unwrap();
    assert!(!raw.windows(6).any(|window| window == b"SECRET"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (_folder, path, store) = new_store();
    store.save(&snapshot()).await.unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
    store.load().await.unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn names_of_buckets_are_kept_for_the_same_account() {
    let (_folder, _, store) = new_store();
    store.save(&snapshot()).await.unwrap();
    let mut again = Snapshot { buckets: Default::default(), ..snapshot() };
    again.credentials.application_key_id = "another-key".into();
    store.save(&again).await.unwrap();
    assert_eq!(store.load().await.unwrap().unwrap().buckets, snapshot().buckets);
    again.buckets = [("b9".into(), "nine".to_owned())].into_iter().collect();
    store.save(&again).await.unwrap();
    assert_eq!(store.load().await.unwrap().unwrap(), again);

    let mut other = Snapshot { buckets: Default::default(), ..snapshot() };
    other.authorization.as_mut().unwrap().account_id = "another".into();
    other.credentials.application_key_id = "of-another".into();
    store.save(&other).await.unwrap();
    assert_eq!(store.load().await.unwrap().unwrap().buckets, BucketNames::default());
}

#[tokio::test]
async fn files_of_any_version_are_read_and_saved_as_the_newest() {
    let old = r#"{"bucketId": "b1", "bucketName": "o'bucket", "capabilities": ["listFiles"], "namePrefix": "it's"}"#;
    let free = r#"{"bucketId": null, "bucketName": null, "capabilities": ["listFiles"], "namePrefix": null}"#;
    let new = r#"{"buckets": [{"id": "b1", "name": "o'bucket"}], "capabilities": ["listFiles"], "namePrefix": "it's"}"#;
    let mut restricted = Allowed::default();
    restricted.capabilities = vec!["listFiles".into()];
    restricted.buckets =
        Some(vec![AllowedBucket { id: "b1".into(), name: Some("o'bucket".to_owned()) }]);
    restricted.name_prefix = Some("it's".to_owned());
    let mut unrestricted = Allowed::default();
    unrestricted.capabilities = vec!["listFiles".into()];
    let all = || Authorization::new("a".into(), "t".into(), "", "").allowed;
    let rows = [
        (0, None, all()),
        (1, Some(old), restricted.clone()),
        (3, None, all()),
        (4, Some(old), restricted.clone()),
        (4, Some(free), unrestricted),
        (5, Some(old), restricted.clone()),
        (6, Some(new), restricted),
    ];
    for (step, allowed, expected) in rows {
        let (_folder, path, store) = new_store();
        old_file(&path, step, allowed);
        let snapshot = store.load().await.unwrap().unwrap();
        assert_eq!(snapshot.credentials.application_key_id.as_str(), "acc");
        let authorization = snapshot.authorization.clone().unwrap();
        assert_eq!(authorization.allowed, expected, "{step}");
        assert_eq!(authorization.recommended_part_size, 100);
        assert_eq!(authorization.absolute_minimum_part_size, 5_000_000);
        assert_eq!(authorization.s3_api_url, "");
        assert_eq!(snapshot.buckets.iter().count(), 1);
        // The migration alone, without a save.
        change(open(&path).unwrap(), schema::upgrade).unwrap();
        assert_eq!(steps_done(&path), [1, 2, 3, 4, 5, 6], "{step}");
        assert_eq!(store.load().await.unwrap(), Some(snapshot.clone()), "{step}");
        store.save(&snapshot).await.unwrap();
        assert_eq!(store.load().await.unwrap(), Some(snapshot), "{step}");
    }
}

#[tokio::test]
async fn an_invalid_authorization_does_not_invalidate_the_key() {
    let (_folder, path, store) = new_store();
    old_file(&path, 6, Some("{no json"));
    let snapshot = store.load().await.unwrap().unwrap();
    assert_eq!(snapshot.credentials.application_key.expose(), "SECRET");
    assert_eq!(snapshot.authorization, None);
}

#[tokio::test]
async fn a_json_file_is_converted() {
    let (_folder, path, store) = new_store();
    let text = r#"{"account_id": "acc", "application_key": "SECRET", "account_auth_token": "token",
        "api_url": "https://api", "download_url": "https://f000", "minimum_part_size": 100, "realm": "production"}"#;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    let imported = store.load().await.unwrap().unwrap();
    assert_eq!(imported.credentials.application_key_id.as_str(), "acc");
    assert_eq!(imported.authorization.as_ref().unwrap().recommended_part_size, 100);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    store.save(&imported).await.unwrap();
    assert_eq!(store.load().await.unwrap(), Some(imported));
    assert_eq!(steps_done(&path), [1, 2, 3, 4, 5, 6]);
    let kept = path.with_file_name("account_info.json");
    assert_eq!(fs::read_to_string(&kept).unwrap(), text);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2);
}

#[tokio::test]
async fn corrupt_busy_and_empty_files_are_distinguished() {
    let (_folder, path, store) = new_store();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "").unwrap();
    assert_eq!(store.load().await.unwrap(), None);

    let mut cut = b"SQLite format 3\0".to_vec();
    cut.resize(4096, 7);
    for bytes in [b"some text".to_vec(), b"{\"account_id\": 1}".to_vec(), cut] {
        fs::write(&path, &bytes).unwrap();
        for result in
            [store.load().await.map(drop), store.save(&snapshot()).await, store.clear().await]
        {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptAccountInfo);
            assert!(error.to_string().contains("account_info"), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }

    fs::remove_file(&path).unwrap();
    store.save(&snapshot()).await.unwrap();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut waiting = open(&path).unwrap();
    waiting.busy_timeout(Duration::from_millis(1)).unwrap();
    let error = failed(&path, read(&mut waiting).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::AccountStore);
    assert!(error.to_string().contains("another program"), "{error}");
    holder.execute_batch("ROLLBACK").unwrap();

    let error = SqliteStore::new("/dev/null/x").load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccountStore);
}

/// Loads and saves in several tasks; each process of the next test runs this.
async fn load_and_save(path: &Path) {
    let tasks = (0..4).map(|_| {
        let store = SqliteStore::new(path);
        tokio::spawn(async move {
            for _ in 0..15 {
                store.save(&snapshot()).await.unwrap();
                assert_eq!(store.load().await.unwrap(), Some(snapshot()));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

const SHARED_FILE: &str = "B2_NATIVE_TEST_SHARED_FILE";

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_wait_for_one_another() {
    if let Some(path) = std::env::var_os(SHARED_FILE) {
        return load_and_save(Path::new(&path)).await;
    }
    let (_folder, path, _) = new_store();
    let binary = std::env::current_exe().unwrap();
    let start = || {
        std::process::Command::new(&binary)
            .args(["--exact", "store::sqlite::tests::several_processes_wait_for_one_another"])
            .env(SHARED_FILE, &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut processes = [start(), start(), start()];
    load_and_save(&path).await;
    for process in &mut processes {
        assert!(process.wait().unwrap().success());
    }
}
