//! Identifiers that B2 assigns.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Creates an id from its text, which is not checked.
            #[must_use]
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    };
}

id! {
    /// The id of an account.
    AccountId
}
id! {
    /// The id of an application key. It is not secret.
    ApplicationKeyId
}
id! {
    /// The id of a bucket.
    ///
    /// ```
    /// use b2_proto::model::BucketId;
    ///
    /// let id = BucketId::from("4a48fe8875c6214145260818");
    /// assert_eq!(id.as_str(), "4a48fe8875c6214145260818");
    /// ```
    BucketId
}
id! {
    /// The id of a file version or of an unfinished large file.
    FileId
}
