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
