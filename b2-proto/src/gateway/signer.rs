//! Signed tokens and ids.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::encoding::from_json;

/// The longest signed text, in bytes. Longer ones are invalid.
const MAX_SIGNED: usize = 16 << 10;

/// The shortest secret, in bytes: the length of the tag.
pub(super) const MIN_SECRET: usize = 32;

/// The purpose of a signed text. A text is valid for the purpose that it was signed for only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The token of a visitor's session.
    Session,
    /// The token of an upload URL of the gateway's own.
    Relay,
    /// The id of an unfinished large file of the owner.
    Unfinished,
    /// The id of a stored file, which is valid for `b2_get_file_info` and as the source of a copy.
    Stored,
    /// The position where a listing continues.
    Cursor,
    /// The mark of an owner.
    Owner,
    /// The random part of a name or a URL.
    Random,
}

impl Purpose {
    /// The label is part of the signed bytes, so a change would invalidate tokens and ids.
    const fn label(self) -> &'static str {
        match self {
            Self::Session => "visit",
            Self::Relay => "relay",
            Self::Unfinished => "unfinished",
            Self::Stored => "stored",
            Self::Cursor => "cursor",
            Self::Owner => "owner",
            Self::Random => "random",
        }
    }
}

/// The secrets of a gateway: the first signs, and all of them verify.
#[derive(Clone)]
pub(super) struct Signer {
    secrets: Vec<Vec<u8>>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Signer {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self { secrets: vec![secret.to_vec()] }
    }

    /// Adds a secret that verifies only.
    pub(super) fn add_previous(&mut self, secret: &[u8]) {
        self.secrets.push(secret.to_vec());
    }

    /// Returns whether all secrets are long enough.
    pub(super) fn is_strong(&self) -> bool {
        self.secrets.iter().all(|secret| secret.len() >= MIN_SECRET)
    }

    /// Signs a value: `1.claims.tag`, in letters, digits, `-`, `_` and `.`, so that it fits in a header and in a URL.
    pub(super) fn sign(&self, purpose: Purpose, claims: &impl Serialize) -> String {
        let json = serde_json::to_vec(claims).unwrap_or_default();
        let claims = URL_SAFE_NO_PAD.encode(json);
        let tag = URL_SAFE_NO_PAD.encode(self.tag(purpose, &claims));
        format!("1.{claims}.{tag}")
    }

    /// Verifies a signed text and returns its value; `None` if it is invalid. The tag is compared in constant time, before
    /// the value is parsed.
    pub(super) fn open<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Option<T> {
        if text.len() > MAX_SIGNED {
            return None;
        }
        let (claims, tag) = text.strip_prefix("1.")?.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        let valid = self.macs(purpose, claims).any(|mac| mac.verify_slice(&tag).is_ok());
        if !valid {
            return None;
        }
        from_json(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// Returns the marks of an owner: the one for new files, then those of previous secrets.
    pub(super) fn marks(&self, owner: &str) -> impl Iterator<Item = String> {
        self.macs(Purpose::Owner, owner).map(|mac| hex(&mac.finalize().into_bytes()[..16]))
    }

    /// Returns sixteen hex digits that are unpredictable without the secret. They depend on seed and context only.
    pub(super) fn random(&self, seed: u64, context: &str) -> String {
        hex(&self.tag(Purpose::Random, &format!("{seed} {context}"))[..8])
    }

    fn tag(&self, purpose: Purpose, text: &str) -> [u8; 32] {
        let mac = self.macs(purpose, text).next();
        mac.map_or([0; 32], |mac| mac.finalize().into_bytes().into())
    }

    fn macs(&self, purpose: Purpose, text: &str) -> impl Iterator<Item = Hmac<Sha256>> {
        // HMAC accepts keys of any length, so this never fails.
        let keyed = |secret: &Vec<u8>| Hmac::<Sha256>::new_from_slice(secret).ok();
        self.secrets.iter().filter_map(keyed).map(move |mut mac| {
            mac.update(b"b2 gateway 1 ");
            mac.update(purpose.label().as_bytes());
            mac.update(b"\0");
            mac.update(text.as_bytes());
            mac
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn signed_texts_verify() {
        let signer = Signer::new(SECRET);
        let text = signer.sign(Purpose::Session, &("visitor", 7));
        let opened: Option<(String, u32)> = signer.open(Purpose::Session, &text);
        assert_eq!(opened, Some(("visitor".to_owned(), 7)));
        assert!(crate::http::Headers::new().push("authorization", &text).is_ok());
        assert!(!format!("{signer:?}").contains("0123"));
    }

    #[test]
    fn other_texts_do_not_verify() {
        let signer = Signer::new(SECRET);
        let text = signer.sign(Purpose::Session, &"visitor");
        let open = |purpose, text: &str| signer.open::<String>(purpose, text);
        assert_eq!(open(Purpose::Relay, &text), None, "signed for another purpose");
        assert_eq!(Signer::new(&[7; 32]).open::<String>(Purpose::Session, &text), None);
        for (at, was) in text.char_indices() {
            let other = if was == 'A' { 'B' } else { 'A' };
            let forged = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(open(Purpose::Session, &forged), None, "at {at}");
        }
        let tagless = text.rsplit_once('.').unwrap().0;
        for forged in ["", ".", "..", "1..", "1.e30.", tagless, &format!("{tagless}.")] {
            assert_eq!(open(Purpose::Session, forged), None, "{forged}");
        }
        assert_eq!(open(Purpose::Session, &format!("{text}{}", "A".repeat(MAX_SIGNED))), None);
    }

    #[test]
    fn a_previous_secret_verifies_and_does_not_sign() {
        let old = Signer::new(&[1; 32]);
        let mut signer = Signer::new(SECRET);
        signer.add_previous(&[1; 32]);
        let text = old.sign(Purpose::Session, &"visitor");
        assert_eq!(signer.open::<String>(Purpose::Session, &text).as_deref(), Some("visitor"));
        let new = signer.sign(Purpose::Session, &"visitor");
        assert_eq!(old.open::<String>(Purpose::Session, &new), None);
        assert!(signer.marks("a").any(|mark| old.marks("a").any(|known| known == mark)));
    }

    proptest::proptest! {
        #[test]
        fn opening_is_total(text: String) {
            proptest::prop_assert_eq!(Signer::new(SECRET).open::<String>(Purpose::Session, &text), None);
        }
    }
}
