//! The B2 API calls of the floor and of the verification.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use super::wire::{Connection, Head};
use crate::Result;

/// An authorized account at a simulator.
#[derive(Debug)]
pub(crate) struct Account {
    connection: Connection,
    id: String,
    api_url: String,
    /// The URL of downloads.
    pub(crate) download_url: String,
    /// The authorization token.
    pub(crate) token: String,
    /// The recommended part size, in bytes.
    pub(crate) part_size: u64,
}

/// A file of a listing.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) name: String,
    /// The length in bytes.
    pub(crate) len: u64,
    /// The SHA-1 in hex digits; `none` for a large file.
    pub(crate) sha1: String,
}

impl Account {
    /// Authorizes with the realm and key in the environment.
    pub(crate) fn from_env() -> Result<Self> {
        let variable = |name| std::env::var(name).map_err(|_| format!("{name} is not set"));
        Self::authorize(
            &variable("B2_ENVIRONMENT")?,
            &variable("B2_APPLICATION_KEY_ID")?,
            &variable("B2_APPLICATION_KEY")?,
        )
    }

    /// Authorizes with a key.
    pub(crate) fn authorize(realm: &str, id: &str, key: &str) -> Result<Self> {
        let mut connection = Connection::to(realm)?;
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{key}")));
        let head = Head { method: "GET", headers: &[("Authorization", &basic)], length: 0 };
        connection.send(&format!("{realm}/b2api/v4/b2_authorize_account"), &head, &[])?;
        let response: Value = serde_json::from_slice(&connection.collect()?)?;
        let api = &response["apiInfo"]["storageApi"];
        Ok(Self {
            id: text(&response["accountId"])?,
            api_url: text(&api["apiUrl"])?,
            download_url: text(&api["downloadUrl"])?,
            token: text(&response["authorizationToken"])?,
            part_size: api["recommendedPartSize"].as_u64().unwrap_or(100_000_000),
            connection,
        })
    }

    /// Runs an API call.
    pub(crate) fn call(&mut self, name: &str, arguments: &Value) -> Result<Value> {
        let body = serde_json::to_vec(arguments)?;
        let head = Head {
            method: "POST",
            headers: &[("Authorization", &self.token)],
            length: body.len() as u64,
        };
        let url = format!("{}/b2api/v4/{name}", self.api_url);
        // The server may have closed the connection of the last call.
        self.connection = Connection::to(&self.api_url)?;
        self.connection.send(&url, &head, &body)?;
        Ok(serde_json::from_slice(&self.connection.collect()?)?)
    }

    /// Creates a bucket.
    pub(crate) fn create_bucket(&mut self, name: &str) -> Result<()> {
        let arguments =
            json!({"accountId": self.id, "bucketName": name, "bucketType": "allPrivate"});
        self.call("b2_create_bucket", &arguments).map(drop)
    }

    /// Returns the ID of a bucket.
    pub(crate) fn bucket_id(&mut self, name: &str) -> Result<String> {
        let arguments = json!({"accountId": self.id, "bucketName": name});
        let response = self.call("b2_list_buckets", &arguments)?;
        text(&response["buckets"][0]["bucketId"])
    }

    /// Lists the files of a bucket whose names start with a prefix.
    pub(crate) fn list(&mut self, bucket: &str, prefix: &str) -> Result<Vec<Listed>> {
        let bucket_id = self.bucket_id(bucket)?;
        let mut listed = Vec::new();
        let mut next = Value::String(prefix.to_owned());
        while next.is_string() {
            let arguments = json!({
                "bucketId": bucket_id, "prefix": prefix, "startFileName": next, "maxFileCount": 10_000,
            });
            let page = self.call("b2_list_file_names", &arguments)?;
            for file in page["files"].as_array().into_iter().flatten() {
                listed.push(Listed {
                    name: text(&file["fileName"])?,
                    len: file["contentLength"].as_u64().unwrap_or_default(),
                    sha1: text(&file["contentSha1"])?,
                });
            }
            next = page["nextFileName"].clone();
        }
        Ok(listed)
    }

    /// Returns the download URL of a file.
    pub(crate) fn url(&self, bucket: &str, name: &str) -> String {
        format!("{}/file/{bucket}/{name}", self.download_url)
    }
}

/// Returns a string of a response.
pub(crate) fn text(value: &Value) -> Result<String> {
    let text = value.as_str().ok_or("a field of the response is missing")?;
    Ok(text.to_owned())
}
