//! Which names B2 accepts, checked before anything is sent.

use alloc::borrow::Cow;

use super::text::{find, shown};
use crate::encoding::encode;
use crate::error::{Error, ErrorKind};

const MAX_NAME_BYTES: usize = 1_024;
const MAX_SEGMENT_BYTES: usize = 250;
const MAX_KEY_BYTES: usize = 50;
const KNOWN_B2_KEYS: [&str; 5] = [
    "b2-content-disposition",
    "b2-content-language",
    "b2-expires",
    "b2-cache-control",
    "b2-content-encoding",
];

/// Checks the name of a new file against B2's rules.
///
/// Only for files that are about to be made: an existing file with an odd name can still be read,
/// hidden and deleted.
///
/// # Errors
///
/// [`ErrorKind::InvalidFileName`], saying which rule is broken and where.
pub fn check_file_name(name: &str) -> Result<(), Error> {
    let Some(reason) = file_name_problem(name) else {
        return Ok(());
    };
    let shown = shown(name);
    Err(Error::new(
        ErrorKind::InvalidFileName,
        format!("B2 forbids the file name '{shown}': {reason}"),
    ))
}

/// Returns why B2 forbids a file name, such as "it contains a backslash". `None`: B2 takes it.
#[must_use]
pub fn file_name_problem(name: &str) -> Option<Cow<'static, str>> {
    Some(if name.is_empty() {
        "it is empty".into()
    } else if name.len() > MAX_NAME_BYTES {
        format!("it takes {} bytes of UTF-8; B2 allows {MAX_NAME_BYTES}", name.len()).into()
    } else if let Some(control) = name.chars().find(|c| u32::from(*c) < 32 || *c == '\u{7f}') {
        format!("it contains the control character U+{:04X}", u32::from(control)).into()
    } else if name.starts_with('/') {
        "it starts with a slash".into()
    } else if name.ends_with('/') {
        "it ends with a slash".into()
    } else if find(name, "//").is_some() {
        "it contains two slashes in a row".into()
    } else if name.contains('\\') {
        "it contains a backslash".into()
    } else if let Some(segment) = name.split('/').find(|part| part.len() > MAX_SEGMENT_BYTES) {
        let len = segment.len();
        format!("a part between slashes takes {len} bytes; B2 allows {MAX_SEGMENT_BYTES}").into()
    } else {
        return None;
    })
}

/// Returns whether a URL can carry a file name as it is.
///
/// HTTP clients and browsers resolve the segments `.` and `..` before they send a request (RFC 3986, section
/// 5.2.4), percent-encoded or not, so the URL of such a name leads to another file. B2 stores such names; their
/// files are reached by id.
#[must_use]
pub fn fits_url(name: &str) -> bool {
    !name.is_empty() && !name.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// Checks that a URL can carry a file name as it is ([`fits_url`]).
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`], saying why and what to use instead.
pub fn check_url_name(name: &str) -> Result<(), Error> {
    if fits_url(name) {
        return Ok(());
    }
    let shown = shown(name);
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!(
            "no URL leads to the file name '{shown}': HTTP clients resolve '.' and '..' in a path, so it would \
             lead to another file; use the URL of its file id"
        ),
    ))
}

/// Checks the name of a file info entry.
///
/// # Errors
///
/// [`ErrorKind::InvalidFileInfo`], saying which rule is broken.
pub fn check_file_info_key(key: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.`~!#$%^&*'|+".contains(&byte);
    let lower = key.to_ascii_lowercase();
    let reason: Cow<'_, str> = if key.is_empty() {
        "it is empty".into()
    } else if key.len() > MAX_KEY_BYTES {
        format!("it takes {} bytes; B2 allows {MAX_KEY_BYTES}", key.len()).into()
    } else if !key.bytes().all(allowed) {
        "it may hold only ASCII letters, digits and -_.`~!#$%^&*'|+".into()
    } else if lower.starts_with("b2-") && !KNOWN_B2_KEYS.contains(&lower.as_str()) {
        format!("names starting with 'b2-' are reserved; known are {}", KNOWN_B2_KEYS.join(", "))
            .into()
    } else {
        return Ok(());
    };
    let shown = shown(key);
    Err(Error::new(
        ErrorKind::InvalidFileInfo,
        format!("B2 forbids the file info key '{shown}': {reason}"),
    ))
}

