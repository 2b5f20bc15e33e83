//! Heads of downloads: they are refused, or consistent with the request.

use b2_proto::api::Download;
use b2_proto::http::Response;
use b2_proto::machine::Reply;
use b2_proto::model::DownloadVersion;
use bytes::Bytes;

use crate::input::Choices;

const NAMES: &[&str] = &[
    "content-length",
    "content-range",
    "content-type",
    "x-bz-file-id",
    "x-bz-file-name",
    "x-bz-content-sha1",
    "x-bz-upload-timestamp",
    "x-bz-info-src_last_modified_millis",
    "x-bz-info-large_file_sha1",
    "x-bz-info-sse_c_key_id",
    "x-bz-server-side-encryption",
    "x-bz-server-side-encryption-customer-algorithm",
    "x-bz-server-side-encryption-customer-key-md5",
    "x-bz-file-retention-mode",
    "x-bz-file-retention-retain-until-timestamp",
    "x-bz-file-legal-hold",
    "x-bz-client-unauthorized-to-read",
    "x-bz-replication-status",
    "cache-control",
    "expires",
];

/// Parses any status and headers. An accepted range is within the file and the requested range.
pub fn download_headers(data: &[u8]) {
    let choices = &mut Choices::new(data);
    let mut download = if choices.chance(50) {
        Download::by_id(choices.text().into())
    } else {
        Download::by_name(choices.text(), choices.text())
    };
    if choices.chance(50) {
        let (start, len) = (choices.number(), choices.number());
        download.range = Some(start..start.saturating_add(len));
    }
    download.headers_may_be_hidden = choices.chance(50);
    download.expected.size = choices.chance(20).then(|| choices.number());
    let status = choices.one(&[200, 206, 204, 299, 404, 416, 503]);
    let body = Bytes::copy_from_slice(choices.bytes(30));
    let head = Response { status, headers: choices.headers(NAMES), body };

    if let Ok(version) = download.read_head(&head) {
        assert!(matches!(status, 200 | 206), "{status}");
        let identified = version.file_id.is_some() && version.file_name.is_some();
        assert!(identified || download.headers_may_be_hidden, "{version:?}");
        assert!(version.range.start <= version.range.end, "{version:?}");
        assert!(version.range.end <= version.size, "{version:?}");
        assert_eq!(version.content_length(), version.range.end - version.range.start);
        if let (Some(requested), false) = (&download.range, version.is_whole()) {
            assert_eq!(version.range.start, requested.start);
            assert!(version.range.end <= requested.end);
        }
        let (mod_time, expires) = (version.mod_time(), version.expires_parsed());
        let text = format!("{version:?} {mod_time:?} {expires:?} {:?}", version.sha1());
        assert!(!text.is_empty());
        let json = serde_json::to_string(&version).expect("a version can be serialized");
        assert_eq!(serde_json::from_str::<DownloadVersion>(&json).ok(), Some(version), "{json}");
    }
    let reply = Reply::new(head);
    let response = download.response(&reply);
    assert!(response.is_err() || reply.response.is_success());
}
