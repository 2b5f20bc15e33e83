//! Identifiers that B2 hands out. They are opaque.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use crate::json::{read_text, write_text};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            #[must_use]
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The text.
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

        read_text!($name);
        write_text!($name);
    };
}

id! {
    /// Names an account.
    AccountId
}
id! {
    /// Names an application key. Not a secret.
    ApplicationKeyId
}
id! {
    /// Names a bucket.
    BucketId
}
id! {
    /// Names a file version, or an unfinished large file.
    FileId
}