/// How many bytes of headers a file's name and file info may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderLimit {
    /// 7,000 bytes: an ordinary file.
    Ordinary,
    /// 2,048 bytes: the file uses server-side encryption, or its bucket has file lock enabled.
    Advanced,
}

impl HeaderLimit {
    /// Returns the limit in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Ordinary => 7_000,
            Self::Advanced => 2_048,
        }
    }
}

/// Checks that a file's name and file info fit in the headers B2 keeps for them.
///
/// # Errors
///
/// [`ErrorKind::InvalidFileInfo`], naming the longest entry.
pub fn check_header_size<'a>(
    name: &str,
    info: impl IntoIterator<Item = (&'a str, &'a str)>,
    limit: HeaderLimit,
) -> Result<(), Error> {
    let mut total = encode(name).len();
    let mut longest = ("the file name", total);
    for (key, value) in info {
        let len = key.len() + encode(value).len();
        total += len;
        if len > longest.1 {
            longest = (key, len);
        }
    }
    if total <= limit.bytes() {
        return Ok(());
    }
    let message = format!(
        "name and file info take {total} bytes once encoded; B2 allows {} here; the longest is {} ({} bytes)",
        limit.bytes(),
        longest.0,
        longest.1
    );
    Err(Error::new(ErrorKind::InvalidFileInfo, message))
}

/// Checks that a file name from the server can be used as a path below a local folder.
///
/// A name is refused if it would leave that folder or mean something else there: absolute paths, drive
/// prefixes, `.` and `..`, empty components, and NUL. Backslashes count as separators on every system,
/// so that what is safe here is safe elsewhere.
///
/// # Errors
///
/// [`ErrorKind::UnsafePath`], naming the file.
pub fn file_name_as_path(name: &str) -> Result<&str, Error> {
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let escapes = name.split(['/', '\\']).any(|part| matches!(part, "" | "." | ".."));
    let problem = if drive {
        "begins with a drive on Windows"
    } else if escapes {
        "would not stay inside the target folder on every system"
    } else if name.contains('\0') {
        "has a NUL in it"
    } else {
        return Ok(name);
    };
    let shown = shown(name);
    let message = format!("the file name '{shown}' {problem}; download it to a path of your own");
    Err(Error::new(ErrorKind::UnsafePath, message))
}

/// Checks that a file name from the server can be used as a path below a local folder on Windows.
///
/// In addition to what [`file_name_as_path`] refuses, Windows forbids some characters, takes a backslash for a separator,
/// drops dots and spaces at the end of a name, and keeps some names for devices, whatever their extension.
///
/// # Errors
///
/// [`ErrorKind::UnsafePath`], saying which part of the name is wrong.
pub fn file_name_as_windows_path(name: &str) -> Result<&str, Error> {
    file_name_as_path(name)?;
    match name.split('/').find_map(|part| Some((part, windows_problem(part)?))) {
        None => Ok(name),
        Some((part, problem)) => {
            let (name, part) = (shown(name), shown(part));
            Err(Error::new(
                ErrorKind::UnsafePath,
                format!(
                    "the file name '{name}' cannot be used on Windows, because '{part}' {problem}; download it to \
                     a path of your own"
                ),
            ))
        }
    }
}

