//! Reading JSON: errors name the field and show no value, and helpers for fields of unusual form.

use alloc::string::{String, ToString};
use core::fmt;

use super::text::shown_up_to;
use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// How much of a path a message shows: names of fields can come from the input.
const MAX_PATH_CHARS: usize = 160;

/// An error of reading JSON, with the path of the field.
///
/// The message holds no text of the input, which may be a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    message: String,
    is_json: bool,
}

impl JsonError {
    /// Returns whether the input is JSON, of another shape than the type that was read.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.is_json
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for JsonError {}

/// Reads a value from JSON. Lists and objects nest at most 128 deep.
///
/// ```
/// use b2_proto::api::CancelledLargeFile;
/// use b2_proto::encoding::from_json;
///
/// let cancelled: CancelledLargeFile = from_json(br#"{"fileId": "4_z", "fileName": "a", "new": [1.5]}"#)?;
/// assert_eq!(cancelled.file_id.as_str(), "4_z");
///
/// let error = from_json::<CancelledLargeFile>(br#"{"fileName": "a"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "missing field `fileId`");
/// # Ok::<(), b2_proto::encoding::JsonError>(())
/// ```
///
/// # Errors
///
/// A [`JsonError`] that names the field, or the line and column where the input is not JSON.
pub fn from_json<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<T, JsonError> {
    let Ok(text) = core::str::from_utf8(input) else {
        return Err(JsonError { message: "it is not UTF-8".to_string(), is_json: false });
    };
    serde_json::from_str(text).map_err(|error| {
        #[cfg(feature = "error-paths")]
        let path = path_of::<T>(text);
        #[cfg(not(feature = "error-paths"))]
        let path = String::new();
        describe(text, &path, &error)
    })
}

/// Returns the path of the field with the error, which is empty at the top. It is found by reading once more: to note paths
/// allocates for every field, and most input has no error.
#[cfg(feature = "error-paths")]
#[cold]
fn path_of<'de, T: Deserialize<'de>>(text: &'de str) -> String {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) if error.path().iter().next().is_some() => error.path().to_string(),
        _ => String::new(),
    }
}

#[cold]
fn describe(text: &str, path: &str, error: &serde_json::Error) -> JsonError {
    // A field can be wrong in front of the place where the input stops to be JSON.
    let syntax =
        if error.is_data() { serde_json::from_str::<IgnoredAny>(text).err() } else { None };
    let Some(syntax) = syntax.as_ref().or_else(|| (!error.is_data()).then_some(error)) else {
        let problem = without_text(&without_position(error));
        let message = match shown_up_to(path, MAX_PATH_CHARS).as_str() {
            "" => problem,
            path => format!("`{path}`: {problem}"),
        };
        return JsonError { message, is_json: true };
    };
    let message = format!("it is not JSON: {}", without_text(&syntax.to_string()));
    JsonError { message, is_json: false }
}

/// Returns the message of an error without the position.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&position).map_or(message.clone(), ToString::to_string)
}

/// Replaces the text that serde quotes: `invalid type: string "4_00token", expected u64`.
fn without_text(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(start), Some(end)) if start < end => {
            format!("{}…{}", &message[..=start], &message[end..])
        }
        _ => message.to_string(),
    }
}

/// Reads a field whose null means its default, as its absence does.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A duration in whole seconds.
pub(crate) mod seconds {
    use core::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_secs())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

/// A duration in whole seconds, or null.
pub(crate) mod optional_seconds {
    use core::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_secs()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::deserialize(deserializer)?.map(Duration::from_secs))
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    use super::*;

    type Lists = BTreeMap<String, Vec<u32>>;

    fn error(input: &[u8]) -> (String, bool) {
        let error = from_json::<Lists>(input).unwrap_err();
        (error.to_string(), error.is_json())
    }

    #[test]
    fn errors_name_the_field_and_show_no_text() {
        for (input, message) in [
            (r#"{"a": [1, "4_00\"token"]}"#, "`a[1]`: invalid type: string \"…\", expected u32"),
            (r#"{"a": {"4_00token": 1}}"#, "`a`: invalid type: map, expected a sequence"),
            (r#"{"a": [-1]}"#, "`a[0]`: invalid value: integer `-1`, expected u32"),
            (r#""4_00token""#, "invalid type: string \"…\", expected a map"),
            ("[7]", "invalid type: sequence, expected a map"),
        ] {
            assert_eq!(error(input.as_bytes()), (message.to_string(), true));
        }
    }

    #[test]
    fn what_is_not_json_is_told_apart() {
        for input in ["", "<html>", r#"{"a": [1"#, r#"{"a": ["x"#, r#"{"a": ["x"], }"#, "{} {}"] {
            let (message, is_json) = error(input.as_bytes());
            assert!(message.starts_with("it is not JSON: ") && !is_json, "{message}");
        }
        assert_eq!(error(b"\"\xff\""), ("it is not UTF-8".to_string(), false));
    }

    #[test]
    fn nesting_has_a_limit() {
        let deep = "[".repeat(1_000_000);
        assert!(from_json::<serde_json::Value>(deep.as_bytes()).is_err());
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(from_json::<serde_json::Value>(nested(127).as_bytes()).is_ok());
        assert!(from_json::<serde_json::Value>(nested(129).as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn is_total(input: Vec<u8>) {
            let _ = from_json::<Lists>(&input);
        }
    }
}
