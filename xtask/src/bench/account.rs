//! The few calls of B2's API that the floor and the checks need.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use super::wire::{Connection, Head};
use crate::Result;

/// An account on a simulator.
#[derive(Debug)]
pub(crate) struct Account {
    connection: Connection,
    id: String,
    api_url: String,
    /// Where downloads come from.
    pub(crate) download_url: String,
    /// What goes into `Authorization`.
    pub(crate) token: String,
    /// How large a part should be.
    pub(crate) part_size: u64,
}

/// A file as a listing tells it.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Its name.
    pub(crate) name: String,
    /// How many bytes it has.
    pub(crate) len: u64,
    /// The hex digits of its SHA-1; `none` for a large file.
    pub(crate) sha1: String,
}

impl Account {
    /// The account of a realm, id and key as they are in the environment of every client.
    pub(crate) fn of_environment() -> Result<Self> {
        let variable = |name| std::env::var(name).map_err(|_| format!("{name} is not set"));
        Self::authorize(
            &variable("B2_ENVIRONMENT")?,
            &variable("B2_APPLICATION_KEY_ID")?,
            &variable("B2_APPLICATION_KEY")?,
        )
    }

    /// Authorizes.
    pub(crate) fn authorize(realm: &str, id: &str, key: &str) -> Result<Self> {
        let mut connection = Connection::to(realm)?;
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{key}")));
        let head = Head { method: "GET", headers: &[("Authorization", &basic)], length: 0 };
        connection.send(&format!("{realm}/b2api/v4/b2_authorize_account"), &head, &[])?;
        let answer: Value = serde_json::from_slice(&connection.collect()?)?;
        let api = &answer["apiInfo"]["storageApi"];
        Ok(Self {
            id: text(&answer["accountId"])?,
            api_url: text(&api["apiUrl"])?,
            download_url: text(&api["downloadUrl"])?,
            token: text(&answer["authorizationToken"])?,
            part_size: api["recommendedPartSize"].as_u64().unwrap_or(100_000_000),
            connection,
        })
    }

    /// One call.
    pub(crate) fn call(&mut self, name: &str, arguments: &Value) -> Result<Value> {
        let body = serde_json::to_vec(arguments)?;
        let head = Head {
            method: "POST",
            headers: &[("Authorization", &self.token)],
            length: body.len() as u64,
        };
        let url = format!("{}/b2api/v4/{name}", self.api_url);
        // The last call may be long ago, and the server does not wait for ever.
        self.connection = Connection::to(&self.api_url)?;
        self.connection.send(&url, &head, &body)?;
        Ok(serde_json::from_slice(&self.connection.collect()?)?)
    }

    /// Makes a bucket.
    pub(crate) fn create_bucket(&mut self, name: &str) -> Result<()> {
        let arguments =
            json!({"accountId": self.id, "bucketName": name, "bucketType": "allPrivate"});
        self.call("b2_create_bucket", &arguments).map(drop)
    }

    /// The id of a bucket.
    pub(crate) fn bucket_id(&mut self, name: &str) -> Result<String> {
        let arguments = json!({"accountId": self.id, "bucketName": name});
        let answer = self.call("b2_list_buckets", &arguments)?;
        text(&answer["buckets"][0]["bucketId"])
    }

    /// All files of a bucket whose names start with a prefix, by name.
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

    /// The URL of a file.
    pub(crate) fn url(&self, bucket: &str, name: &str) -> String {
        format!("{}/file/{bucket}/{name}", self.download_url)
    }
}

/// A text in an answer.
pub(crate) fn text(value: &Value) -> Result<String> {
    let text = value.as_str().ok_or("the answer lacks something")?;
    Ok(text.to_owned())
}
