//! Errors of reading, which must name the field at fault.

use serde_json::{Value, json};

use super::*;
use crate::encoding::from_json;

fn error<T: serde::de::DeserializeOwned + core::fmt::Debug>(
    mut json: Value,
    change: &Value,
) -> String {
    for (name, value) in change.as_object().unwrap() {
        json[name] = value.clone();
    }
    from_json::<T>(json.to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn errors_name_the_field_of_a_file() {
    let file = || json!({"fileId": "4_z", "fileName": "a", "contentLength": 1});
    for (change, message) in [
        (json!({"fileId": null}), "missing field `fileId`"),
        (json!({"contentLength": null}), "missing field `contentLength`"),
        (
            json!({"contentLength": 1.5}),
            "`contentLength`: invalid type: floating point `1.5`, expected u64",
        ),
        (
            json!({"uploadTimestamp": -1}),
            "`uploadTimestamp`: invalid value: integer `-1`, expected u64",
        ),
        (json!({"action": 5}), "`action`: invalid type: integer `5`, expected a string"),
        (
            json!({"fileInfo": {"color": 5}}),
            "`fileInfo.color`: invalid type: integer `5`, expected a string",
        ),
        (
            json!({"serverSideEncryption": {"mode": 5}}),
            "`serverSideEncryption.mode`: invalid type: integer `5`, expected a string",
        ),
        (
            json!({"serverSideEncryption": 5}),
            "`serverSideEncryption`: invalid type: integer `5`, expected an object",
        ),
        (
            json!({"legalHold": 5}),
            "`legalHold`: invalid type: integer `5`, expected `on`, `off`, null or an object",
        ),
        (
            json!({"fileRetention": {"value": {"mode": 5}}}),
            "`fileRetention.value.mode`: invalid type: integer `5`, expected a string",
        ),
    ] {
        assert_eq!(error::<FileVersion>(file(), &change), message);
    }
}

#[test]
fn errors_name_the_field_of_a_bucket_or_key() {
    let bucket = || json!({"bucketId": "b", "bucketName": "photos", "bucketType": "allPublic"});
    let rule = json!({"corsRuleName": "rule-1", "maxAgeSeconds": "1"});
    let lock = json!({"isClientAuthorizedToRead": true, "value": {"isFileLockEnabled": 1}});
    for (change, message) in [
        (json!({"bucketType": null}), "`bucketType`: invalid type: null, expected a string"),
        (
            json!({"bucketInfo": {"a": 1}}),
            "`bucketInfo.a`: invalid type: integer `1`, expected a string",
        ),
        (
            json!({"corsRules": [rule]}),
            "`corsRules[0].maxAgeSeconds`: invalid type: string \"…\", expected u32",
        ),
        (
            json!({"fileLockConfiguration": lock}),
            "`fileLockConfiguration.value.isFileLockEnabled`: invalid type: integer `1`, expected a boolean",
        ),
    ] {
        assert_eq!(error::<BucketInfo>(bucket(), &change), message);
    }
    let key =
        json!({"keyName": "k", "applicationKeyId": "id", "accountId": "a", "applicationKey": "s"});
    assert_eq!(
        error::<FullApplicationKey>(key.clone(), &json!({})),
        "missing field `capabilities`"
    );
    let message = error::<FullApplicationKey>(key, &json!({"capabilities": ["listFiles", 1]}));
    assert_eq!(message, "`capabilities[1]`: invalid type: integer `1`, expected a string");
}

#[test]
fn a_field_that_is_given_twice_is_an_error() {
    let text = br#"{"fileId": "4_z", "fileName": "a", "fileName": "b", "contentLength": 1}"#;
    let error = from_json::<FileVersion>(text).unwrap_err();
    assert_eq!(error.to_string(), "duplicate field `fileName`");
}
