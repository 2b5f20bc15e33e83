//! Headers of downloads that a request replaces.

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// Headers of a download that replace those the file was uploaded with. They need an authorization, even in a public
/// bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Overrides {
    /// `Content-Disposition`.
    #[serde(rename = "b2ContentDisposition", skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Content-Language`.
    #[serde(rename = "b2ContentLanguage", skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// `Expires`.
    #[serde(rename = "b2Expires", skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// `Cache-Control`.
    #[serde(rename = "b2CacheControl", skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// `Content-Encoding`.
    #[serde(rename = "b2ContentEncoding", skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// `Content-Type`.
    #[serde(rename = "b2ContentType", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

impl Overrides {
    /// Sets the headers that are set in `bound`, whatever they were.
    pub fn insist(&mut self, mut bound: Self) {
        for ((_, own), (_, bound)) in self.fields_mut().into_iter().zip(bound.fields_mut()) {
            if bound.is_some() {
                *own = bound.take();
            }
        }
    }

    /// Returns a header by B2's name of the query parameter.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Option<String>> {
        let found = self.fields_mut().into_iter().find(|(parameter, _)| *parameter == name);
        found.map(|(_, value)| value)
    }

    fn fields_mut(&mut self) -> [(&'static str, &mut Option<String>); 6] {
        [
            ("b2ContentDisposition", &mut self.content_disposition),
            ("b2ContentLanguage", &mut self.content_language),
            ("b2Expires", &mut self.expires),
            ("b2CacheControl", &mut self.cache_control),
            ("b2ContentEncoding", &mut self.content_encoding),
            ("b2ContentType", &mut self.content_type),
        ]
    }

    /// Returns the headers that are set, by B2's names of the query parameters.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("b2ContentDisposition", &self.content_disposition),
            ("b2ContentLanguage", &self.content_language),
            ("b2Expires", &self.expires),
            ("b2CacheControl", &self.cache_control),
            ("b2ContentEncoding", &self.content_encoding),
            ("b2ContentType", &self.content_type),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)))
    }
}
