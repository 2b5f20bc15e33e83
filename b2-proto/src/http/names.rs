//! Names of headers that more than one module uses.

pub(crate) const ACCEPT: &str = "accept";
pub(crate) const ACCEPT_ENCODING: &str = "accept-encoding";
pub(crate) const AUTHORIZATION: &str = "authorization";
pub(crate) const CONTENT_SHA1: &str = "x-bz-content-sha1";
pub(crate) const CONTENT_TYPE: &str = "content-type";
pub(crate) const CUSTOM_UPLOAD_TIMESTAMP: &str = "x-bz-custom-upload-timestamp";
pub(crate) const FILE_ID: &str = "x-bz-file-id";
pub(crate) const FILE_NAME: &str = "x-bz-file-name";
pub(crate) const INFO_PREFIX: &str = "x-bz-info-";
pub(crate) const LEGAL_HOLD: &str = "x-bz-file-legal-hold";
pub(crate) const RETAIN_UNTIL: &str = "x-bz-file-retention-retain-until-timestamp";
pub(crate) const RETENTION_MODE: &str = "x-bz-file-retention-mode";
pub(crate) const RETRY_AFTER: &str = "retry-after";
pub(crate) const SSE: &str = "x-bz-server-side-encryption";
pub(crate) const SSE_C_ALGORITHM: &str = "x-bz-server-side-encryption-customer-algorithm";
pub(crate) const SSE_C_KEY: &str = "x-bz-server-side-encryption-customer-key";
pub(crate) const SSE_C_KEY_MD5: &str = "x-bz-server-side-encryption-customer-key-md5";
