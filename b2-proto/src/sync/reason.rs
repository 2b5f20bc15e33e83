//! Why a file is transferred or not.

use core::fmt;

/// Why a file is transferred or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The destination does not have it.
    New,
    /// The destination has it hidden.
    Hidden,
    /// The file in the source is newer.
    Newer,
    /// The file in the source is older and replaces the newer one, as the options say.
    OlderReplaces,
    /// The sizes differ.
    SizeDiffers,
    /// The SHA-1 checksums differ.
    ContentDiffers,
    /// Both are equal.
    Same,
    /// Files that exist are not compared.
    NotCompared,
    /// The file in the destination is newer and left alone, as the options say.
    NewerSkipped,
    /// The source does not have it.
    NotInSource,
    /// The source has it hidden.
    HiddenInSource,
    /// Every file is transferred, as the options say.
    Always,
}

impl Reason {
    /// Returns the reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Hidden => "hidden in the destination",
            Self::Newer => "newer in the source",
            Self::OlderReplaces => "older in the source, replaces the newer one",
            Self::SizeDiffers => "the sizes differ",
            Self::ContentDiffers => "the SHA-1 checksums differ",
            Self::Same => "same",
            Self::NotCompared => "exists",
            Self::NewerSkipped => "newer in the destination",
            Self::NotInSource => "not in the source",
            Self::HiddenInSource => "hidden in the source",
            Self::Always => "every file is transferred",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
