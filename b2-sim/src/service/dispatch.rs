//! From the head of a request to the call it is, and from an answer to the log.

use std::sync::Arc;

use b2_proto::time::Timestamp;
use http::request::Parts;
use http::{Method, StatusCode};
use serde_json::Value;

use super::{Admission, CallTicket, Outcome, Service, header_text};
use crate::cors::{self, CorsHeaders};
use crate::log::{Exchange, Violation};
use crate::state::{Bucket, Key, bucket_of};
use crate::wire::{ApiVersion, Params, Refusal, Reply, Route, date_header, json};

/// One call, with the key that makes it.
pub(super) struct Ask<'a> {
    pub(super) now: Timestamp,
    pub(super) version: ApiVersion,
    pub(super) key: Arc<Key>,
    pub(super) params: &'a Params,
}

pub(super) type Answer = Result<Value, Refusal>;

impl Service {
    /// Looks at the head of a request: answers it, or says what to do with its body.
    pub fn begin(&mut self, now: Timestamp, head: &Parts) -> Admission {
        let route = Route::of(head.uri.path());
        let exchange = started(now, head, &route);
        if head.method == Method::OPTIONS {
            let reply = self.preflight(&route, head);
            return Admission::Reply(self.answered(now, exchange, reply));
        }
        match route {
            Route::Call { version, operation } => {
                self.begin_call(now, head, version, &operation, exchange)
            }
            Route::UploadFile { .. } | Route::UploadPart { .. } => {
                let cors = self.cors_headers(&route, head);
                self.begin_upload(now, head, &route, cors, exchange)
            }
            Route::DownloadById { version } if head.method == Method::POST => {
                let mut ticket = call_ticket(head, version, "b2_download_file_by_id", exchange);
                ticket.download = Some(Box::new(head.clone()));
                Admission::Call(ticket)
            }
            Route::DownloadById { .. } => {
                let params = Params::from_query(head.uri.query().unwrap_or_default());
                Admission::Reply(self.download_by_id(now, head, &params, exchange))
            }
            Route::DownloadByName { bucket_name, file_name } => Admission::Reply(
                self.download_by_name(now, head, &bucket_name, &file_name, exchange),
            ),
            Route::Unknown => {
                let path = head.uri.path().to_owned();
                self.log.violation(Violation::UnknownCall { path });
                let refusal = Refusal::not_found("no such path");
                Admission::Reply(self.refused(now, exchange, refusal))
            }
        }
    }

    fn begin_call(
        &mut self,
        now: Timestamp,
        head: &Parts,
        version: ApiVersion,
        operation: &str,
        exchange: Exchange,
    ) -> Admission {
        let mut ticket = call_ticket(head, version, operation, exchange);
        if head.method == Method::POST {
            return Admission::Call(ticket);
        }
        if head.method != Method::GET && head.method != Method::HEAD {
            let refusal = Refusal::new(405, "method_not_allowed", "use POST or GET");
            return Admission::Reply(self.refused(now, ticket.exchange, refusal));
        }
        ticket.query = Some(Params::from_query(head.uri.query().unwrap_or_default()));
        match self.call(now, ticket, b"") {
            Outcome::Reply(reply) => Admission::Reply(reply),
            Outcome::Copy(ticket) => {
                // With `GET` there is no second step; nobody copies with `GET`.
                let refusal = Refusal::new(405, "method_not_allowed", "use POST");
                Admission::Reply(self.refused(now, ticket.exchange, refusal))
            }
        }
    }

