//! Checks grants for values that are mistakes of the application.

use core::time::Duration;

use crate::api::check_bucket_name;
use crate::content_type;
use crate::encoding::{check_file_name, shown};
use crate::error::{Error, ErrorKind};

use super::names::Names;
use super::{Grant, Uploads};

/// The longest name of an owner, in bytes. It is part of every token and every file id.
const MAX_OWNER: usize = 256;

/// The longest lifetime of a grant. Grants cannot be revoked, and a longer one is probably a number of milliseconds.
const MAX_LIFETIME: Duration = Duration::from_secs(31 * 86_400);

/// Texts that programming languages produce for missing values.
const MISSING_VALUES: [&str; 10] = [
    "undefined",
    "null",
    "NaN",
    "Infinity",
    "-Infinity",
    "None",
    "nil",
    "<nil>",
    "(null)",
    "Symbol()",
];

impl Grant {
    /// Checks the grant for values that are mistakes of the application. A gateway does not authorize with a grant that
    /// does not pass: if the application's own check has failed, all visitors must not share the files of an owner called
    /// "undefined".
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for an owner or a segment of the prefix that is empty, blank or the text of a missing
    /// value; for a bucket name that B2 forbids; for a prefix that is empty or does not end with a slash, unless [`any_prefix`](Self::any_prefix) permits
    /// it; for copies without uploads; for a prefix or a fixed name that is not valid in a file name; for an invalid content type, or an empty list
    /// of them; for uploads of 0 bytes; and for a lifetime of zero, or of more than 31 days.
    pub fn check(&self) -> Result<(), Error> {
        check_owner(&self.owner)?;
        self.check_own_prefix()?;
        match self.bucket.name.as_deref() {
            Some(name) if !is_missing_value(name) => check_bucket_name(name)?,
            _ => return Err(invalid("the bucket of the grant has no name")),
        }
        if self.lifetime.is_zero() {
            return Err(invalid("the grant ends before it begins; give it a lifetime"));
        }
        if self.lifetime > MAX_LIFETIME {
            return Err(invalid(format!(
                "the grant is for {} days, and at most for 31, since it cannot be taken back; \
                 a client asks again by itself when its grant is over",
                self.lifetime.as_secs() / 86_400
            )));
        }
        if self.copies && self.uploads.is_none() {
            return Err(invalid(
                "the grant is for copies and not for uploads, whose limits are those of copies",
            ));
        }
        self.uploads.as_ref().map_or(Ok(()), |uploads| self.check_uploads(uploads))
    }

    /// Checks the prefix of the grant itself.
    fn check_own_prefix(&self) -> Result<(), Error> {
        let prefix = self.prefix.as_str();
        if prefix.is_empty() && !self.any_prefix {
            return Err(invalid(
                "the prefix of the grant is empty, which is the whole bucket; ask for that with any_prefix",
            ));
        }
        if !prefix.ends_with('/') && !self.any_prefix {
            return Err(invalid(format!(
                "the prefix '{}' of the grant does not end with a slash, so it is also the start of other names; \
                 ask for that with any_prefix",
                shown(prefix)
            )));
        }
        let folders = prefix.strip_suffix('/').unwrap_or(prefix);
        if prefix.is_empty() {
            return Ok(());
        }
        // A prefix must be the start of a valid file name.
        check_file_name(folders)
            .map_err(|error| invalid(format!("the prefix of the grant: {}", error.message())))?;
        match folders.split('/').find(|part| is_missing_value(part) || matches!(*part, "." | ".."))
        {
            Some(part) => Err(invalid(format!(
                "the prefix '{}' of the grant has the part '{}', which is no name; \
                 the application's own check did not identify the visitor",
                shown(prefix),
                shown(part)
            ))),
            None => Ok(()),
        }
    }

    fn check_uploads(&self, uploads: &Uploads) -> Result<(), Error> {
        if uploads.max_bytes == 0 {
            return Err(invalid(
                "the grant is for uploads of at most 0 bytes; give it a size, or no uploads",
            ));
        }
        if uploads.types.is_empty() {
            return Err(invalid(
                "the grant is for uploads of no content type; */* is for all of them",
            ));
        }
        if let Some(pattern) =
            uploads.types.iter().find(|pattern| !content_type::is_pattern(pattern))
        {
            return Err(invalid(format!(
                "'{}' is no content type; one looks like image/png, or image/* for all of a kind",
                shown(pattern)
            )));
        }
        if let Names::Fixed(rest) = &uploads.names {
            if is_missing_value(rest) {
                return Err(invalid(format!("the fixed name '{}' is no name", shown(rest))));
            }
            uploads
                .names
                .stored(&self.prefix, "", "")
                .map_err(|refusal| invalid(refusal.message()))?;
        }
        uploads.check_info()
    }
}

