//! Error responses.

use serde_json::json;

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// The value of `Retry-After`: seconds, or a date.
    pub(crate) retry_after: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    pub(crate) fn bad_bucket(bucket_id: &str) -> Self {
        Self::new(400, "bad_bucket_id", format!("Bucket {bucket_id} does not exist"))
    }

    pub(crate) fn bad_file_id(file_id: &str) -> Self {
        Self::bad_request(format!("Invalid fileId: {file_id}"))
    }

    pub(crate) fn file_not_present(file_id: &str) -> Self {
        Self::new(400, "file_not_present", format!("File not present: {file_id}"))
    }

    pub(crate) fn missing_file_lock() -> Self {
        Self::new(400, "bucket_missing_file_lock", "The bucket is not file lock enabled")
    }

    /// The token is valid, but does not permit the call. B2 sends no message with a 401.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "")
    }

    pub(crate) fn bad_auth_token() -> Self {
        Self::new(401, "bad_auth_token", "")
    }

    pub(crate) fn expired_auth_token() -> Self {
        Self::new(401, "expired_auth_token", "")
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "not_found", message)
    }

    pub(crate) fn access_denied() -> Self {
        Self::new(403, "access_denied", "Access denied")
    }

    pub(crate) fn transaction_cap_exceeded() -> Self {
        Self::new(403, "transaction_cap_exceeded", "Transaction cap exceeded")
    }

    pub(crate) fn download_cap_exceeded() -> Self {
        Self::new(403, "download_cap_exceeded", "Download cap exceeded")
    }

    pub(crate) fn body(&self) -> serde_json::Value {
        json!({ "status": self.status, "code": self.code, "message": self.message })
    }
}