    /// Makes a call. `body` is its JSON; empty where the parameters are in the query.
    pub fn call(&mut self, now: Timestamp, mut ticket: CallTicket, body: &[u8]) -> Outcome {
        let params = match ticket.query.take().map_or_else(|| Params::from_json(body), Ok) {
            Ok(params) => params,
            Err(refusal) => return Outcome::Reply(self.refused(now, ticket.exchange, refusal)),
        };
        if let Some(head) = &ticket.download {
            return Outcome::Reply(self.download_by_id(now, head, &params, ticket.exchange));
        }
        let mut exchange = ticket.exchange;
        name_subject(&mut exchange, &params);
        if ticket.test_mode.as_deref() == Some("force_cap_exceeded") || self.config.caps.transaction
        {
            let refusal = Refusal::new(403, "transaction_cap_exceeded", "Transaction cap exceeded");
            return Outcome::Reply(self.refused(now, exchange, refusal));
        }
        let authorization = ticket.authorization.as_deref();
        if ticket.operation == "b2_authorize_account" {
            let answer = self.authorize(now, ticket.version, authorization);
            return Outcome::Reply(self.authorize_reply(now, exchange, answer));
        }
        let key = authorization.ok_or_else(Refusal::bad_auth_token).and_then(|token| {
            self.expire_some(ticket.test_mode.as_deref(), token);
            self.tokens.account(token, now).cloned()
        });
        let key = match key {
            Ok(key) => key,
            Err(refusal) => return Outcome::Reply(self.refused(now, exchange, refusal)),
        };
        let ask = Ask { now, version: ticket.version, key, params: &params };
        let answer = match ticket.operation.as_str() {
            "b2_copy_file" => match self.copy_file(&ask) {
                Ok(super::copy::Copying::Done(value)) => Ok(value),
                Ok(super::copy::Copying::Hash(copy)) => {
                    return Outcome::Copy(copy.into_ticket(self.config.md5, ask.key, exchange));
                }
                Err(refusal) => Err(refusal),
            },
            "b2_copy_part" => match self.copy_part(&ask) {
                Ok(copy) => {
                    return Outcome::Copy(copy.into_ticket(self.config.md5, ask.key, exchange));
                }
                Err(refusal) => Err(refusal),
            },
            operation => self.simple_call(operation, &ask),
        };
        let reply = match answer {
            Ok(value) => json(200, &value),
            Err(refusal) => refusal.into(),
        };
        Outcome::Reply(self.answered(now, exchange, reply))
    }

    fn simple_call(&mut self, operation: &str, ask: &Ask<'_>) -> Answer {
        match operation {
            "b2_cancel_large_file" => self.cancel_large_file(ask),
            "b2_create_bucket" => self.create_bucket(ask),
            "b2_create_key" => self.create_key(ask),
            "b2_delete_bucket" => self.delete_bucket(ask),
            "b2_delete_file_version" => self.delete_file_version(ask),
            "b2_delete_key" => self.delete_key(ask),
            "b2_finish_large_file" => self.finish_large_file(ask),
            "b2_get_bucket_notification_rules" => self.get_notification_rules(ask),
            "b2_get_download_authorization" => self.get_download_authorization(ask),
            "b2_get_file_info" => self.get_file_info(ask),
            "b2_get_upload_part_url" => self.get_upload_part_url(ask),
            "b2_get_upload_url" => self.get_upload_url(ask),
            "b2_hide_file" => self.hide_file(ask),
            "b2_list_buckets" => self.list_buckets(ask),
            "b2_list_file_names" => self.list_file_names(ask),
            "b2_list_file_versions" => self.list_file_versions(ask),
            "b2_list_keys" => self.list_keys(ask),
            "b2_list_parts" => self.list_parts(ask),
            "b2_list_unfinished_large_files" => self.list_unfinished_large_files(ask),
            "b2_set_bucket_notification_rules" => self.set_notification_rules(ask),
            "b2_start_large_file" => self.start_large_file(ask),
            "b2_update_bucket" => self.update_bucket(ask),
            "b2_update_file_legal_hold" => self.update_file_legal_hold(ask),
            "b2_update_file_retention" => self.update_file_retention(ask),
            _ => {
                let path = operation.to_owned();
                self.log.violation(Violation::UnknownCall { path });
                Err(Refusal::bad_request(format!("unknown call: {operation}")))
            }
        }
    }

    /// Failures that the client asks for itself.
    fn expire_some(&mut self, test_mode: Option<&str>, token: &str) {
        let asked = test_mode == Some("expire_some_account_authorization_tokens");
        if asked && self.state.ids.random().is_multiple_of(4) {
            self.expire_account_token(token);
        }
    }

