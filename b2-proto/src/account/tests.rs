use super::*;
use crate::secret::Secret;

fn url(name: &str) -> UploadUrl {
    UploadUrl { url: format!("https://pod/{name}"), token: Secret::new(name) }
}

#[test]
fn knows_a_master_key() {
    let rows = [
        ("account_id", true),
        ("ACCOUNT_ID", false),
        ("123account_id0000000000", true),
        ("234account_id0000000000", true),
        ("123account_id000000000", false),
        ("123account_id0000000001", false),
        ("123account_id00000000000", false),
    ];
    for (id, expected) in rows {
        assert_eq!(is_master_key(&id.into(), "account_id"), expected, "{id}");
    }
}

#[test]
fn a_url_has_one_user_and_the_last_one_kept_is_the_first_taken() {
    let (mut pool, now) = (UrlPool::default(), Instant::ORIGIN);
    let key = UrlKey::Bucket("b".into());
    assert_eq!(pool.take(now, &key), None);
    pool.keep(now, key.clone(), url("one"));
    pool.keep(now, key.clone(), url("two"));
    pool.keep(now, UrlKey::LargeFile("f".into()), url("three"));
    assert_eq!(pool.take(now, &key), Some(url("two")));
    assert_eq!(pool.take(now, &key), Some(url("one")));
    assert_eq!(pool.take(now, &key), None);
    pool.forget(&UrlKey::LargeFile("f".into()));
    assert_eq!(pool.take(now, &UrlKey::LargeFile("f".into())), None);
}

#[test]
fn an_old_url_is_not_handed_out() {
    let (mut pool, key) = (UrlPool::default(), UrlKey::Bucket("b".into()));
    pool.keep(Instant::ORIGIN, key.clone(), url("one"));
    assert_eq!(pool.take(Instant::ORIGIN + urls::MAX_AGE, &key), None);
}

#[test]
fn bucket_names_follow_renames_and_ignore_case() {
    let mut names = BucketNames::default();
    names.remember("1".into(), "Photos");
    names.remember("2".into(), "music");
    names.remember("1".into(), "pictures");
    assert_eq!(names.id("photos"), None);
    assert_eq!(names.id("PICTURES"), Some(&"1".into()));
    names.remember("3".into(), "music");
    assert_eq!((names.id("music"), names.name(&"2".into())), (Some(&"3".into()), None));
    names.forget(&"3".into());
    assert_eq!(names.iter().count(), 1);
}

