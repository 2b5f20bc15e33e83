//! Enumerations of the service: known values, and whatever it adds one day.

/// Declares an enumeration that keeps values it does not know as text.
///
/// `$same` compares a known text with one that was read: [`exact`] or [`any_case`].
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident, $same:path { $($(#[$value_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$value_doc])* $variant,)+
            /// A value this version does not know, as B2 wrote it.
            Other(alloc::string::String),
        }

        impl $name {
            /// The text that stands for it in requests and answers.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $(if $same($text, text) {
                    return Self::$variant;
                })+
                Self::Other(text.into())
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $crate::json::read_text!($name);
        $crate::json::write_text!($name);
    };
}

pub(crate) use open_enum;

/// Most values are written one way only.
pub(crate) fn exact(known: &str, read: &str) -> bool {
    known == read
}

/// Some come in either case.
pub(crate) fn any_case(known: &str, read: &str) -> bool {
    known.eq_ignore_ascii_case(read)
}