fn check_owner(owner: &str) -> Result<(), Error> {
    if is_missing_value(owner) {
        return Err(invalid(format!(
            "the owner of the grant is '{}', which is no user's name; \
             the application's own check did not identify the visitor",
            shown(owner)
        )));
    }
    if owner.len() > MAX_OWNER || owner.chars().any(char::is_control) {
        return Err(invalid(format!(
            "the owner of the grant has more than {MAX_OWNER} bytes, or control characters"
        )));
    }
    Ok(())
}

/// Returns whether a text stands for a missing value: blank, or one of [`MISSING_VALUES`].
fn is_missing_value(text: &str) -> bool {
    let text = text.trim_matches(is_blank);
    text.is_empty() || MISSING_VALUES.contains(&text) || text.starts_with("[object ")
}

/// Returns whether a character is white space or invisible.
fn is_blank(one: char) -> bool {
    one.is_whitespace()
        || one.is_control()
        || matches!(one, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(one, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn invalid(message: impl Into<alloc::string::String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileInfo;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn grant(owner: &str, prefix: &str) -> Grant {
        Grant::new(owner, "b", "bucket", prefix, HOUR)
    }

    const MISSING: [&str; 20] = [
        "",
        " ",
        "\t",
        "\u{a0}",
        "\u{3000}",
        "\u{200b}",
        "\u{feff}",
        "\0",
        "undefined",
        " undefined ",
        "null",
        "NaN",
        "Infinity",
        "-Infinity",
        "None",
        "nil",
        "<nil>",
        "[object Object]",
        "[object Promise]",
        "Symbol()",
    ];

    #[test]
    fn owners_are_not_missing_values() {
        for owner in MISSING {
            let error = grant(owner, "u/42/").check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{owner:?}");
            assert!(error.message().contains("owner"), "{error}");
        }
        for owner in ["42", "0", "ada", "nullable", "undefined-behaviour", "N", "\u{81ea}"] {
            grant(owner, "u/42/").check().unwrap();
        }
        assert!(grant(&"o".repeat(257), "u/42/").check().is_err());
        assert!(grant("a\u{1b}[2J", "u/42/").check().is_err());
    }

    #[test]
    fn prefixes_are_folders_of_an_owner() {
        for missing in MISSING {
            for prefix in [format!("{missing}/"), format!("u/{missing}/"), format!("{missing}/u/")]
            {
                assert!(grant("42", &prefix).check().is_err(), "{prefix:?}");
                // An open prefix does not permit missing values.
                assert!(grant("42", &prefix).any_prefix().check().is_err(), "{prefix:?}");
            }
        }
        for prefix in ["/", "//", "/u/", "u//", "../", "u/../", "u/./", "u\\42/", "u/\n/", "u/42"] {
            assert!(grant("42", prefix).check().is_err(), "{prefix:?}");
        }
        for prefix in ["u/42/", "u/nullable/", "42/"] {
            grant("42", prefix).check().unwrap();
        }
        for open in ["", "u/4", "u"] {
            let error = grant("42", open).check().unwrap_err();
            assert!(error.message().contains("any_prefix"), "{error}");
            grant("42", open).any_prefix().check().unwrap();
        }
    }

    #[test]
    fn other_mistakes() {
        let good = || grant("42", "u/42/");
        let uploads = |uploads| good().uploads(uploads);
        let any = || Uploads::new(9, ["*/*"]);
        for bad in [
            Grant::new("42", "b", "undefined", "u/42/", HOUR),
            Grant::new("42", "b", "", "u/42/", HOUR),
            Grant::new("42", "b", "..", "u/42/", HOUR),
            Grant::new("42", "b", "a/b", "u/42/", HOUR),
            Grant::new("42", "b", "bucket", "u/42/", Duration::ZERO),
            Grant::new("42", "b", "bucket", "u/42/", Duration::MAX),
            // An hour, in milliseconds.
            Grant::new("42", "b", "bucket", "u/42/", Duration::from_secs(3_600_000)),
            Grant::new("42", "b", "bucket", "u/4\0/", HOUR),
            good().copy(),
            uploads(Uploads::new(0, ["*/*"])),
            uploads(Uploads::new(9, [""; 0])),
            uploads(Uploads::new(9, ["image"])),
            uploads(Uploads::new(9, ["*"])),
            uploads(Uploads::new(9, ["im*"])),
            uploads(Uploads::new(9, ["image/png, text/html"])),
            uploads(Uploads::new(9, [""])),
            uploads(any().names(Names::Fixed("undefined".to_owned()))),
            uploads(any().names(Names::Fixed(String::new()))),
            uploads(any().names(Names::Fixed("../a".to_owned()))),
            uploads(any().info(FileInfo::new().with("no key", "x"))),
            uploads(any().info(FileInfo::new().with("b2-unheard-of", "x"))),
        ] {
            let error = bad.check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}");
        }
        Grant::new("42", "b", "my.bucket", "u/42/", HOUR).check().unwrap();
        uploads(Uploads::new(9, ["image/*", "b2/x-auto", "text/plain"]).attachment())
            .check()
            .unwrap();
    }
}