/// Returns why Windows forbids a part of a path, if it does.
fn windows_problem(part: &str) -> Option<&'static str> {
    const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    let stem = part.split('.').next().unwrap_or(part).trim_end_matches(' ');
    let numbered = |device: &str| {
        let digit = stem
            .get(..device.len())
            .filter(|start| start.eq_ignore_ascii_case(device))
            .and_then(|_| stem.get(device.len()..));
        digit.is_some_and(|digit| {
            matches!(digit, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9")
                || matches!(digit, "\u{b9}" | "\u{b2}" | "\u{b3}")
        })
    };
    if part
        .chars()
        .any(|c| u32::from(c) < 32 || matches!(c, '<' | '>' | ':' | '"' | '\\' | '|' | '?' | '*'))
    {
        Some("contains a character that is forbidden there")
    } else if part.ends_with(['.', ' ']) {
        Some("ends with a dot or a space")
    } else if DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device))
        || numbered("COM")
        || numbered("LPT")
    {
        Some("is the name of a device")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_names_up_to_the_limits() {
        let segment = "s".repeat(250);
        let longest = [segment.as_str(), &segment, &segment, &segment, &"t".repeat(20)].join("/");
        assert_eq!(longest.len(), 1_024);
        for name in ["a", "folder/file name.txt", "\u{81ea}\u{7531}", segment.as_str(), &longest] {
            check_file_name(name).unwrap();
        }
    }

    #[test]
    fn refuses_names_by_rule() {
        let table = [
            (String::new(), "empty"),
            ("t".repeat(1_025), "1025 bytes"),
            ("a\u{1f}b".to_owned(), "U+001F"),
            ("a\u{7f}".to_owned(), "U+007F"),
            ("/a".to_owned(), "starts with"),
            ("a/".to_owned(), "ends with"),
            ("a//b".to_owned(), "two slashes"),
            ("a\\b".to_owned(), "backslash"),
            ("\u{e9}".repeat(126), "252 bytes"),
        ];
        for (name, reason) in table {
            let error = check_file_name(&name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidFileName);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn a_url_carries_all_names_but_those_with_dot_segments() {
        for name in ["a", "/a", "a/", "a//b", "...", "a/.b/..c", "a/%2e%2e/b", "a\\..\\b", " "] {
            assert!(fits_url(name), "{name}");
            check_url_name(name).unwrap();
        }
        for name in ["", ".", "..", "./a", "a/.", "a/../b", "/..", "../"] {
            assert!(!fits_url(name), "{name}");
            assert_eq!(check_url_name(name).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn checks_file_info_keys() {
        for key in ["src_last_modified_millis", "B2-Cache-Control", "x.y~z"] {
            check_file_info_key(key).unwrap();
        }
        for key in ["", "a b", "a:b", "b2-secret", &"k".repeat(51), "\u{e9}"] {
            assert_eq!(check_file_info_key(key).unwrap_err().kind(), ErrorKind::InvalidFileInfo);
        }
    }

    #[test]
    fn names_the_longest_header() {
        let value = "v".repeat(2_048);
        let info = [("color", "red"), ("story", value.as_str())];
        check_header_size("name", info, HeaderLimit::Ordinary).unwrap();
        let error = check_header_size("name", info, HeaderLimit::Advanced).unwrap_err();
        assert!(error.to_string().contains("story"), "{error}");
    }

    #[test]
    fn windows_has_more_names_of_its_own() {
        for name in ["a/b.txt", "console", "COM10", "com", "a.CON", "nul-1"] {
            assert_eq!(file_name_as_windows_path(name), Ok(name));
        }
        for name in [
            "a\\b",
            "a:b",
            "what?",
            "a\tb",
            "a.",
            "a /b",
            "con",
            "sub/NUL.txt",
            "Com1",
            "lpt9.tar.gz",
            "COM\u{b2}",
            "aux .txt",
            "C:/x",
            "../a",
        ] {
            assert_eq!(
                file_name_as_windows_path(name).unwrap_err().kind(),
                ErrorKind::UnsafePath,
                "{name}"
            );
        }
    }

    #[test]
    fn no_name_leaves_the_target_folder() {
        for name in ["a/b.txt", "..a/b..", "a b"] {
            assert_eq!(file_name_as_path(name), Ok(name));
        }
        for name in [
            "",
            "/etc/passwd",
            "../x",
            "a/../x",
            "a\\..\\x",
            "C:/x",
            "c:x",
            "a//b",
            "./a",
            "a/.",
            "a\0",
        ] {
            assert_eq!(
                file_name_as_path(name).unwrap_err().kind(),
                ErrorKind::UnsafePath,
                "{name}"
            );
        }
    }
}
