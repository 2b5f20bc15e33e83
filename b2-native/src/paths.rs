//! Paths, for messages and for replacing what they lead to.

use std::fs;
use std::io;
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

/// As many links in a row as Linux follows.
const MAX_LINKS: usize = 40;

/// Returns where a link leads, so that the link stays and a file is replaced, or created, where it leads.
///
/// # Errors
///
/// What the system says, and an error for links that lead in a circle.
pub(crate) fn followed(path: &Path) -> io::Result<PathBuf> {
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
    Err(io::Error::other("its links lead in a circle"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_line() {
        assert_eq!(shown(Path::new("a\n\u{1b}[2Jé")), "a\\n\\u{1b}[2Jé");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_also_to_what_is_not_there() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        symlink("sub/second", at("first")).unwrap();
        symlink("../missing", at("sub/second")).unwrap();
        symlink(at("absolute"), at("third")).unwrap();
        symlink("circle", at("circle")).unwrap();
        assert_eq!(followed(&at("first")).unwrap(), at("sub").join("../missing"));
        assert_eq!(followed(&at("third")).unwrap(), at("absolute"));
        assert_eq!(followed(&at("plain")).unwrap(), at("plain"));
        assert!(followed(&at("circle")).unwrap_err().to_string().contains("circle"));
    }
}
