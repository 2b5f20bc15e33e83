//! Listings with filters, starts and page sizes.

use b2_client::Listing;
use b2_native::proto::api::{CreateBucket, CreateKey, ListFileVersions, StartLargeFile};
use b2_native::proto::list::{Filter, LsEntry, LsOptions};
use b2_native::proto::model::{BucketType, Capability, FileId, UnfinishedLargeFile};
use futures::TryStreamExt;

use crate::calls::upload_part;
use crate::{bucket, client, server};

#[tokio::test]
async fn buckets_by_name_id_and_type() {
    let server = server().await;
    let client = client(&server).await;
    let create = |name, bucket_type| client.create_bucket(CreateBucket::new(name, bucket_type));
    let open = create("open-bucket", BucketType::AllPublic).await.unwrap();
    let closed = create("closed-bucket", BucketType::AllPrivate).await.unwrap();
    let names = async |list: b2_client::ListBucketsBuilder<_>| {
        let buckets = list.await.unwrap();
        buckets.iter().map(|bucket| bucket.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(client.list_buckets()).await, [closed.name(), open.name()]);
    assert_eq!(names(client.list_buckets().name("open-bucket")).await, [open.name()]);
    assert_eq!(names(client.list_buckets().id(closed.id().clone())).await, [closed.name()]);
    assert_eq!(names(client.list_buckets().bucket_types(["allPublic"])).await, [open.name()]);
    assert!(names(client.list_buckets().name("another-bucket")).await.is_empty());
}

#[tokio::test]
async fn keys_from_a_start() {
    let server = server().await;
    let client = client(&server).await;
    for name in ["one", "two", "three"] {
        client.create_key(CreateKey::new(name, [Capability::LIST_FILES])).await.unwrap();
    }
    let keys = client.list_keys().page_size(1).into_listing();
    let keys: Vec<_> = keys.try_collect().await.unwrap();
    let rest = client.list_keys().start_at(keys[1].application_key_id.clone()).into_listing();
    assert_eq!(rest.try_collect::<Vec<_>>().await.unwrap(), keys[1..]);
}

#[tokio::test]
async fn unfinished_files_and_parts_from_a_start() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    let mut started = Vec::new();
    for name in ["a/1", "b/1", "b/2"] {
        let file = client.call(StartLargeFile::new(bucket.id().clone(), name)).await.unwrap();
        started.push(file.file_id);
    }
    let all = bucket.list_unfinished_large_files().page_size(1);
    assert_eq!(ids(all.into_listing()).await, started);
    let rest = bucket.list_unfinished_large_files().start_at(started[1].clone());
    assert_eq!(ids(rest.into_listing()).await, started[1..]);

    for number in 1..=3 {
        upload_part(client, &started[0], number).await;
    }
    let parts = client.list_parts(started[0].clone()).start_at(2).page_size(1).into_listing();
    let parts: Vec<_> = parts.try_collect().await.unwrap();
    assert_eq!(parts.iter().map(|part| part.part_number).collect::<Vec<_>>(), [2, 3]);
}

async fn ids(files: Listing<UnfinishedLargeFile>) -> Vec<FileId> {
    files.map_ok(|file| file.file_id).try_collect().await.unwrap()
}

#[tokio::test]
async fn versions_of_one_name_by_page_and_from_a_start() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let mut uploaded = Vec::new();
    for name in ["a", "a", "a", "a/b", "aa"] {
        uploaded.push(bucket.upload(name, name).await.unwrap().file_id);
    }
    let newest_first = [&uploaded[2], &uploaded[1], &uploaded[0]].map(Clone::clone);
    let calls = || {
        server.with(|service| {
            service.log().filter(|entry| entry.operation == "b2_list_file_versions").count()
        })
    };
    let versions = async |list: b2_client::ListBuilder<_, ListFileVersions>| {
        let before = calls();
        let files: Vec<_> = list.try_collect().await.unwrap();
        let ids: Vec<_> = files.into_iter().map(|file| file.file_id).collect();
        (ids, calls() - before)
    };
    let all = bucket.list_file_versions("a");
    assert_eq!(versions(all).await, (newest_first.to_vec(), 1));
    // The listing ends at the first file of another name.
    let pages = bucket.list_file_versions("a").page_size(1);
    assert_eq!(versions(pages).await, (newest_first.to_vec(), 4));
    let rest = bucket.list_file_versions("a").start_at_version(uploaded[1].clone());
    assert_eq!(versions(rest).await.0, newest_first[1..]);
    // Names in between belong to no listing of one name.
    let other = bucket.list_file_versions("a/b").page_size(1);
    assert_eq!(versions(other).await.0, [uploaded[3].clone()]);
    assert_eq!(versions(bucket.list_file_versions("b")).await.0, [] as [FileId; 0]);
}

#[tokio::test]
async fn wildcards_and_filters() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    for name in ["a.txt", "b/1.csv", "b/1.txt", "b/c/2.txt", "b*.txt"] {
        bucket.upload(name, name).await.unwrap();
    }
    let names = async |options: LsOptions| {
        let entries = bucket.ls(options).map_ok(|entry| entry.name().to_owned());
        entries.try_collect::<Vec<_>>().await.unwrap()
    };
    assert_eq!(names(LsOptions::matching("b/*.txt")).await, ["b/1.txt", "b/c/2.txt"]);
    assert_eq!(names(LsOptions::matching("b[*].txt")).await, ["b*.txt"]);
    let both = LsOptions::matching("*.txt").filter(Filter::exclude("*/2*")).page_size(1);
    assert_eq!(names(both).await, ["a.txt", "b*.txt", "b/1.txt"]);
    let folders = LsOptions::new("").filter(Filter::include("*/2.txt")).page_size(1);
    assert_eq!(names(folders).await, ["b/"]);
    let versions = LsOptions::new("b/").versions(true).recursive(true);
    assert_eq!(names(versions.filter(Filter::include("*.csv"))).await, ["b/1.csv"]);
    let built = bucket.ls("b/*.txt").wildcard(true).exclude("*/c/*").page_size(1);
    let built: Vec<_> = built.map_ok(|entry| entry.name().to_owned()).try_collect().await.unwrap();
    assert_eq!(built, ["b/1.txt"]);
    let built = bucket.ls("b/").versions(true).recursive(true).include("*.csv").into_pages();
    let built: Vec<_> = built.try_concat().await.unwrap();
    assert_eq!(built.iter().map(LsEntry::name).collect::<Vec<_>>(), ["b/1.csv"]);
}
