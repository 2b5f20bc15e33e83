//! Single calls of B2's API, as b2sdk's raw API and session make them.

use std::time::Duration;

use b2_client::{Host, HostRequest, Progress, RequestBody, ResponseBody};
use b2_native::proto::ErrorKind;
use b2_native::proto::api::{
    CancelLargeFile, CopyFile, CopyPart, CreateBucket, CreateKey, DeleteBucket, DeleteFileVersion,
    DeleteKey, Download, Endpoint, FinishLargeFile, GetBucketNotificationRules,
    GetDownloadAuthorization, GetFileInfo, GetUploadPartUrl, GetUploadUrl, HideFile, ListBuckets,
    ListFileNames, ListFileVersions, ListKeys, ListParts, ListUnfinishedLargeFiles, Operation,
    SetBucketNotificationRules, StartLargeFile, UpdateBucket, UpdateFileLegalHold,
    UpdateFileRetention, UploadFile, UploadPart, UploadSha1,
};
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::http::RequestHead;
use b2_native::proto::machine::{Body, Origin, Reply, Request, SourceId, Span};
use b2_native::proto::model::{
    BucketType, Capability, EventType, FileAction, FileId, FileInfo, FileRetention, LegalHold,
    MetadataDirective, NotificationRule, Part,
};
use b2_native::proto::time::Timestamp;
use b2_native::{Client, NativeSource};
use bytes::Bytes;

use crate::{bucket, client, server};

/// Sends a request whose spans are of `bytes`, once, and collects the response.
async fn send(client: &Client, request: Request, bytes: impl Into<Bytes>) -> Reply {
    let source = NativeSource::from(bytes.into());
    let body = match request.body {
        Body::Empty => RequestBody::Empty,
        Body::Bytes(bytes) => RequestBody::Bytes(bytes),
        Body::Spans { spans, digest_at_end } => {
            let spans = spans.into_iter().map(|span| (source.clone(), span.range)).collect();
            RequestBody::Spans { spans, digest_at_end }
        }
    };
    let progress = Progress::new(|_| ());
    let Request { head, idle_timeout, .. } = request;
    collect(client, HostRequest { head, body, idle_timeout, progress }).await
}

/// Sends a request without a body, once, and collects the response.
pub(crate) async fn fetch(client: &Client, head: RequestHead) -> Reply {
    let (idle_timeout, progress) = (Duration::from_secs(60), Progress::new(|_| ()));
    let body = RequestBody::Empty;
    collect(client, HostRequest { head, body, idle_timeout, progress }).await
}

async fn collect(client: &Client, request: HostRequest<NativeSource>) -> Reply {
    let answer = client.host().send(request).await.unwrap();
    let (head, mut body) = answer.response.into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    Reply { response: head.map(|()| bytes.into()), sent: answer.sent, buffered: 0 }
}

fn spans(len: u64) -> Vec<Span> {
    vec![Span { origin: Origin::Source(SourceId(0)), range: 0..len }]
}

/// Uploads 10,000 bytes as a part of a large file, with single calls.
pub(crate) async fn upload_part(client: &Client, file_id: &FileId, part_number: u32) -> Part {
    let bytes = vec![7; 10_000];
    let url = client.call(GetUploadPartUrl { file_id: file_id.clone() }).await.unwrap();
    let part = UploadPart {
        file_id: file_id.clone(),
        part_number,
        sha1: UploadSha1::Header(Sha1Digest::of(&bytes)),
        server_side_encryption: None,
    };
    let request = part.request(&url, spans(10_000)).unwrap();
    part.response(&send(client, request, bytes).await).unwrap()
}

