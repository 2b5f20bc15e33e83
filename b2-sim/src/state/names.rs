//! Checks names of buckets and files, and file info.

use std::collections::BTreeMap;

use b2_proto::encoding::encode;

use crate::wire::Refusal;

const RESERVED_INFO: [&str; 5] = [
    "b2-content-disposition",
    "b2-content-language",
    "b2-expires",
    "b2-cache-control",
    "b2-content-encoding",
];

pub(crate) fn check_bucket_name(name: &str) -> Result<(), Refusal> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    if !(6..=63).contains(&name.len()) || !plain {
        return Err(Refusal::bad_request(
            "bucketName must be 6 to 63 letters, digits, hyphens or dots",
        ));
    }
    if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err(Refusal::bad_request(
            "bucketName must not start or end with a dot, or have two dots in a row",
        ));
    }
    if name.to_ascii_lowercase().starts_with("b2-") {
        return Err(Refusal::bad_request("bucketName must not start with b2-"));
    }
    Ok(())
}

pub(crate) fn check_file_name(name: &str) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::bad_request(format!("File name {why}")));
    match name {
        "" => refuse("must not be empty"),
        _ if name.len() > 1024 => refuse("is longer than 1024 bytes"),
        _ if name.bytes().any(|byte| byte < 32 || byte == 127) => {
            refuse("must not contain control characters")
        }
        _ if name.starts_with('/') => refuse("must not start with '/'"),
        _ if name.ends_with('/') => refuse("must not end with '/'"),
        _ if name.contains("//") => refuse("must not contain '//'"),
        _ if name.split('/').any(|segment| segment.len() > 250) => {
            refuse("segments must not be longer than 250 bytes")
        }
        _ => Ok(()),
    }
}

/// Checks the file info, and its size together with the name. Returns it with names in lower case.
pub(crate) fn check_file_info(
    file_name: &str,
    info: BTreeMap<String, String>,
    advanced: bool,
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut stored = BTreeMap::new();
    let mut size = encode(file_name).len();
    for (name, value) in info {
        let name = name.to_ascii_lowercase();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.`~!#$%^&*'|+".contains(&byte);
        if name.is_empty() || name.len() > 50 || !name.bytes().all(allowed) {
            return Err(Refusal::bad_request(format!("Bad file info name: {name}")));
        }
        if name.starts_with("b2-") && !RESERVED_INFO.contains(&name.as_str()) {
            return Err(Refusal::bad_request(format!("File info name is reserved: {name}")));
        }
        size += name.len() + encode(&value).len();
        stored.insert(name, value);
    }
    let limit = if advanced { 2_048 } else { 7_000 };
    if size > limit {
        return Err(Refusal::bad_request(format!(
            "File name and file info take {size} bytes of headers, more than {limit}"
        )));
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_bucket_names() {
        for name in ["photos", "My-Bucket-1", "my.photos.example", &"x".repeat(63)] {
            check_bucket_name(name).unwrap();
        }
        for name in [
            "short",
            "b2-photos",
            "under_score",
            "white space",
            ".photos",
            "photos.",
            "my..photos",
            &"x".repeat(64),
        ] {
            check_bucket_name(name).unwrap_err();
        }
    }

    #[test]
    fn checks_file_names() {
        for name in ["a", "a/b c", "\u{1f600}", "a\\b", &"s".repeat(250)] {
            check_file_name(name).unwrap();
        }
        for name in ["", "/a", "a/", "a//b", "a\nb", "a\u{7f}", &"s".repeat(251)] {
            check_file_name(name).unwrap_err();
        }
    }

    #[test]
    fn checks_file_info() {
        let info = |name: &str, len| [(name.to_owned(), "v".repeat(len))].into();
        let stored = check_file_info("f", info("Color", 3), false).unwrap();
        assert_eq!(stored["color"], "vvv");
        check_file_info("f", info("b2-expires", 3), false).unwrap();
        check_file_info("f", info("story", 6_990), false).unwrap();
        for (name, len, advanced) in [
            ("a b", 1, false),
            ("b2-other", 1, false),
            ("story", 7_000, false),
            ("story", 2_048, true),
        ] {
            check_file_info("f", info(name, len), advanced).unwrap_err();
        }
    }
}
