//! Percent-encoding by B2's own table.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// Encodes a file name or a file info value for a URL path or a header (`b2_url_encode`).
///
/// Letters, digits and `_ . - ~ /` stay as they are; every other byte of the UTF-8 becomes `%XX`.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Decodes what [`encode`], or another client, encoded (`b2_url_decode`).
///
/// Total: `+` is a space, a malformed escape stays as it is, and bytes that are no UTF-8 become U+FFFD.
#[must_use]
pub fn decode(text: &str) -> String {
    String::from_utf8_lossy(&decode_bytes(text)).into_owned()
}

/// Decodes like [`decode`]; `None` if the bytes are no UTF-8, so that two texts never become one.
#[must_use]
pub fn decode_exact(text: &str) -> Option<String> {
    String::from_utf8(decode_bytes(text)).ok()
}

fn decode_bytes(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                at += 3;
                continue;
            }
            (b'+', ..) => decoded.push(b' '),
            (byte, ..) => decoded.push(byte),
        }
        at += 1;
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_exactly_or_not() {
        assert_eq!(decode_exact("%C3%A4+b%2").as_deref(), Some("\u{e4} b%2"));
        assert_eq!(
            [decode_exact("%FF"), decode_exact("a%C3"), decode_exact("%C3%28")],
            [None, None, None]
        );
    }

    #[test]
    fn encodes_by_the_reference_table() {
        let table = [
            (" !\"#$%&'()*+,", "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C"),
            ("-./0123456789", "-./0123456789"),
            (":;<=>?@", "%3A%3B%3C%3D%3E%3F%40"),
            ("[\\]^_`", "%5B%5C%5D%5E_%60"),
            ("{|}~\u{7f}\t", "%7B%7C%7D~%7F%09"),
            ("\u{81ea}\u{7531}", "%E8%87%AA%E7%94%B1"),
            ("\u{10400}", "%F0%90%90%80"),
        ];
        for (plain, encoded) in table {
            assert_eq!(encode(plain), encoded);
            assert_eq!(decode(encoded), plain);
        }
    }

    #[test]
    fn decodes_the_minimal_form_and_malformed_escapes() {
        assert_eq!(decode("a+b%20c!$'()*:;=@"), "a b c!$'()*:;=@");
        assert_eq!(decode("%zz%2"), "%zz%2");
        assert_eq!(decode("%e8%87%aa"), "\u{81ea}");
        assert_eq!(decode("%ff"), "\u{fffd}");
    }

    proptest::proptest! {
        #[test]
        fn decoding_inverts_encoding(text: String) {
            proptest::prop_assert_eq!(decode(&encode(&text)), text);
        }

        #[test]
        fn decoding_is_total(text: String) {
            let _ = decode(&text);
        }
    }
}
