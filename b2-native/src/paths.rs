//! Paths in messages, and the targets of links.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Returns a path for a message, with control characters and bytes that are not UTF-8 escaped.
pub(crate) fn display(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                text.extend(c.escape_default());
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    text
}

/// The maximum number of links that are followed, the same as in Linux.
const MAX_LINKS: usize = 40;

/// Returns the target of a link, or the path itself if it is not a link. The target need not exist.
///
/// # Errors
///
/// If a link cannot be read, or if the links form a loop.
pub(crate) fn resolve_links(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => {
                let next = fs::read_link(&target)?;
                target = target.parent().unwrap_or(Path::new("")).join(next);
            }
            _ => return Ok(target),
        }
    }
    Err(io::Error::other("its links form a loop"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(display(Path::new("a\n\u{1b}[2Jé")), "a\\n\\u{1b}[2Jé");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_can_be_told_apart() {
        use std::os::unix::ffi::OsStrExt as _;

        let path = Path::new(std::ffi::OsStr::from_bytes(b"caf\xe9/\xff\xfeb"));
        assert_eq!(display(path), "caf\\xE9/\\xFF\\xFEb");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_missing_files() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        symlink("sub/second", at("first")).unwrap();
        symlink("../missing", at("sub/second")).unwrap();
        symlink(at("absolute"), at("third")).unwrap();
        symlink("circle", at("circle")).unwrap();
        assert_eq!(resolve_links(&at("first")).unwrap(), at("sub").join("../missing"));
        assert_eq!(resolve_links(&at("third")).unwrap(), at("absolute"));
        assert_eq!(resolve_links(&at("plain")).unwrap(), at("plain"));
        assert!(resolve_links(&at("circle")).unwrap_err().to_string().contains("loop"));
    }
}
