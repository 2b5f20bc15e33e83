//! Download authorizations and the headers that they fix.

use b2_proto::gateway::{Grant, Uploads};
use b2_tests::BUCKET;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::site::Site;

const BOUND: &str = "b2ContentDisposition=attachment&b2ContentType=application%2Foctet-stream";

fn share(site: &mut Site, token: &str) -> Value {
    let body = json!({
        "bucketId": site.bucket_id.clone(), "fileNamePrefix": "u/42/", "validDurationInSeconds": 60,
    });
    let (status, _, said) = site.call(token, "b2_get_download_authorization", &body);
    assert_eq!(status, 200, "{said}");
    said
}

fn get(site: &mut Site, share: &Value, query: &str) -> Response<Bytes> {
    let request = Request::get(format!("http://b2.test/file/{BUCKET}/u/42/a.png?{query}"))
        .header("authorization", share["authorizationToken"].as_str().unwrap())
        .body(Bytes::new());
    site.service.handle(site.now, request.unwrap())
}

fn site_with(grant: impl FnOnce(Grant) -> Grant) -> (Site, String) {
    let mut site = Site::new();
    site.service.put_file(site.now, BUCKET, "u/42/a.png", Bytes::from_static(b"<script>"));
    let grant = grant(site.grant("42"));
    let token = site.enter("42", grant);
    (site, token)
}

#[test]
fn an_attachment_cannot_be_shown_by_a_link() {
    let attached: [fn(Grant) -> Grant; 2] = [
        |grant| grant.uploads(Uploads::new(5_000, ["image/*"]).attachment()),
        Grant::download_attachments,
    ];
    for grant in attached {
        let (mut site, token) = site_with(grant);
        let share = share(&mut site, &token);
        // A visitor who may download gets the required parameters.
        assert_eq!(share["b2ContentDisposition"], "attachment");
        assert_eq!(share["b2ContentType"], "application/octet-stream");
        let good = get(&mut site, &share, BOUND);
        assert_eq!(good.status(), 200);
        assert_eq!(good.headers()["content-disposition"], "attachment");
        assert_eq!(good.headers()["content-type"], "application/octet-stream");
        for query in [
            "",
            "b2ContentDisposition=inline",
            "b2ContentDisposition=inline&b2ContentType=text/html",
            "b2ContentType=text/html",
            "b2ContentDisposition=attachment",
            "b2ContentDisposition=attachment&b2ContentType=text/html",
            "b2ContentDisposition=ATTACHMENT&b2ContentType=application/octet-stream",
            "b2contentdisposition=attachment&b2contenttype=application/octet-stream",
            "b2ContentDisposition=&b2ContentType=",
            "b2%43ontentDisposition=inline&b2ContentType=application/octet-stream",
            "b2ContentDisposition=attachment&b2ContentDisposition=inline&b2ContentType=application/octet-stream",
        ] {
            let response = get(&mut site, &share, query);
            assert_eq!(response.status(), 401, "{query}");
        }
        // Other parameters cannot override it.
        for query in [
            "B2ContentDisposition=inline",
            "b2ContentDisposition%00=inline",
            "b2contenttype=text/html",
        ] {
            let response = get(&mut site, &share, &format!("{query}&{BOUND}"));
            assert_eq!(response.headers()["content-disposition"], "attachment", "{query}");
            assert_eq!(response.headers()["content-type"], "application/octet-stream", "{query}");
        }
    }
}

/// Every header of the grant is fixed in download URLs.
#[test]
fn all_headers_of_the_grant_are_fixed() {
    let info = [
        ("b2-cache-control", "no-store"),
        ("b2-content-language", "en"),
        ("b2-expires", "0"),
        ("b2-content-encoding", "identity"),
        ("b2-content-disposition", "inline"),
    ];
    let uploads = Uploads::new(9, ["image/*"]).info(info.into_iter().collect());
    let (mut site, token) = site_with(|grant| grant.uploads(uploads));
    let share = share(&mut site, &token);
    let fixed = [
        ("b2CacheControl", "no-store"),
        ("b2ContentLanguage", "en"),
        ("b2Expires", "0"),
        ("b2ContentEncoding", "identity"),
        ("b2ContentDisposition", "inline"),
    ];
    let query = |changed: usize| {
        let pair = |(at, (name, value)): (usize, &(&str, &str))| {
            format!("{name}={}", if at == changed { "other" } else { *value })
        };
        fixed.iter().enumerate().map(pair).collect::<Vec<_>>().join("&")
    };
    assert_eq!(get(&mut site, &share, &query(usize::MAX)).status(), 200);
    for (at, (name, value)) in fixed.iter().enumerate() {
        assert_eq!(share[*name], **value);
        assert_eq!(get(&mut site, &share, &query(at)).status(), 401, "{name}");
    }
    // Another value is refused, the same one is accepted.
    let mut body = json!({
        "bucketId": site.bucket_id.clone(), "fileNamePrefix": "u/42/", "validDurationInSeconds": 60,
        "b2CacheControl": "no-store",
    });
    assert_eq!(site.call(&token, "b2_get_download_authorization", &body).0, 200);
    body["b2CacheControl"] = json!("public");
    assert_eq!(site.call(&token, "b2_get_download_authorization", &body).0, 401);
}

#[test]
fn a_grant_that_fixes_nothing_adds_nothing() {
    let (mut site, token) = site_with(|grant| grant);
    let share = share(&mut site, &token);
    assert_eq!(share.as_object().unwrap().len(), 3, "{share}");
    assert_eq!(get(&mut site, &share, "").status(), 200);
}
