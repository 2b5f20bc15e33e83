//! Content types of new files, and lists of those that are allowed.

use alloc::string::String;

/// The content type with which B2 chooses one by the extension of the file name.
pub const AUTO_CONTENT_TYPE: &str = "b2/x-auto";

/// The maximum length of a content type, in bytes: that of type and subtype (RFC 6838).
const MAX_LENGTH: usize = 255;

/// Returns whether a content type is allowed by a list of exact types, patterns such as `image/*`, and `*/*`.
///
/// Only a type, a subtype and plain parameters are a content type, since a browser takes the last one of
/// `image/png,text/html`. Patterns are not content types.
///
/// A pattern such as `image/*` does not allow types that a browser executes, such as `image/svg+xml`: they are allowed
/// only if they are listed themselves, or by `*/*`.
pub(crate) fn allows(allowed: &[String], content_type: &str) -> bool {
    let Some(essence) = essence(content_type) else {
        return false;
    };
    allowed.iter().any(|pattern| {
        let pattern = pattern.to_ascii_lowercase();
        match pattern.strip_suffix('*') {
            // B2 chooses the type by the name, so that it can be any.
            Some(_) if essence == AUTO_CONTENT_TYPE => false,
            Some("*/") => true,
            Some(start) => {
                start.ends_with('/') && essence.starts_with(start) && !is_executed(&essence)
            }
            None => essence == pattern,
        }
    })
}

/// Returns whether a text can be in such a list: a content type without parameters, `image/*` or `*/*`.
#[cfg(feature = "gateway")]
pub(crate) fn is_pattern(text: &str) -> bool {
    match text.split_once('/') {
        Some(("*", "*")) => true,
        Some((kind, subtype)) => is_name(kind) && (subtype == "*" || is_name(subtype)),
        None => false,
    }
}

/// Returns `type/subtype` in lower case, if the content type is well formed.
fn essence(content_type: &str) -> Option<String> {
    if content_type.len() > MAX_LENGTH {
        return None;
    }
    let mut pieces = content_type.split(';');
    let (kind, subtype) = pieces.next()?.trim_end_matches(' ').split_once('/')?;
    let plain = pieces.all(|parameter| {
        parameter
            .trim_matches(' ')
            .split_once('=')
            .is_some_and(|(name, value)| is_token(name) && is_token(value))
    });
    (plain && is_name(kind) && is_name(subtype))
        .then(|| format!("{kind}/{subtype}").to_ascii_lowercase())
}

/// Returns whether a browser executes files of this content type, which is in lower case.
fn is_executed(essence: &str) -> bool {
    const EXECUTED: [&str; 4] =
        ["text/html", "text/xml", "application/xml", "multipart/x-mixed-replace"];
    essence.ends_with("+xml") || essence.ends_with("script") || EXECUTED.contains(&essence)
}

/// Returns whether a text can be a type or a subtype (RFC 6838).
fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.bytes().all(allowed)
}

fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &[&str], content_type: &str) -> bool {
        let allowed: Vec<_> = allowed.iter().map(|&text| text.to_owned()).collect();
        allows(&allowed, content_type)
    }

    #[test]
    fn by_pattern() {
        assert!(check(&["image/*"], "image/png"));
        assert!(check(&["image/*"], "IMAGE/PNG"));
        assert!(check(&["text/plain"], "text/plain; charset=utf-8"));
        assert!(check(&["*/*"], "x/y"));
        assert!(check(&["b2/x-auto"], "b2/x-auto"));
        assert!(!check(&[], "image/png"));
        assert!(!check(&["image/*"], "text/html"));
        assert!(!check(&["image/png"], "image/pngx"));
        assert!(!check(&["text/*"], "text"));
        for executed in ["image/svg+xml", "IMAGE/SVG+XML; a=b", "image/x+xml"] {
            assert!(!check(&["image/*"], executed), "{executed}");
            assert!(check(&["*/*"], executed), "{executed}");
        }
        assert!(check(&["image/*", "image/svg+xml"], "image/svg+xml"));
        for executed in ["text/html", "text/xml", "text/javascript", "text/vbscript"] {
            assert!(!check(&["text/*"], executed), "{executed}");
        }
        // The name would choose.
        assert!(!check(&["*/*"], "b2/x-auto"));
        // A pattern is not a start of anything but a type.
        assert!(!check(&["im*"], "image/png"));
    }

    #[test]
    fn only_what_is_one_content_type() {
        for trick in [
            "",
            "image/png,text/html",
            "image/png, text/html",
            "image/png;text/html",
            "image/png; a=b, text/html",
            "image/png; a=\"b\"",
            "image/png\ttext/html",
            "image/png\r\nx: y",
            " image/png",
            "image/",
            "/png",
            "*/*",
            "image/*",
            "image/*+x",
            "image/.",
            "image/%70ng",
            "image/png/x",
            "image/png;",
            "image/png;;a=b",
            "image/png; =b",
            "image/png\u{a0}",
            "image\u{2215}png",
        ] {
            assert!(!check(&["image/*", "*/*"], trick), "{trick:?}");
        }
    }

    #[test]
    fn lengths() {
        let of = |length: usize| format!("image/{}", "x".repeat(length - 6));
        assert!(check(&["image/*"], &of(MAX_LENGTH)));
        assert!(!check(&["*/*"], &of(MAX_LENGTH + 1)));
    }

    proptest::proptest! {
        #[test]
        fn is_total(pattern: String, content_type: String) {
            let _ = allows(&[pattern], &content_type);
        }
    }
}
