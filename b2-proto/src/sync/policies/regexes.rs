//! Regular expressions that match at the start of a name, as Python's `re.match`.

#[cfg(feature = "regex")]
use alloc::{string::ToString, vec::Vec};

#[cfg(feature = "regex")]
use crate::error::{Error, ErrorKind};

/// Regular expressions of one kind. Without the feature `regex` there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Regexes {
    #[cfg(feature = "regex")]
    list: Vec<regex::Regex>,
}

#[cfg(feature = "regex")]
impl Regexes {
    /// Adds regular expressions. `wrong` begins the message about one that is none.
    pub(super) fn extend<S: AsRef<str>>(
        &mut self,
        regexes: impl IntoIterator<Item = S>,
        wrong: &str,
    ) -> Result<(), Error> {
        for text in regexes {
            let regex = regex::Regex::new(text.as_ref()).map_err(|error| {
                // The message of a syntax error shows the expression first; what is wrong with it is its last line.
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default();
                let reason = reason.strip_prefix("error: ").unwrap_or(reason);
                let message = format!("{wrong}: '{}': {reason}", text.as_ref());
                Error::new(ErrorKind::InvalidInput, message)
            })?;
            self.list.push(regex);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the text of the first regular expression that matches at the start of the name.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        // The leftmost match is at the start if any match is. An anchor that is put around the text would change the
        // meaning of some expressions, such as those with a comment at the end.
        let matches = |regex: &&regex::Regex| regex.find(name).is_some_and(|m| m.start() == 0);
        self.list.iter().find(matches).map(regex::Regex::as_str)
    }
}

#[cfg(not(feature = "regex"))]
#[expect(clippy::unused_self, reason = "the regular expressions are in it if there are any")]
impl Regexes {
    pub(super) const fn is_empty(&self) -> bool {
        true
    }

    pub(super) const fn find(&self, _: &str) -> Option<&str> {
        None
    }
}
