//! Paths, for messages and for replacing what they lead to.

use std::fs;
use std::path::{Path, PathBuf};

/// A path for a message: one line, whatever the path holds.
pub(crate) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for c in path.to_string_lossy().chars() {
        if c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

/// Where a link leads, so that a file can be replaced and the link stays. A link to nowhere is replaced itself.
pub(crate) fn followed(path: &Path) -> PathBuf {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_line() {
        assert_eq!(shown(Path::new("a\n\u{1b}[2Jé")), "a\\n\\u{1b}[2Jé");
    }
}
