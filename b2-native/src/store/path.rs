//! The path of the account file of Backblaze's own tool.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use b2_client::Error;
use b2_proto::ErrorKind;

use crate::paths::display;

/// The environment variable with the path of the account file.
pub const ACCOUNT_INFO_VARIABLE: &str = "B2_ACCOUNT_INFO";

const XDG_VARIABLE: &str = "XDG_CONFIG_HOME";

/// Returns the path of the account file, by the rules of Backblaze's own tool. The first that applies:
///
/// 1. the environment variable [`B2_ACCOUNT_INFO`](ACCOUNT_INFO_VARIABLE), which cannot be combined with a profile;
/// 2. `~/.b2_account_info`, or `~/.b2db-PROFILE.sqlite`, if it exists;
/// 3. `b2/account_info`, or `b2/db-PROFILE.sqlite`, in `$XDG_CONFIG_HOME`, or, except on Windows and macOS, in
///    `~/.config`;
/// 4. the path of rule 2.
///
/// A leading `~` is replaced by the home directory. Nothing is created.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a profile that is not 1 to 64 letters, digits, `_` and `-`, or that is combined with
/// the environment variable; [`ErrorKind::AccountStore`] if there is no home directory.
pub fn account_info_path(profile: Option<&str>) -> Result<PathBuf, Error> {
    let environment = Environment {
        variable: &|name| std::env::var_os(name),
        home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
        exists: &Path::exists,
        default_config_folder: !cfg!(any(windows, target_os = "macos")),
    };
    environment.path(profile)
}

/// The environment that the rules use.
struct Environment<'a> {
    variable: &'a dyn Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
    exists: &'a dyn Fn(&Path) -> bool,
    default_config_folder: bool,
}

impl Environment<'_> {
    fn path(&self, profile: Option<&str>) -> Result<PathBuf, Error> {
        if let Some(profile) = profile.filter(|profile| !is_profile(profile)) {
            let text = format!(
                "{:?} is not a valid profile; use 1 to 64 letters, digits, _ and -",
                display(Path::new(profile))
            );
            return Err(b2_proto::Error::new(ErrorKind::InvalidInput, text).into());
        }
        if let Some(path) = self.variable(ACCOUNT_INFO_VARIABLE) {
            if profile.is_some() {
                let text = format!("give a profile or {ACCOUNT_INFO_VARIABLE}, not both");
                return Err(b2_proto::Error::new(ErrorKind::InvalidInput, text).into());
            }
            return self.expand_home(Path::new(&path));
        }
        let (old, new) = match profile {
            None => (".b2_account_info".to_owned(), "account_info".to_owned()),
            Some(profile) => (format!(".b2db-{profile}.sqlite"), format!("db-{profile}.sqlite")),
        };
        let old = self.home().map(|home| home.join(old));
        if old.as_ref().is_ok_and(|old| (self.exists)(old)) {
            return old;
        }
        let config = match self.variable(XDG_VARIABLE) {
            Some(config) => PathBuf::from(config),
            None if self.default_config_folder => self.home()?.join(".config"),
            None => return old,
        };
        self.expand_home(&config.join("b2").join(new))
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn home(&self) -> Result<&Path, Error> {
        self.home.as_deref().ok_or_else(|| {
            let text = format!("there is no home directory; set {ACCOUNT_INFO_VARIABLE} to a path");
            b2_proto::Error::new(ErrorKind::AccountStore, text).into()
        })
    }

    fn expand_home(&self, path: &Path) -> Result<PathBuf, Error> {
        match path.strip_prefix("~") {
            Ok(rest) => Ok(self.home()?.join(rest)),
            Err(_) => Ok(path.to_owned()),
        }
    }
}

fn is_profile(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_applies_is_used() {
        let both = [("B2_ACCOUNT_INFO", "/else/where"), ("XDG_CONFIG_HOME", "/x")];
        let tilde = [("B2_ACCOUNT_INFO", "~/mine")];
        let empty = [("B2_ACCOUNT_INFO", ""), ("XDG_CONFIG_HOME", "")];
        let xdg = [("XDG_CONFIG_HOME", "/x")];
        let relative = [("XDG_CONFIG_HOME", "x")];
        let old = "/home/.b2_account_info";
        let old_p = "/home/.b2db-p.sqlite";
        let none: [(&str, &str); 0] = [];
        let rows = [
            (&both[..], None, old, true, "/else/where"),
            (&tilde, None, old, true, "/home/mine"),
            (&none, None, old, true, old),
            (&xdg, None, old, true, old),
            (&xdg, None, "", true, "/x/b2/account_info"),
            (&xdg, None, "", false, "/x/b2/account_info"),
            (&relative, None, "", true, "x/b2/account_info"),
            (&none, None, "", true, "/home/.config/b2/account_info"),
            (&empty, None, "", true, "/home/.config/b2/account_info"),
            (&empty, None, "", false, old),
            // b2sdk does not replace the tilde before it checks for this file.
            (&xdg, Some("p"), old_p, true, old_p),
            (&xdg, Some("p"), old, true, "/x/b2/db-p.sqlite"),
            (&none, Some("p"), "", true, "/home/.config/b2/db-p.sqlite"),
            (&none, Some("p"), "", false, old_p),
            (&none, None, old, false, old),
        ];
        for (variables, profile, existing, default_config_folder, expected) in rows {
            let environment = Environment {
                variable: &|name| {
                    variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into())
                },
                home: Some("/home".into()),
                exists: &|path| path == Path::new(existing),
                default_config_folder,
            };
            let path = environment.path(profile).unwrap();
            assert_eq!(path, Path::new(expected), "{variables:?} {profile:?} {existing}");
        }
    }

    #[test]
    fn invalid_profiles_are_refused() {
        let rows = [
            (Some("a/../../x"), None, ErrorKind::InvalidInput),
            (Some(""), None, ErrorKind::InvalidInput),
            (Some("p\n"), None, ErrorKind::InvalidInput),
            (Some(&*"p".repeat(65)), None, ErrorKind::InvalidInput),
            (Some("p"), Some("/file"), ErrorKind::InvalidInput),
            (None, None, ErrorKind::AccountStore),
            (None, Some("~/file"), ErrorKind::AccountStore),
        ];
        for (profile, file, kind) in rows {
            let environment = Environment {
                variable: &|name| file.filter(|_| name == ACCOUNT_INFO_VARIABLE).map(Into::into),
                home: None,
                exists: &|_| false,
                default_config_folder: true,
            };
            assert_eq!(environment.path(profile).unwrap_err().kind(), kind, "{profile:?} {file:?}");
        }
    }
}
