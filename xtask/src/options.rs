//! Parses options.

use crate::Result;

/// Returns the value after a flag.
pub(crate) fn value<'a>(
    flag: &str,
    rest: &mut impl Iterator<Item = &'a String>,
) -> Result<&'a str> {
    let value = rest.next().ok_or_else(|| format!("{flag} needs a value"))?;
    Ok(value)
}

/// Parses a positive integer.
pub(crate) fn count(text: &str) -> Result<usize> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("'{text}' is not a positive number").into()),
    }
}

/// Parses a number of bytes, such as `2GB` or `16KiB`.
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
        unit => return Err(format!("'{unit}' is not a unit of bytes").into()),
    };
    let size = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
    size.filter(|size| *size > 0).ok_or_else(|| format!("'{text}' is not a size").into())
}

/// Formats a size in the largest unit that divides it.
pub(crate) fn format_size(bytes: u64) -> String {
    let units = [
        (1_000_000_000, "GB"),
        (1 << 30, "GiB"),
        (1_000_000, "MB"),
        (1 << 20, "MiB"),
        (1_000, "KB"),
        (1 << 10, "KiB"),
    ];
    let divisor = units.iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    match divisor {
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
            let text = format_size(bytes).replace(' ', "").replace("bytes", "");
            assert_eq!(size(&text).unwrap(), bytes, "{text}");
        }
    }
}
