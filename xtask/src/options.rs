//! Reading the few flags there are.

use crate::Result;

/// The value that comes after a flag.
pub(crate) fn value<'a>(
    flag: &str,
    rest: &mut impl Iterator<Item = &'a String>,
) -> Result<&'a str> {
    let value = rest.next().ok_or_else(|| format!("{flag} needs a value"))?;
    Ok(value)
}

/// A whole number, at least one.
pub(crate) fn count(text: &str) -> Result<usize> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("'{text}' is no number above zero").into()),
    }
}

/// A number of bytes, such as `2GB` or `16KiB`.
pub(crate) fn size(text: &str) -> Result<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "" | "B" => 1,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        unit => return Err(format!("'{unit}' is no unit of bytes").into()),
    };
    let size = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
    size.filter(|size| *size > 0).ok_or_else(|| format!("'{text}' is no size").into())
}

/// A size for a person, with the unit that makes it shortest.
pub(crate) fn shown(bytes: u64) -> String {
    let units = [
        (1_000_000_000, "GB"),
        (1 << 30, "GiB"),
        (1_000_000, "MB"),
        (1 << 20, "MiB"),
        (1_000, "KB"),
        (1 << 10, "KiB"),
    ];
    let even = units.iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    match even {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [("2GB", 2_000_000_000), ("16KiB", 16_384), ("7", 7)] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "GB", "0", "2XB", "-1", "99999999999GB"] {
            assert!(size(text).is_err(), "{text}");
        }
        for bytes in [2_000_000_000, 16_384, 3_000_000, 7] {
            let text = shown(bytes).replace(' ', "").replace("bytes", "");
            assert_eq!(size(&text).unwrap(), bytes, "{text}");
        }
    }
}
