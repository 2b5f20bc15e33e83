//! Tests of all calls: responses must be about the requested file, and calls stay within the restrictions of the key.

use serde_json::{Value, json};

use super::test::{authorization, body, reply};
use super::*;
use crate::model::{FileRetention, LegalHold};

/// Passes a response to a call.
fn answered<E: JsonEndpoint>(call: &E, answer: &Value) -> Result<(), Error> {
    call.response(&reply(200, answer)).map(drop)
}

fn file(id: &str, name: &str) -> Value {
    json!({"fileId": id, "fileName": name, "contentLength": 1, "action": "upload"})
}

/// Checks that a call accepts the first response and refuses the others.
fn takes_the_first<E: JsonEndpoint>(call: &E, answers: &[Value]) {
    let (right, wrong) = answers.split_first().unwrap();
    answered(call, right).unwrap();
    for answer in wrong {
        let error = answered(call, answer).unwrap_err();
        assert_eq!(
            (error.kind(), error.retry()),
            (ErrorKind::WrongFile, crate::error::Retry::Never)
        );
        assert!(error.is_ambiguous(), "{error}");
        assert_eq!(error.operation(), Some(E::NAME));
        assert!(error.message().contains(" instead of "), "{error}");
    }
}

#[test]
fn answers_about_another_file_are_refused() {
    takes_the_first(&GetFileInfo { file_id: "1".into() }, &[file("1", "a"), file("2", "a")]);
    let hide = HideFile { bucket_id: "b".into(), file_name: "a".to_owned() };
    takes_the_first(&hide, &[file("1", "a"), file("1", "A"), file("1", "a/a")]);
    let delete = DeleteFileVersion::new("1".into(), "a");
    takes_the_first(&delete, &[file("1", "a"), file("2", "a"), file("1", "b")]);
    takes_the_first(&CopyFile::new("1".into(), "a"), &[file("2", "a"), file("2", "b")]);
    let part = |number: u32| json!({"fileId": "1", "partNumber": number, "contentLength": 1, "contentSha1": "none"});
    takes_the_first(&CopyPart::new("s".into(), "1".into(), 3), &[part(3), part(4)]);
    let digest = crate::hash::Sha1Digest::of(b"");
    let finish = FinishLargeFile { file_id: "1".into(), part_sha1_array: vec![digest; 2] };
    takes_the_first(&finish, &[file("1", "a"), file("2", "a")]);
    takes_the_first(&CancelLargeFile { file_id: "1".into() }, &[file("1", "a"), file("2", "a")]);
    // A gateway may put a new file into another folder.
    let start = StartLargeFile::new("b".into(), "in/a");
    takes_the_first(&start, &[file("1", "visitors/7/a"), file("1", "in/b"), file("1", "in/")]);
    answered(&start, &file("1", "in/a")).unwrap();

    let retention = UpdateFileRetention::new("1".into(), "a", FileRetention::None);
    let kept = |id: &str| json!({"fileId": id, "fileName": "a", "fileRetention": {"mode": null}});
    takes_the_first(&retention, &[kept("1"), kept("2")]);
    let hold = UpdateFileLegalHold {
        file_id: "1".into(),
        file_name: "a".to_owned(),
        legal_hold: LegalHold::On,
    };
    let held = |id: &str| json!({"fileId": id, "fileName": "a", "legalHold": "on"});
    takes_the_first(&hold, &[held("1"), held("2")]);
}

/// Returns the JSON that a call sends with a key that is restricted to `photos/`.
fn restricted<E: JsonEndpoint>(call: &E) -> Result<Value, Error> {
    let mut authorization = authorization();
    authorization.allowed.name_prefix = Some("photos/".to_owned());
    call.request(Some(&authorization)).map(|request| body(&request))
}

fn is_refused<E: JsonEndpoint>(call: &E) {
    let error = restricted(call).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unauthorized, Some(E::NAME)));
    assert!(error.message().contains("start with 'photos/'"), "{error}");
}

#[test]
fn nothing_is_sent_about_names_outside_of_the_prefix_of_the_key() {
    for name in ["films/a", "photos", "Photos/a", "photos-old", ""] {
        is_refused(&HideFile { bucket_id: "b".into(), file_name: name.to_owned() });
        is_refused(&DeleteFileVersion::new("1".into(), name));
        is_refused(&CopyFile::new("1".into(), name));
        is_refused(&StartLargeFile::new("b".into(), name));
        is_refused(&UpdateFileRetention::new("1".into(), name, FileRetention::None));
        is_refused(&UpdateFileLegalHold {
            file_id: "1".into(),
            file_name: name.to_owned(),
            legal_hold: LegalHold::On,
        });
        is_refused(&GetDownloadAuthorization::new("b".into(), name, Duration::from_secs(60)));
    }
    let hide = HideFile { bucket_id: "b".into(), file_name: "photos/a".to_owned() };
    assert_eq!(restricted(&hide).unwrap()["fileName"], "photos/a");
    assert_eq!(restricted(&CopyFile::new("1".into(), "photos/a")).unwrap()["fileName"], "photos/a");
}

#[test]
fn listings_are_narrowed_to_the_prefix_of_the_key() {
    for prefix in [None, Some("pho"), Some("photos"), Some("photos/"), Some("photos/2024")] {
        let narrower = match prefix {
            Some("photos/2024") => "photos/2024",
            _ => "photos/",
        };
        let prefix = prefix.map(str::to_owned);
        let mut names = ListFileNames::new("b".into());
        names.prefix.clone_from(&prefix);
        assert_eq!(restricted(&names).unwrap()["prefix"], narrower);
        let mut versions = ListFileVersions::new("b".into());
        versions.prefix.clone_from(&prefix);
        assert_eq!(restricted(&versions).unwrap()["prefix"], narrower);
        let mut unfinished = ListUnfinishedLargeFiles::new("b".into());
        unfinished.name_prefix = prefix;
        assert_eq!(restricted(&unfinished).unwrap()["namePrefix"], narrower);
    }
    let mut names = ListFileNames::new("b".into());
    names.prefix = Some("films/".to_owned());
    is_refused(&names);
}