#[test]
fn a_snapshot_is_read_as_far_as_it_is_understood() {
    let credentials =
        r#"{"realm": "production", "application_key_id": "id", "application_key": "key"}"#;
    let text = format!(r#"{{"credentials": {credentials}, "from_a_later_version": [1]}}"#);
    let snapshot: Snapshot = serde_json::from_str(&text).unwrap();
    assert_eq!((snapshot.authorization, snapshot.buckets), (None, BucketNames::default()));
    assert!(!format!("{:?}", snapshot.credentials).contains("\"key\""));
}

/// What version 0.1 wrote, which every later version reads.
#[test]
fn an_account_and_a_key_belong_to_a_realm() {
    let credentials = Credentials {
        realm: "production".into(),
        application_key_id: "key".into(),
        application_key: Secret::new("secret"),
    };
    let mut snapshot =
        Snapshot { credentials, authorization: None, buckets: BucketNames::default() };
    assert!(snapshot.is_same_key(&"key".into(), "production"));
    assert!(!snapshot.is_same_key(&"other".into(), "production"));
    assert!(!snapshot.is_same_key(&"key".into(), "staging"));
    assert!(!snapshot.is_same_account(&"acc".into(), "production"));
    snapshot.authorization = Some(authorization("acc", "api.backblazeb2.com"));
    assert!(snapshot.is_same_account(&"acc".into(), "production"));
    assert!(!snapshot.is_same_account(&"acc".into(), "staging"));
}

#[test]
fn stored_snapshots_are_read_and_written_again() {
    let least = r#"{"credentials":{"realm":"production","application_key_id":"id","application_key":"key \"é"},"authorization":null,"buckets":{}}"#;
    let free = r#"{"credentials":{"realm":"production","application_key_id":"id","application_key":"key \"é"},"authorization":{"accountId":"a","token":"t","apiUrl":"https://x","downloadUrl":"https://y","s3ApiUrl":"","recommendedPartSize":100000000,"absoluteMinimumPartSize":5000000,"allowed":{"capabilities":[],"buckets":null,"namePrefix":null},"keyExpiration":null},"buckets":{"b1":"photos","b9":"music"}}"#;
    let restricted = r#"{"credentials":{"realm":"production","application_key_id":"id","application_key":"key \"é"},"authorization":{"accountId":"a1","token":"token","apiUrl":"https://api001.backblazeb2.com","downloadUrl":"https://f001.backblazeb2.com","s3ApiUrl":"https://s3.us-west-001.backblazeb2.com","recommendedPartSize":100000000,"absoluteMinimumPartSize":5000000,"allowed":{"capabilities":["listFiles","readTheMind"],"buckets":[{"id":"b1","name":"photos"},{"id":"b2","name":null}],"namePrefix":"in/","uploads":{"maxBytes":7,"contentTypes":["image/*"]}},"keyExpiration":1700000000000},"buckets":{"b1":"photos","b9":"music"}}"#;
    let read = |text| serde_json::from_str::<Snapshot>(text).unwrap();
    for text in [least, free, restricted] {
        assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
    }
    assert_eq!(read(least).credentials.application_key.expose(), "key \"\u{e9}");
    let free = read(free);
    assert_eq!(free.buckets.id("MUSIC"), Some(&"b9".into()));
    let expected = Authorization::new("a".into(), "t".into(), "https://x", "https://y");
    let allowed = Allowed::default();
    assert_eq!(free.authorization, Some(Authorization { allowed, ..expected }));
    let restricted = read(restricted).authorization.unwrap();
    assert_eq!(restricted.allowed.buckets.as_ref().map(Vec::len), Some(2));
    assert_eq!(restricted.allowed.buckets.unwrap()[1].name, None);
    assert_eq!(restricted.allowed.uploads, Some(UploadLimits::new(7, ["image/*"])));
    let expiration = crate::time::Timestamp::from_millis(1_700_000_000_000);
    assert_eq!(restricted.key_expiration, Some(expiration));
}

fn authorization(id: &str, host: &str) -> Authorization {
    let (api, download) = (format!("https://{host}"), "https://f001.backblazeb2.com");
    Authorization::new(id.into(), "token".into(), &api, download)
}

#[test]
fn hosts_outside_of_the_realm_are_refused_and_forgotten() {
    let credentials = Credentials {
        realm: "production".to_owned(),
        application_key_id: "id".into(),
        application_key: "key".into(),
    };
    let now = Instant::ORIGIN;
    let evil = authorization("a", "api.backblazeb2.com.evil.com");
    let mut account = Account::new(credentials.clone());
    let error = account.authorize(now, credentials.clone(), evil.clone()).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::UntrustedHost);
    assert!(error.to_string().contains("api.backblazeb2.com.evil.com"), "{error}");
    // What a store holds is no better.
    let snapshot = |authorization| Snapshot {
        credentials: credentials.clone(),
        authorization: Some(authorization),
        buckets: BucketNames::default(),
    };
    let mut stored = Account::restore(snapshot(evil.clone()), now);
    stored.allow_hosts(Vec::new());
    assert!(stored.authorization(now, None).is_none());
    let mut stored = Account::restore(snapshot(evil), now);
    stored.allow_hosts(vec!["evil.com".to_owned()]);
    assert!(stored.authorization(now, None).is_some());
    let mut stored = Account::restore(snapshot(authorization("a", "api.backblazeb2.com")), now);
    stored.allow_hosts(Vec::new());
    assert!(stored.authorization(now, None).is_some());
    stored.check_url("https://pod-1.backblaze.com/upload").unwrap();
    assert!(stored.check_url("https://pod-1.evil.com/upload").is_err());
    stored.asks("https://files.example.com");
    stored.check_url("https://files.example.com/b2api/v4/b2_authorize_account").unwrap();
}

#[test]
fn bucket_names_survive_a_new_authorization_of_the_same_account_only() {
    let credentials = |realm: &str| Credentials {
        realm: realm.to_owned(),
        application_key_id: "id".into(),
        application_key: "key".into(),
    };
    let authorization = |id: &str| authorization(id, "api.backblazeb2.com");
    let mut account = Account::new(credentials("production"));
    account.authorize(Instant::ORIGIN, credentials("production"), authorization("a")).unwrap();
    account.buckets_mut().remember("1".into(), "photos");
    account.authorize(Instant::ORIGIN, credentials("production"), authorization("a")).unwrap();
    assert_eq!(account.bucket_id("photos"), Ok(Some("1".into())));
    let generation = account.authorization(Instant::ORIGIN, None).unwrap().generation;
    assert!(account.authorization(Instant::ORIGIN, Some(generation)).is_none());
    account.authorize(Instant::ORIGIN, credentials("production"), authorization("b")).unwrap();
    assert_eq!(account.bucket_id("photos"), Ok(None));
}

proptest::proptest! {
    #[test]
    fn snapshots_round_trip(
        realm: String,
        id: String,
        key: String,
        token: String,
        prefix: Option<String>,
        names in proptest::collection::btree_map("[a-f0-9]{1,24}", proptest::prelude::any::<String>(), 0..5),
        part_size: u64,
    ) {
        let mut authorization =
            Authorization::new("account".into(), token.into(), "https://api.test", "https://f.test");
        authorization.allowed.name_prefix = prefix;
        authorization.recommended_part_size = part_size;
        let snapshot = Snapshot {
            credentials: Credentials {
                realm,
                application_key_id: id.into(),
                application_key: key.into(),
            },
            authorization: Some(authorization),
            buckets: names.into_iter().map(|(id, name)| (id.into(), name)).collect(),
        };
        let text = serde_json::to_string(&snapshot).unwrap();
        proptest::prop_assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), snapshot);
    }

    #[test]
    fn reading_a_snapshot_is_total(text: String) {
        let _ = serde_json::from_str::<Snapshot>(&text);
    }
}
