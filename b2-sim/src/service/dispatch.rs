//! Dispatches requests to calls, and logs responses.

use b2_proto::time::Timestamp;
use http::request::Parts;
use http::{Method, StatusCode};

use super::context::{CallContext, CallResult};
use super::{CallOutcome, NextStep, PendingCall, Service, header_text, s3};
use crate::cors::{self, CorsHeaders};
use crate::log::{LogEntry, Violation};
use crate::state::{Bucket, bucket_id_of};
use crate::wire::{ApiVersion, Params, Refusal, Reply, Route, date_header, json};

impl Service {
    /// Handles the head of a request: responds, or returns what to do with the body.
    pub fn begin(&mut self, now: Timestamp, head: &Parts) -> NextStep {
        self.tick(now);
        let route = Route::of(head.uri.path());
        let entry = new_entry(now, head, &route);
        if head.method == Method::OPTIONS {
            let reply = self.preflight(&route, head);
            return NextStep::Reply(self.log_reply(now, entry, reply));
        }
        if s3::is_s3(head, &route) {
            return NextStep::Reply(self.refuse_s3(now, entry));
        }
        let account_id = self.account_of(&route, head);
        if let Err(refusal) = self.count_request(now, &account_id) {
            return NextStep::Reply(self.log_generated_reply(now, head, refusal.into()));
        }
        match route {
            Route::Call { version, operation } => {
                self.begin_call(now, head, version, &operation, entry)
            }
            Route::UploadFile { .. } | Route::UploadPart { .. } => {
                let cors = self.cors_headers(&route, head);
                self.begin_upload(now, head, &route, cors, entry)
            }
            Route::DownloadById { version } if head.method == Method::POST => {
                let mut pending = pending_call(head, version, "b2_download_file_by_id", entry);
                pending.download = Some(Box::new(head.clone()));
                NextStep::Call(pending)
            }
            Route::DownloadById { .. } => {
                let params = Params::from_query(head.uri.query().unwrap_or_default());
                NextStep::Reply(self.download_by_id(now, head, &params, entry))
            }
            Route::DownloadByName { bucket_name, file_name } => {
                NextStep::Reply(self.download_by_name(now, head, &bucket_name, &file_name, entry))
            }
            Route::Unknown => {
                let path = head.uri.path().to_owned();
                self.log.violation(Violation::UnknownCall { path });
                let refusal = Refusal::not_found("no such path");
                NextStep::Reply(self.log_refusal(now, entry, refusal))
            }
        }
    }

    fn begin_call(
        &mut self,
        now: Timestamp,
        head: &Parts,
        version: ApiVersion,
        operation: &str,
        entry: LogEntry,
    ) -> NextStep {
        let mut pending = pending_call(head, version, operation, entry);
        if head.method == Method::POST {
            return NextStep::Call(pending);
        }
        if head.method != Method::GET && head.method != Method::HEAD {
            let refusal = Refusal::new(405, "method_not_allowed", "use POST or GET");
            return NextStep::Reply(self.log_refusal(now, pending.entry, refusal));
        }
        pending.query = Some(Params::from_query(head.uri.query().unwrap_or_default()));
        match self.call(now, pending, b"") {
            CallOutcome::Reply(reply) => NextStep::Reply(reply),
            CallOutcome::Copy(pending) => {
                // Copies need a second step, which `GET` does not have.
                let refusal = Refusal::new(405, "method_not_allowed", "use POST");
                NextStep::Reply(self.log_refusal(now, pending.entry, refusal))
            }
        }
    }