    /// The bucket whose rules apply to a call that a page may make.
    fn bucket_of_route(&self, route: &Route, head: &Parts) -> Option<&Bucket> {
        let by_file = |id: &str| self.state.buckets.get(bucket_of(id)?);
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

    pub(super) fn refused(&mut self, now: Timestamp, exchange: Exchange, why: Refusal) -> Reply {
        self.answered(now, exchange, why.into())
    }

    /// Finishes an answer that something else than the service made up.
    pub(crate) fn answered_head(
        &mut self,
        now: Timestamp,
        head: &Parts,
        mut reply: Reply,
    ) -> Reply {
        let exchange = self.exchange_of(now, head);
        // What stands before the service knows nothing of the rules of buckets.
        let of_service = reply.status() != StatusCode::BAD_GATEWAY && !reply.status().is_success();
        if self.config.cors_on_errors && of_service {
            let cors = self.cors_headers(&Route::of(head.uri.path()), head);
            cors.add_to(reply.headers_mut());
        }
        self.answered(now, exchange, reply)
    }

    /// Logs a request that never arrived. An upload URL is used up by that.
    pub(crate) fn lost(&mut self, now: Timestamp, head: &Parts) {
        let exchange = self.exchange_of(now, head);
        self.log.push(exchange);
        self.reject_upload_url(head);
    }

    /// The account token or upload token of a request has just expired; whether there is one.
    pub(crate) fn expire_token_of(&mut self, head: &Parts) -> bool {
        let Some(token) = header_text(head, "authorization") else {
            return false;
        };
        self.expire_account_token(token);
        self.tokens.account.contains_key(token) || self.tokens.upload.contains_key(token)
    }

    fn exchange_of(&self, now: Timestamp, head: &Parts) -> Exchange {
        let mut exchange = started(now, head, &Route::of(head.uri.path()));
        let upload =
            header_text(head, "authorization").and_then(|token| self.tokens.upload.get(token));
        exchange.upload_url = upload.map(|upload| upload.number);
        let number = header_text(head, "x-bz-part-number");
        exchange.part_number = number.and_then(|number| number.parse().ok());
        exchange
    }

    /// Finishes an answer and logs it.
    pub(super) fn answered(
        &mut self,
        now: Timestamp,
        mut exchange: Exchange,
        mut reply: Reply,
    ) -> Reply {
        let (name, value) = date_header(now);
        reply.headers_mut().insert(name, value);
        if exchange.method == "HEAD" && reply.status() != StatusCode::OK {
            *reply.body_mut() = crate::wire::ReplyBody::Empty;
        }
        exchange.at = now;
        exchange.status = reply.status().as_u16();
        exchange.code = reply.extensions().get().map(|code: &&str| (*code).to_owned());
        // For whoever shows requests as they are answered.
        reply.extensions_mut().insert(exchange.clone());
        self.log.push(exchange);
        reply
    }
}

fn call_ticket(
    head: &Parts,
    version: ApiVersion,
    operation: &str,
    exchange: Exchange,
) -> CallTicket {
    CallTicket {
        version,
        operation: operation.to_owned(),
        authorization: header_text(head, "authorization").map(str::to_owned),
        query: None,
        download: None,
        test_mode: header_text(head, "x-bz-test-mode").map(str::to_owned),
        exchange,
    }
}

fn started(now: Timestamp, head: &Parts, route: &Route) -> Exchange {
    Exchange {
        at: now,
        operation: route.operation().to_owned(),
        method: head.method.to_string(),
        bucket_id: None,
        file_name: None,
        file_id: None,
        part_number: None,
        upload_url: None,
        status: 0,
        code: None,
    }
}

/// Notes what a call is about.
fn name_subject(exchange: &mut Exchange, params: &Params) {
    let text = |name| params.maybe_text(name).ok().flatten().map(str::to_owned);
    exchange.bucket_id = text("bucketId");
    exchange.file_name = text("fileName");
    exchange.file_id = text("fileId").or_else(|| text("largeFileId"));
    let number = params.maybe_int("partNumber").ok().flatten();
    exchange.part_number = number.and_then(|number| u16::try_from(number).ok());
}
