use alloc::sync::Arc;

use super::*;
use crate::account::Authorization;
use crate::error::ErrorKind;
use crate::machine::{Action, Authorized, Generation, SourceId};

const LEN: u64 = 7;

fn source() -> Content {
    Content::Source { source: SourceId(0), len: LEN, sha1: None }
}

fn stream(sha1: Option<Sha1Digest>) -> Content {
    Content::Stream { sha1 }
}

fn upload(content: Content, options: UploadOptions) -> Upload {
    Upload::new("b", NewFile::new("a"), content, options, 1)
}

/// Runs an upload up to its first request to B2, or to its end.
fn first_request(mut upload: Upload) -> Result<(), Error> {
    let authorization = Authorization::new(
        "acc".into(),
        "token".into(),
        "https://api.example.com",
        "https://f.example.com",
    );
    let authorized =
        Authorized { generation: Generation::default(), authorization: Arc::new(authorization) };
    loop {
        match upload.poll(Instant::ORIGIN) {
            Step::Start(task, Action::Auth { .. }) => {
                upload.handle(Instant::ORIGIN, task, Input::Auth(Ok(authorized.clone())));
            }
            Step::Start(task, Action::TakeUrl(_)) => {
                upload.handle(Instant::ORIGIN, task, Input::Url(None));
            }
            Step::Start(task, Action::Fill { .. }) => {
                let filled = Input::Filled { len: LEN, end: true, sha1: None };
                upload.handle(Instant::ORIGIN, task, filled);
            }
            Step::Start(_, Action::Send(_)) => return Ok(()),
            Step::Emit(_) => {}
            Step::Done(result) => return result.map(drop),
            step => panic!("unexpected {step:?}"),
        }
    }
}

fn refused(upload: Upload) -> Error {
    let error = first_request(upload).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    error
}

#[test]
fn options_that_do_not_apply_are_refused_before_anything_is_sent() {
    let options = UploadOptions::default;
    first_request(upload(stream(None), options())).unwrap();
    let whole_sha1 = UploadOptions { whole_sha1: true, ..options() };
    refused(upload(stream(None), whole_sha1));
    first_request(upload(source(), whole_sha1)).unwrap();
    let checkpoint = Checkpoint::new("b".into(), "f".into(), "a".into(), LEN, 5);
    refused(upload(stream(None), options()).resume_from(checkpoint.clone()));
    first_request(upload(source(), options()).resume_from(checkpoint)).unwrap();
    for part_size in [1, 6_000_000_000] {
        let part_size = UploadOptions { part_size: Some(part_size), ..options() };
        refused(upload(source(), part_size));
        refused(upload(stream(None), part_size));
    }
}

#[test]
fn no_part_of_a_stream_is_larger_than_the_caller_allows() {
    let options = |part_size, max_stream_part| UploadOptions {
        part_size,
        max_stream_part,
        ..UploadOptions::default()
    };
    // B2 accepts no part of less than 5 MB.
    refused(upload(stream(None), options(None, 4_999_999)));
    refused(upload(stream(None), options(Some(6_000_000), 5_999_999)));
    first_request(upload(stream(None), options(None, 5_000_000))).unwrap();
    first_request(upload(stream(None), options(Some(6_000_000), 6_000_000))).unwrap();
}

#[test]
fn a_given_sha1_of_a_stream_is_compared_with_what_was_read() {
    let given = stream(Some(Sha1Digest::of(b"given")));
    // The driver reports no SHA-1 for what it has read, so that nothing is stored.
    let error = first_request(upload(given.clone(), UploadOptions::default())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
    let unverified = UploadOptions { verify_sha1: false, ..UploadOptions::default() };
    first_request(upload(given.clone(), unverified)).unwrap();
    // A given SHA-1 need not be computed.
    first_request(upload(given, UploadOptions { whole_sha1: true, ..unverified })).unwrap();
}
