//! Requests of the S3-compatible API.

use http::Method;

use crate::client::client;

const SIGNED: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=a/20260101/us-west-001/s3/aws4_request, SignedHeaders=host, Signature=b",
);

#[test]
fn requests_of_s3_are_refused_in_its_language() {
    let mut client = client();
    client.bucket("photos");
    for (method, path, headers) in [
        (Method::GET, "/photos", &[SIGNED][..]),
        (Method::GET, "/", &[SIGNED]),
        (Method::PUT, "/photos/a/b", &[]),
        (Method::DELETE, "/photos/a/b", &[]),
        (Method::GET, "/photos?list-type=2&prefix=a", &[]),
        (Method::GET, "/photos/a?X-Amz-Algorithm=AWS4-HMAC-SHA256", &[]),
        (Method::POST, "/photos/a?uploads", &[]),
        (Method::HEAD, "/photos", &[("x-amz-date", "20260101T000000Z")]),
    ] {
        let response = client.fetch_anonymously(method.clone(), path, headers);
        assert_eq!(response.status(), 501, "{method} {path}");
        assert_eq!(response.headers()["content-type"], "application/xml");
        let body = String::from_utf8_lossy(response.body());
        let code = body.contains("<Code>NotImplemented</Code>") && body.contains("Native API");
        assert!(code || method == Method::HEAD, "{body}");
    }
    assert_eq!(client.service.log().last().map(|entry| entry.operation.as_str()), Some("s3"));
    // Unknown paths of B2 are still those of B2.
    for path in ["/photos", "/b2api/v9/b2_list_buckets", "/file/photos/x?list-type=2"] {
        let response = client.fetch_anonymously(Method::GET, path, &[]);
        assert!(matches!(response.status().as_u16(), 401 | 404), "{path} {}", response.status());
    }
}