#[tokio::test]
async fn buckets_and_keys() {
    let server = server().await;
    let client = client(&server).await;
    let create = CreateBucket::new("the-bucket", BucketType::AllPrivate);
    let bucket_id = client.call(create).await.unwrap().bucket_id;
    let mut update = UpdateBucket::new(bucket_id.clone());
    update.bucket_type = Some(BucketType::AllPublic);
    assert_eq!(client.call(update).await.unwrap().bucket_type, BucketType::AllPublic);
    let listed = client.call(ListBuckets::named("the-bucket")).await.unwrap();
    assert_eq!(listed.buckets[0].bucket_id, bucket_id);
    assert!(client.call(ListBuckets::named("another")).await.unwrap().buckets.is_empty());
    client.call(DeleteBucket { bucket_id }).await.unwrap();
    assert!(client.call(ListBuckets::all()).await.unwrap().buckets.is_empty());

    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        let key = client.call(CreateKey::new(name, [Capability::LIST_FILES])).await.unwrap();
        ids.push(key.key.application_key_id);
    }
    let mut list = ListKeys::default();
    list.max_key_count = Some(2);
    let page = client.call(list.clone()).await.unwrap();
    assert_eq!(page.keys.len(), 2);
    list.start_application_key_id = page.next_application_key_id;
    assert!(!client.call(list).await.unwrap().keys.is_empty());
    for application_key_id in ids {
        client.call(DeleteKey { application_key_id }).await.unwrap();
    }
}

#[tokio::test]
async fn files() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let (client, bucket_id) = (bucket.client(), bucket.id());
    for name in ["a", "b", "c"] {
        bucket.upload("bytes", name).await.unwrap();
    }
    let hide = HideFile { bucket_id: bucket_id.clone(), file_name: "b".to_owned() };
    let marker = client.call(hide).await.unwrap();
    assert_eq!(marker.action, FileAction::Hide);

    let mut names = ListFileNames::new(bucket_id.clone());
    names.max_file_count = Some(1);
    let page = client.call(names.clone()).await.unwrap();
    assert_eq!((&*page.files[0].file_name, page.next_file_name.as_deref()), ("a", Some("c")));
    names.start_file_name = page.next_file_name;
    assert_eq!(client.call(names).await.unwrap().files[0].file_name, "c");
    let mut versions = ListFileVersions::new(bucket_id.clone());
    versions.start_file_name = Some("b".to_owned());
    let page = client.call(versions).await.unwrap();
    assert_eq!(page.files.len(), 3);
    assert_eq!(page.files[0].file_id, marker.file_id);

    let info = client.call(GetFileInfo { file_id: marker.file_id.clone() }).await.unwrap();
    assert_eq!(info.file_name, "b");
    let deleted = client.call(DeleteFileVersion::new(marker.file_id, "b")).await.unwrap();
    assert_eq!(deleted.file_name, "b");

    let hour = Duration::from_secs(3_600);
    let grant = GetDownloadAuthorization::new(bucket_id.clone(), "b", hour);
    assert_eq!(client.call(grant).await.unwrap().file_name_prefix, "b");
}

#[tokio::test]
async fn large_files() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    let start = |name| client.call(StartLargeFile::new(bucket.id().clone(), name));
    let (first, second) = (start("first").await.unwrap(), start("second").await.unwrap());
    let mut list = ListUnfinishedLargeFiles::new(bucket.id().clone());
    list.start_file_id = Some(second.file_id.clone());
    list.max_file_count = Some(1);
    let page = client.call(list).await.unwrap();
    assert_eq!((page.files.len(), &page.files[0].file_id), (1, &second.file_id));
    let cancel = CancelLargeFile { file_id: second.file_id.clone() };
    assert_eq!(client.call(cancel).await.unwrap().file_id, second.file_id);

    let mut digests = Vec::new();
    for number in 1..=3 {
        let part = upload_part(client, &first.file_id, number).await;
        assert_eq!(part.part_number, number);
        digests.push(part.sha1().unwrap());
    }
    let mut list = ListParts::new(first.file_id.clone());
    list.start_part_number = Some(2);
    list.max_part_count = Some(1);
    let page = client.call(list).await.unwrap();
    assert_eq!((page.parts[0].part_number, page.next_part_number), (2, Some(3)));
    let finish = FinishLargeFile { file_id: first.file_id, part_sha1_array: digests };
    assert_eq!(client.call(finish).await.unwrap().size, 30_000);
}