    /// Executes a call. `body` is its JSON, or empty if the parameters are in the query.
    pub fn call(&mut self, now: Timestamp, mut pending: PendingCall, body: &[u8]) -> CallOutcome {
        let params = match pending.query.take().map_or_else(|| Params::from_json(body), Ok) {
            Ok(params) => params,
            Err(refusal) => {
                return CallOutcome::Reply(self.log_refusal(now, pending.entry, refusal));
            }
        };
        if let Some(head) = &pending.download {
            return CallOutcome::Reply(self.download_by_id(now, head, &params, pending.entry));
        }
        let mut entry = pending.entry;
        note_params(&mut entry, &params);
        let authorization = pending.authorization.as_deref();
        let account_id = authorization.and_then(|token| self.account_of_token(token));
        let account_id = account_id.unwrap_or_else(|| self.account_id().to_owned());
        let counted = match pending.test_mode.as_deref() {
            Some("force_cap_exceeded") => Err(Refusal::transaction_cap_exceeded()),
            _ => self.count_transaction(now, &account_id),
        };
        if let Err(refusal) = counted {
            return CallOutcome::Reply(self.log_refusal(now, entry, refusal));
        }
        if pending.operation == "b2_authorize_account" {
            let answer = self.authorize(now, pending.version, authorization);
            return CallOutcome::Reply(self.authorize_reply(now, entry, answer));
        }
        let key = authorization.ok_or_else(Refusal::bad_auth_token).and_then(|token| {
            self.expire_some(pending.test_mode.as_deref(), token);
            self.tokens.account(token, now).cloned()
        });
        let key = match key {
            Ok(key) => key,
            Err(refusal) => return CallOutcome::Reply(self.log_refusal(now, entry, refusal)),
        };
        let call = CallContext { now, version: pending.version, key, params: &params };
        let answer = match pending.operation.as_str() {
            operation @ ("b2_copy_file" | "b2_copy_part") => {
                let outcome = match operation {
                    "b2_copy_file" => self.copy_file(&call),
                    _ => self.copy_part(&call),
                };
                match outcome.map(|copy| copy.into_pending(self.config.md5, call.key, &entry)) {
                    Ok(Ok(pending)) => return CallOutcome::Copy(pending),
                    Ok(Err(value)) => Ok(json(200, &value)),
                    Err(refusal) => Err(refusal),
                }
            }
            "b2_list_file_names" => self.list_file_names(&call),
            "b2_list_file_versions" => self.list_file_versions(&call),
            operation => self.simple_call(operation, &call).map(|value| json(200, &value)),
        };
        let reply = answer.unwrap_or_else(Reply::from);
        CallOutcome::Reply(self.log_reply(now, entry, reply))
    }

    fn simple_call(&mut self, operation: &str, call: &CallContext<'_>) -> CallResult {
        match operation {
            "b2_cancel_large_file" => self.cancel_large_file(call),
            "b2_create_bucket" => self.create_bucket(call),
            "b2_create_key" => self.create_key(call),
            "b2_delete_bucket" => self.delete_bucket(call),
            "b2_delete_file_version" => self.delete_file_version(call),
            "b2_delete_key" => self.delete_key(call),
            "b2_finish_large_file" => self.finish_large_file(call),
            "b2_get_bucket_notification_rules" => self.get_notification_rules(call),
            "b2_get_download_authorization" => self.get_download_authorization(call),
            "b2_get_file_info" => self.get_file_info(call),
            "b2_get_upload_part_url" => self.get_upload_part_url(call),
            "b2_get_upload_url" => self.get_upload_url(call),
            "b2_hide_file" => self.hide_file(call),
            "b2_list_buckets" => self.list_buckets(call),
            "b2_list_keys" => self.list_keys(call),
            "b2_list_parts" => self.list_parts(call),
            "b2_list_unfinished_large_files" => self.list_unfinished_large_files(call),
            "b2_set_bucket_notification_rules" => self.set_notification_rules(call),
            "b2_start_large_file" => self.start_large_file(call),
            "b2_update_bucket" => self.update_bucket(call),
            "b2_update_file_legal_hold" => self.update_file_legal_hold(call),
            "b2_update_file_retention" => self.update_file_retention(call),
            _ => {
                let path = operation.to_owned();
                self.log.violation(Violation::UnknownCall { path });
                Err(Refusal::bad_request(format!("unknown call: {operation}")))
            }
        }
    }

    /// Applies the faults that the client requests with `X-Bz-Test-Mode`.
    fn expire_some(&mut self, test_mode: Option<&str>, token: &str) {
        let asked = test_mode == Some("expire_some_account_authorization_tokens");
        if asked && self.state.ids.random().is_multiple_of(4) {
            self.expire_account_token(token);
        }
    }

    /// Returns the bucket whose CORS rules apply to a request.
    pub(super) fn bucket_of_route(&self, route: &Route, head: &Parts) -> Option<&Bucket> {
        let by_file = |id: &str| self.state.buckets.get(bucket_id_of(id)?);
        match route {
            Route::UploadFile { bucket_id, .. } => self.state.buckets.get(bucket_id),
            Route::UploadPart { file_id, .. } => by_file(file_id),
            Route::DownloadByName { bucket_name, .. } => self.state.bucket_named(bucket_name),
            Route::DownloadById { .. } => {
                let params = Params::from_query(head.uri.query().unwrap_or_default());
                by_file(params.text("fileId").ok()?)
            }
            Route::Call { .. } | Route::Unknown => None,
        }
    }

    pub(super) fn cors_headers(&self, route: &Route, head: &Parts) -> CorsHeaders {
        self.bucket_of_route(route, head)
            .map(|bucket| cors::actual(&bucket.cors, route.operation(), &head.headers))
            .unwrap_or_default()
    }

