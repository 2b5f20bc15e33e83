//! Hiding and deleting stored files: what a grant permits, and what it does not.

use std::time::Duration;

use b2_proto::gateway::Grant;
use b2_tests::BUCKET;
use serde_json::{Value, json};

use crate::site::{Said, Site};

/// Returns the token of a visitor who may also delete.
fn remover(site: &mut Site, visitor: &str) -> String {
    let grant = site.grant(visitor).delete();
    site.enter(visitor, grant)
}

/// Stores a file, and returns its id for the visitor of the token.
fn stored(site: &mut Site, token: &str, name: &str) -> Value {
    site.service.put_file(site.now, BUCKET, name, "content").unwrap();
    let (id, _) = listed(site, token, name).expect("the file was stored");
    id
}

/// Returns the id and size of the first file whose name starts so.
fn listed(site: &mut Site, token: &str, prefix: &str) -> Option<(Value, u64)> {
    let body = json!({ "bucketId": site.bucket_id.clone(), "prefix": prefix });
    let (status, _, page) = site.call(token, "b2_list_file_names", &body);
    assert_eq!(status, 200, "{page}");
    let file = page["files"].get(0)?;
    Some((file["fileId"].clone(), file["contentLength"].as_u64().unwrap()))
}

fn delete(site: &mut Site, token: &str, id: &Value, name: &str) -> Said {
    site.call(token, "b2_delete_file_version", &json!({ "fileId": id, "fileName": name }))
}

fn hide(site: &mut Site, token: &str, name: &str) -> Said {
    let body = json!({ "bucketId": site.bucket_id.clone(), "fileName": name });
    site.call(token, "b2_hide_file", &body)
}

#[test]
fn a_visitor_deletes_stored_files() {
    let mut site = Site::new();
    let token = remover(&mut site, "42");
    let id = stored(&mut site, &token, "u/42/a.txt");
    let (status, _, deleted) = delete(&mut site, &token, &id, "u/42/a.txt");
    assert_eq!((status, &deleted), (200, &json!({ "fileId": id, "fileName": "u/42/a.txt" })));
    assert!(site.service.versions(BUCKET).is_empty());
    // A client repeats a call whose response was lost.
    let (status, code, _) = delete(&mut site, &token, &id, "u/42/a.txt");
    assert_ne!(status, 200, "{code}");

    // An own upload has the id with which it was started.
    let (id, sha1s) = site.parts(&token, "u/42/b.png", &[100, 100]);
    assert_eq!(delete(&mut site, &token, &json!(id), "u/42/b.png").0, 400, "it is not finished");
    assert_eq!(site.finish(&token, &id, &sha1s).0, 200);
    assert_eq!(delete(&mut site, &token, &json!(id), "u/42/b.png").0, 200);
    assert!(site.service.versions(BUCKET).is_empty());
}

#[test]
fn a_visitor_hides_a_name_and_unhides_it() {
    let mut site = Site::new();
    let token = remover(&mut site, "42");
    stored(&mut site, &token, "u/42/a.txt");
    let (status, _, marker) = hide(&mut site, &token, "u/42/a.txt");
    assert_eq!((status, &marker["action"]), (200, &json!("hide")), "{marker}");
    assert_eq!(marker["accountId"], "gateway");
    assert_eq!(listed(&mut site, &token, "u/42/"), None);
    assert_eq!(delete(&mut site, &token, &marker["fileId"], "u/42/a.txt").0, 200);
    assert!(listed(&mut site, &token, "u/42/a.txt").is_some());
}

#[test]
fn nothing_else_is_hidden_or_deleted() {
    let mut site = Site::new();
    let token = remover(&mut site, "42");
    let other = remover(&mut site, "43");
    let name = "u/42/a.txt";
    let own = stored(&mut site, &token, name);
    let foreign = stored(&mut site, &other, "u/43/b.txt");
    let real = json!(site.service.versions(BUCKET)[0].file_id.to_string());
    let before = site.service.versions(BUCKET).len();

    for (id, name, status) in [
        (&foreign, "u/43/b.txt", 401),
        (&foreign, name, 401),
        (&real, name, 400),
        (&json!(""), name, 400),
        (&own, "u/42/other.txt", 400),
        (&own, "u/43/b.txt", 400),
        (&own, "", 400),
    ] {
        let said = delete(&mut site, &token, id, name);
        assert_eq!(said.0, status, "{id} {name}: {}", said.2);
    }
    let bypass = json!({ "fileId": own, "fileName": name, "bypassGovernance": true });
    let said = site.call(&token, "b2_delete_file_version", &bypass);
    assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"));
    for (name, status) in
        [("u/43/b.txt", 401), ("u/4", 401), ("", 401), ("u/42/\n", 400), ("u/42/nothing.txt", 400)]
    {
        let said = hide(&mut site, &token, name);
        assert_eq!(said.0, status, "{name}: {}", said.2);
    }
    let elsewhere = json!({ "bucketId": "another-bucket", "fileName": name });
    assert_eq!(site.call(&token, "b2_hide_file", &elsewhere).0, 401);

    // An id that was given with an earlier grant is not valid outside of the prefix of the present one.
    let hour = Duration::from_secs(3_600);
    let narrow = Grant::new("42", site.bucket_id.clone(), BUCKET, "u/42/sub/", hour).delete();
    let narrow = site.enter("42", narrow);
    assert_eq!(delete(&mut site, &narrow, &own, name).0, 401);
    // Nor in another bucket, though an id does not name the bucket.
    let bucket = site.service.put_bucket("another-bucket", "allPrivate");
    let elsewhere = Grant::new("42", bucket.to_string(), "another-bucket", "u/42/", hour).delete();
    let elsewhere = site.enter("42", elsewhere);
    let said = delete(&mut site, &elsewhere, &own, name);
    assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"), "{}", said.2);
    assert_eq!(site.service.versions(BUCKET).len(), before);
}