#[tokio::test]
async fn copies() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    let source = bucket.upload(vec![7; 30_000], "source").await.unwrap();
    let mut copy = CopyFile::new(source.file_id.clone(), "copy");
    copy.range = Some(0..20_000);
    let copied = client.call(copy.clone()).await.unwrap();
    assert_eq!((copied.size, copied.content_type), (20_000, source.content_type));
    copy.metadata_directive = MetadataDirective::Replace;
    copy.file.content_type = "text/x-test".to_owned();
    copy.file.file_info = FileInfo::new().with("color", "red");
    let copied = client.call(copy).await.unwrap();
    assert_eq!(copied.file_info.get("color"), Some("red"));

    let large = StartLargeFile::new(bucket.id().clone(), "large");
    let large_file_id = client.call(large).await.unwrap().file_id;
    let mut digests = Vec::new();
    for part_number in 1..=2 {
        let (source, large) = (source.file_id.clone(), large_file_id.clone());
        let mut part = CopyPart::new(source, large, part_number);
        part.range = Some(10_000..30_000);
        digests.push(client.call(part).await.unwrap().sha1().unwrap());
    }
    let finish = FinishLargeFile { file_id: large_file_id, part_sha1_array: digests };
    assert_eq!(client.call(finish).await.unwrap().size, 40_000);
}

#[tokio::test]
async fn locks() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    let file = bucket.upload("bytes", "file").await.unwrap();
    let retention = FileRetention::governance(Timestamp::from_millis(4_000_000_000_000));
    let update = UpdateFileRetention::new(file.file_id.clone(), "file", retention.clone());
    assert_eq!(client.call(update).await.unwrap().file_retention, retention);
    let update = UpdateFileLegalHold {
        file_id: file.file_id,
        file_name: "file".to_owned(),
        legal_hold: LegalHold::On,
    };
    assert_eq!(client.call(update).await.unwrap().legal_hold, LegalHold::On);
}

#[tokio::test]
async fn notification_rules() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let url = "https://example.com/told";
    let set = SetBucketNotificationRules {
        bucket_id: bucket.id().clone(),
        event_notification_rules: vec![NotificationRule::new(
            "rule",
            [EventType::ObjectCreatedAny],
            url,
        )],
    };
    bucket.client().call(set).await.unwrap();
    let get = GetBucketNotificationRules { bucket_id: bucket.id().clone() };
    let rules = bucket.client().call(get).await.unwrap().event_notification_rules;
    assert_eq!(rules[0].target_configuration.url, url);
}

#[tokio::test]
async fn uploads_by_hand() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    // Like `Client::call`, but without authorization and retry.
    let call = GetUploadUrl { bucket_id: bucket.id().clone() };
    let authorization = client.authorization().await.unwrap();
    let request = call.request(Some(&authorization)).unwrap();
    let url = call.response(&send(client, request, "").await).unwrap();

    let upload = UploadFile::new("file", UploadSha1::AtEnd);
    let request = upload.request(&url, spans(5)).unwrap();
    let file = upload.response(&send(client, request, "bytes").await).unwrap();
    assert_eq!(file.sha1(), Some(Sha1Digest::of(b"bytes")));
    assert_eq!(server.with(|service| service.read_file("the-bucket", "file")).unwrap(), "bytes");
}

#[tokio::test]
async fn downloads_by_hand() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    bucket.upload("bytes", "file").await.unwrap();
    let authorization = client.authorization().await.unwrap();
    let mut download = Download::by_name("the-bucket", "file");
    download.head = true;
    let reply = send(client, download.request(Some(&authorization)).unwrap(), "").await;
    assert_eq!(download.response(&reply).unwrap().size, 5);

    download.head = false;
    download.range = Some(1..3);
    let (base, token) = (&authorization.download_url, &authorization.token);
    let request = download.request_from(base, Some(token)).unwrap();
    let reply = send(client, request, "").await;
    assert_eq!(download.read_head(&reply.response).unwrap().range, 1..3);
    assert_eq!(reply.response.body, "yt");
    // A private file cannot be downloaded without a token.
    let reply = send(client, download.request_from(base, None).unwrap(), "").await;
    assert_eq!(download.response(&reply).unwrap_err().kind(), ErrorKind::Unauthorized);
}
