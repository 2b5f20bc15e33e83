//! Upload URLs.

use std::sync::Arc;

use b2_proto::encoding::encode;
use b2_proto::time::Timestamp;
use http::request::Parts;
use serde_json::json;

use super::context::{CallContext, CallResult};
use super::{Service, header_text};
use crate::log::Violation;
use crate::state::{Key, Kind, Target, Tokens, UploadToken};
use crate::wire::{Refusal, Route};

impl Service {
    pub(super) fn get_upload_url(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeFiles")?;
        let bucket_id = call.params.text("bucketId")?;
        call.key.require_bucket(bucket_id)?;
        self.bucket_of(&call.key, bucket_id)?;
        self.require_storage(&call.key, 0)?;
        let target = Target::Bucket(bucket_id.to_owned());
        let (url, token) = self.issue_upload_url(call, target);
        Ok(json!({ "bucketId": bucket_id, "uploadUrl": url, "authorizationToken": token }))
    }

    pub(super) fn get_upload_part_url(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeFiles")?;
        let file_id = call.params.text("fileId")?;
        self.unfinished(&call.key, file_id)?;
        self.require_storage(&call.key, 0)?;
        let target = Target::LargeFile(file_id.to_owned());
        let (url, token) = self.issue_upload_url(call, target);
        Ok(json!({ "fileId": file_id, "uploadUrl": url, "authorizationToken": token }))
    }

    fn issue_upload_url(&mut self, call: &CallContext<'_>, target: Target) -> (String, String) {
        self.tokens.upload_urls += 1;
        let number = self.tokens.upload_urls;
        let pod = format!("c001_v0001000_t{number:04}");
        let (operation, subject) = match &target {
            Target::Bucket(id) => ("b2_upload_file", id),
            Target::LargeFile(id) => ("b2_upload_part", id),
        };
        let url = format!(
            "{}/b2api/v{}/{operation}/{}/{pod}",
            self.config.base_url,
            call.version.number(),
            encode(subject)
        );
        let token = self.state.ids.token(&call.key.account_id, "upld");
        self.tokens.upload.insert(
            token.clone(),
            UploadToken {
                number,
                target,
                pod,
                key: Arc::clone(&call.key),
                expires: Tokens::in_a_day(call.now),
                busy: false,
                rejected: false,
            },
        );
        (url, token)
    }

    /// Checks that an upload may use its URL, and returns the number of the URL and its key.
    pub(super) fn check_upload_url(
        &mut self,
        now: Timestamp,
        route: &Route,
        token: &str,
    ) -> Result<(u64, Arc<Key>), (Option<u64>, Refusal)> {
        let Some(upload) = self.tokens.upload.get_mut(token) else {
            return Err((None, Refusal::bad_auth_token()));
        };
        let number = upload.number;
        let refuse = |why| Err((Some(number), why));
        let placed = match (route, &upload.target) {
            (Route::UploadFile { bucket_id, pod }, Target::Bucket(target)) => {
                bucket_id == target && *pod == upload.pod
            }
            (Route::UploadPart { file_id, pod }, Target::LargeFile(target)) => {
                file_id == target && *pod == upload.pod
            }
            _ => false,
        };
        if !placed {
            self.log.violation(Violation::UploadTokenMisplaced);
            return refuse(Refusal::bad_auth_token());
        }
        if upload.rejected {
            let upload_url = number;
            self.log.violation(Violation::UploadUrlReused { upload_url });
            return refuse(Refusal::bad_auth_token());
        }
        if upload.expires <= now || upload.key.is_expired(now) {
            upload.rejected = true;
            return refuse(Refusal::expired_auth_token());
        }
        if upload.busy {
            let upload_url = number;
            self.log.violation(Violation::UploadUrlShared { upload_url });
            let message = format!("more than one upload using auth token {token}");
            return refuse(Refusal::new(400, "auth_token_limit", message));
        }
        Ok((number, Arc::clone(&upload.key)))
    }

    /// Marks the URL as in use or free.
    pub(super) fn set_upload_url_busy(&mut self, token: &str, busy: bool) {
        if let Some(upload) = self.tokens.upload.get_mut(token) {
            upload.busy = busy;
        }
    }

    pub(super) fn reject_token(&mut self, token: &str) {
        if let Some(upload) = self.tokens.upload.get_mut(token) {
            upload.rejected = true;
        }
    }

    /// Marks the upload URL of a request as failed, so that it must not be used again. Ignores other requests.
    pub fn reject_upload_url(&mut self, head: &Parts) {
        let route = Route::of(head.uri.path());
        if let (Route::UploadFile { .. } | Route::UploadPart { .. }, Some(token)) =
            (route, header_text(head, "authorization"))
        {
            let token = token.to_owned();
            self.reject_token(&token);
        }
    }

    /// Returns an unfinished large file, if the key may change it.
    pub(super) fn unfinished(
        &self,
        key: &Key,
        file_id: &str,
    ) -> Result<(&crate::state::Bucket, &crate::state::Version), Refusal> {
        let found = self.state.version_of(key, file_id);
        if let Some((bucket, version)) = found {
            key.require_bucket(&bucket.id)?;
            key.require_prefix(&version.name)?;
        }
        found
            .filter(|(_, version)| version.kind == Kind::Start)
            .ok_or_else(|| Refusal::bad_file_id(file_id))
    }
}
