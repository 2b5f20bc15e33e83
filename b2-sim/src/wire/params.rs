//! The parameters of a call: fields of a JSON object, or of a query string.

use std::collections::BTreeMap;

use b2_proto::encoding::decode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::wire::Refusal;

/// The parameters by name. A null is the same as a missing field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Map<String, Value>);

impl Params {
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::new(400, "bad_json", "the body is not a JSON object")),
            Err(error) => Err(Refusal::new(400, "bad_json", error.to_string())),
        }
    }

    pub(crate) fn from_query(query: &str) -> Self {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), Value::String(decode(value)))
        };
        Self(query.split('&').filter(|part| !part.is_empty()).map(pair).collect())
    }

    /// Returns a field of any type.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Returns a required field of any type.
    pub(crate) fn required_value(&self, name: &str) -> Result<&Value, Refusal> {
        self.value(name).ok_or_else(|| missing(name))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(bad_field(name, "must be a string")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.optional_text(name)?.ok_or_else(|| missing(name))
    }

    /// Returns a number, which may be written as a string.
    pub(crate) fn optional_int(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let number = match self.value(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| bad_field(name, "must be an integer"))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        Ok(self.optional_flag(name)?.unwrap_or(false))
    }

    pub(crate) fn optional_flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text == "true" => Ok(Some(true)),
            Some(Value::String(text)) if text == "false" => Ok(Some(false)),
            Some(_) => Err(bad_field(name, "must be true or false")),
        }
    }

    /// Returns a field of any type, which is JSON text in a query string.
    pub(crate) fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let read = match self.value(name) {
            None => return Ok(None),
            Some(Value::String(text)) if text.starts_with(['{', '[']) => serde_json::from_str(text),
            Some(value) => T::deserialize(value),
        };
        read.map(Some).map_err(|error| bad_field(name, &error.to_string()))
    }

    pub(crate) fn optional_map(
        &self,
        name: &str,
    ) -> Result<Option<BTreeMap<String, String>>, Refusal> {
        self.optional(name)
    }
}

pub(crate) fn missing(name: &str) -> Refusal {
    Refusal::bad_request(format!("required field {name} is missing"))
}

fn bad_field(name: &str, why: &str) -> Refusal {
    Refusal::bad_request(format!("field {name} {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_absent() {
        let params = Params::from_json(br#"{"prefix": null, "n": 3}"#).unwrap();
        assert_eq!(params.optional_text("prefix"), Ok(None));
        assert_eq!(params.text("prefix").unwrap_err().code, "bad_request");
        assert_eq!(params.optional_int("n"), Ok(Some(3)));
    }

    #[test]
    fn reads_query_strings() {
        let params = Params::from_query("a=x%2Fy+z&n=7&m=%7B%22k%22:%22v%22%7D");
        assert_eq!(params.text("a"), Ok("x/y z"));
        assert_eq!(params.optional_int("n"), Ok(Some(7)));
        assert_eq!(params.optional_map("m").unwrap().unwrap()["k"], "v");
    }

    #[test]
    fn a_body_that_is_not_an_object_is_refused() {
        for body in ["[]", "{", "3"] {
            assert_eq!(Params::from_json(body.as_bytes()).unwrap_err().code, "bad_json");
        }
        Params::from_json(b"").unwrap();
    }
}
