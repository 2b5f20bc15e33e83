//! Limits of new files.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::content_type;
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};

/// Limits of new files that a realm has besides B2's own.
///
/// A [gateway](crate::gateway) returns them with its authorization, so that a client refuses a file before sending any
/// of it. B2 itself has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploadLimits {
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// The content types: exact ones, `image/*` for all of a kind, `*/*` for any. `b2/x-auto`, with which the service
    /// chooses by the name, is accepted only where it is listed itself.
    pub content_types: Vec<String>,
}

impl UploadLimits {
    /// Limits of at most so many bytes, and these content types.
    #[must_use]
    pub fn new(max_bytes: u64, content_types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { max_bytes, content_types: content_types.into_iter().map(Into::into).collect() }
    }

    /// Checks the size of a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MaxFileSizeExceeded`], naming both numbers.
    pub fn check_size(&self, bytes: u64) -> Result<(), Error> {
        let most = self.max_bytes;
        if bytes <= most {
            return Ok(());
        }
        let message = format!("the file has {bytes} bytes, and at most {most} are allowed here");
        Err(Error::new(ErrorKind::MaxFileSizeExceeded, message))
    }

    /// Checks the content type of a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ContentTypeNotAllowed`], naming those that are.
    pub fn check_content_type(&self, content_type: &str) -> Result<(), Error> {
        if content_type::allows(&self.content_types, content_type) {
            return Ok(());
        }
        let message = format!(
            "the content type '{}' is not allowed here; allowed are {}",
            shown(content_type),
            shown(&self.content_types.join(", "))
        );
        Err(Error::new(ErrorKind::ContentTypeNotAllowed, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn say_what_they_allow() {
        let limits = UploadLimits::new(9, ["image/*"]);
        limits.check_size(9).unwrap();
        let error = limits.check_size(10).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MaxFileSizeExceeded);
        assert!(error.message().contains("10 bytes") && error.message().contains("at most 9"));
        limits.check_content_type("image/png").unwrap();
        for refused in ["text/html", "b2/x-auto", "image/*", "image/png, text/html", ""] {
            let error = limits.check_content_type(refused).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ContentTypeNotAllowed);
            assert!(error.message().contains("image/*"), "{error}");
        }
    }
}
