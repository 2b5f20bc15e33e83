//! Server-side encryption. Nothing is encrypted, but customer keys are checked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::wire::Refusal;

const SSE: &str = "x-bz-server-side-encryption";
const ALGORITHM: &str = "x-bz-server-side-encryption-customer-algorithm";
const KEY: &str = "x-bz-server-side-encryption-customer-key";
const KEY_MD5: &str = "x-bz-server-side-encryption-customer-key-md5";

/// How a file is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Encryption {
    #[default]
    None,
    SseB2,
    SseC(CustomerKey),
}

/// The MD5 of a customer key, in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CustomerKey(pub(crate) String);

impl CustomerKey {
    fn check(algorithm: &str, key: &str, md5: &str) -> Result<Self, Refusal> {
        let refuse = |why| Err(Refusal::bad_request(why));
        if algorithm != "AES256" {
            return refuse("the algorithm of a customer key must be AES256");
        }
        let Some(bytes) = STANDARD.decode(key).ok().filter(|key| key.len() == 32) else {
            return refuse("a customer key must be 32 bytes in base64");
        };
        if STANDARD.encode(Md5::digest(&bytes)) != md5 {
            return refuse("the MD5 does not match the customer key");
        }
        Ok(Self(md5.to_owned()))
    }

    /// Reads the headers of an upload or download.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let get = |name| headers.get(name).and_then(|value| value.to_str().ok());
        match (get(ALGORITHM), get(KEY), get(KEY_MD5)) {
            (None, None, None) => Ok(None),
            (Some(algorithm), Some(key), Some(md5)) => Self::check(algorithm, key, md5).map(Some),
            _ => Err(Refusal::bad_request("customer algorithm, key and key MD5 go together")),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Setting {
    mode: Option<String>,
    algorithm: Option<String>,
    customer_key: Option<String>,
    customer_key_md5: Option<String>,
}

/// The encryption of a file as the API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EncryptionObject<'a> {
    mode: Option<&'static str>,
    algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_key_md5: Option<&'a str>,
}

impl Encryption {
    /// Reads the headers of an upload; `None` if there are none.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let customer = CustomerKey::from_headers(headers)?;
        match (headers.get(SSE), customer) {
            (None, None) => Ok(None),
            (None, Some(key)) => Ok(Some(Self::SseC(key))),
            (Some(value), None) if value == "AES256" => Ok(Some(Self::SseB2)),
            (Some(_), None) => Err(Refusal::bad_request("server-side encryption must be AES256")),
            (Some(_), Some(_)) => {
                Err(Refusal::bad_request("server-side encryption is either SSE-B2 or SSE-C"))
            }
        }
    }

    /// Reads the setting of a bucket or a new file, for which B2 does not accept the mode `none`.
    pub(crate) fn for_write(value: &Value) -> Result<Self, Refusal> {
        match Self::from_json(value)? {
            Self::None => Err(Refusal::bad_request("the encryption mode must be SSE-B2 or SSE-C")),
            encryption => Ok(encryption),
        }
    }

    /// Reads a JSON setting, such as `{"mode": "SSE-B2", "algorithm": "AES256"}`.
    pub(crate) fn from_json(value: &Value) -> Result<Self, Refusal> {
        let setting = Setting::deserialize(value)
            .map_err(|error| Refusal::bad_request(format!("bad encryption: {error}")))?;
        let algorithm = setting.algorithm.as_deref();
        match setting.mode.as_deref() {
            None | Some("none") => Ok(Self::None),
            Some("SSE-B2") if algorithm == Some("AES256") => Ok(Self::SseB2),
            Some("SSE-C") => CustomerKey::check(
                algorithm.unwrap_or_default(),
                setting.customer_key.as_deref().unwrap_or_default(),
                setting.customer_key_md5.as_deref().unwrap_or_default(),
            )
            .map(Self::SseC),
            Some(_) => Err(Refusal::bad_request("bad encryption mode or algorithm")),
        }
    }

    /// Returns the setting as the API shows it.
    pub(crate) fn object(&self) -> EncryptionObject<'_> {
        let (mode, customer_key_md5) = match self {
            Self::None => (None, None),
            Self::SseB2 => (Some("SSE-B2"), None),
            Self::SseC(CustomerKey(md5)) => (Some("SSE-C"), Some(md5.as_str())),
        };
        EncryptionObject { mode, algorithm: mode.map(|_| "AES256"), customer_key_md5 }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!(self.object())
    }

    /// Checks the customer key of a request.
    pub(crate) fn require_key(&self, key: Option<&CustomerKey>) -> Result<(), Refusal> {
        match (self, key) {
            (Self::SseC(_), None) => Err(Refusal::bad_request(
                "The object was stored using a form of Server Side Encryption. The correct parameters must \
                 be provided to retrieve the object.",
            )),
            (Self::SseC(right), Some(given)) if right != given => Err(Refusal::access_denied()),
            (Self::None | Self::SseB2, Some(_)) => {
                Err(Refusal::bad_request("the file is not encrypted with a customer key"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the headers of a download.
    pub(crate) fn response_headers(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::None => Vec::new(),
            Self::SseB2 => vec![(SSE, "AES256".to_owned())],
            Self::SseC(CustomerKey(md5)) => {
                vec![(ALGORITHM, "AES256".to_owned()), (KEY_MD5, md5.clone())]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_customer_keys() {
        let key = STANDARD.encode([7; 32]);
        let md5 = STANDARD.encode(Md5::digest([7; 32]));
        let setting = |key: &str, md5: &str| json!({"mode": "SSE-C", "algorithm": "AES256", "customerKey": key, "customerKeyMd5": md5});
        let encryption = Encryption::from_json(&setting(&key, &md5)).unwrap();
        assert!(!encryption.to_json().to_string().contains(&key));
        Encryption::from_json(&setting(&key, "x")).unwrap_err();
        Encryption::from_json(&setting("c2hvcnQ=", &md5)).unwrap_err();

        let other = CustomerKey("other".to_owned());
        assert_eq!(encryption.require_key(None).unwrap_err().status, 400);
        assert_eq!(encryption.require_key(Some(&other)).unwrap_err().code, "access_denied");
        encryption.require_key(Some(&CustomerKey(md5))).unwrap();
    }
}