    fn preflight(&self, route: &Route, head: &Parts) -> Reply {
        match route {
            Route::Call { .. } | Route::Unknown => {
                Refusal::new(405, "method_not_allowed", "not for browsers").into()
            }
            _ => {
                let bucket = self.bucket_of_route(route, head);
                let rules = bucket.map_or(&[][..], |bucket| &bucket.cors);
                cors::preflight(rules, route.operation(), &head.headers)
            }
        }
    }

    pub(super) fn log_refusal(&mut self, now: Timestamp, entry: LogEntry, why: Refusal) -> Reply {
        self.log_reply(now, entry, why.into())
    }

    /// Finishes and logs a response that a fault generated.
    pub(crate) fn log_generated_reply(
        &mut self,
        now: Timestamp,
        head: &Parts,
        mut reply: Reply,
    ) -> Reply {
        let entry = self.entry_of(now, head);
        // Proxies do not know the CORS rules of buckets.
        let of_service = reply.status() != StatusCode::BAD_GATEWAY && !reply.status().is_success();
        if self.config.cors_on_errors && of_service {
            let cors = self.cors_headers(&Route::of(head.uri.path()), head);
            cors.add_to(reply.headers_mut());
        }
        self.log_reply(now, entry, reply)
    }

    /// Logs a request that did not arrive. Its upload URL becomes invalid.
    pub(crate) fn log_lost_request(&mut self, now: Timestamp, head: &Parts) {
        let entry = self.entry_of(now, head);
        self.log.push(entry);
        self.reject_upload_url(head);
    }

    /// Expires the account or upload token of a request, and returns whether there is one.
    pub(crate) fn expire_token_of(&mut self, head: &Parts) -> bool {
        let Some(token) = header_text(head, "authorization") else {
            return false;
        };
        self.expire_account_token(token);
        self.tokens.account.contains_key(token) || self.tokens.upload.contains_key(token)
    }

    fn entry_of(&self, now: Timestamp, head: &Parts) -> LogEntry {
        let mut entry = new_entry(now, head, &Route::of(head.uri.path()));
        let upload =
            header_text(head, "authorization").and_then(|token| self.tokens.upload.get(token));
        entry.upload_url = upload.map(|upload| upload.number);
        let number = header_text(head, "x-bz-part-number");
        entry.part_number = number.and_then(|number| number.parse().ok());
        entry
    }

    /// Finishes a response and logs it.
    pub(super) fn log_reply(
        &mut self,
        now: Timestamp,
        mut entry: LogEntry,
        mut reply: Reply,
    ) -> Reply {
        let (name, value) = date_header(now);
        reply.headers_mut().insert(name, value);
        if entry.method == "HEAD" && reply.status() != StatusCode::OK {
            *reply.body_mut() = crate::wire::ReplyBody::Empty;
        }
        entry.at = now;
        entry.status = reply.status().as_u16();
        entry.code = reply.extensions().get().map(|code: &&str| (*code).to_owned());
        // For hooks that print requests.
        reply.extensions_mut().insert(entry.clone());
        self.log.push(entry);
        self.replicate_noted(now);
        reply
    }
}

fn pending_call(
    head: &Parts,
    version: ApiVersion,
    operation: &str,
    entry: LogEntry,
) -> PendingCall {
    PendingCall {
        version,
        operation: operation.to_owned(),
        authorization: header_text(head, "authorization").map(str::to_owned),
        query: None,
        download: None,
        test_mode: header_text(head, "x-bz-test-mode").map(str::to_owned),
        entry,
    }
}

fn new_entry(now: Timestamp, head: &Parts, route: &Route) -> LogEntry {
    LogEntry {
        at: now,
        operation: route.operation().to_owned(),
        method: head.method.to_string(),
        bucket_id: None,
        file_name: None,
        file_id: None,
        part_number: None,
        upload_url: None,
        body_len: header_text(head, "content-length").and_then(|len| len.parse().ok()),
        status: 0,
        code: None,
    }
}

/// Sets the bucket, file and part of a log entry.
fn note_params(entry: &mut LogEntry, params: &Params) {
    let text = |name| params.optional_text(name).ok().flatten().map(str::to_owned);
    entry.bucket_id = text("bucketId");
    entry.file_name = text("fileName");
    entry.file_id = text("fileId").or_else(|| text("largeFileId"));
    let number = params.optional_int("partNumber").ok().flatten();
    entry.part_number = number.and_then(|number| u16::try_from(number).ok());
}
