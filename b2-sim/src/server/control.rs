//! The control endpoint for tests, `/sim`: JSON in and out, for programs of this machine only.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use b2_proto::time::Timestamp;
use bytes::Bytes;
use http::header::ORIGIN;
use http::request::Parts;
use http::{Method, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::clock::system_time;
use super::disconnect::Disconnect;
use super::{ResponseBody, Simulator, handler};
use crate::config::{Caps, Credentials, Pages};
use crate::faults::{Fault, Rates, RetryAfter};
use crate::log::LogEntry;
use crate::service::Service;
use crate::wire::{Params, Refusal, ReplyBody, date_header, json};

/// The longest body of a request, in bytes.
const LIMIT: usize = 1 << 20;

type Answer = Result<Value, Refusal>;

/// Responds to a request of the control endpoint, if there is one, and passes others to the service.
pub(super) async fn or_respond(
    simulator: &Simulator,
    peer: SocketAddr,
    request: http::Request<Incoming>,
) -> Result<Response<ResponseBody>, Disconnect> {
    let path = request.uri().path();
    if !simulator.shared.options.control || (path != "/sim" && !path.starts_with("/sim/")) {
        return handler::answer(simulator.shared.clone(), request).await;
    }
    let (head, body) = request.into_parts();
    let answer = match check(peer, &head) {
        Err(refusal) => Err(refusal),
        Ok(()) => match Limited::new(body, LIMIT).collect().await {
            Ok(body) => control(simulator, &head, &body.to_bytes()),
            Err(_) => Err(Refusal::bad_request("the body is too long or broken")),
        },
    };
    let reply = match answer {
        Ok(value) => json(200, &value),
        Err(refusal) => refusal.into(),
    };
    let (name, value) = date_header(system_time());
    let mut response = reply.map(|body| match body {
        ReplyBody::Bytes(bytes) => ResponseBody::new(bytes),
        ReplyBody::Empty | ReplyBody::Content(_) => ResponseBody::new(Bytes::new()),
    });
    response.headers_mut().insert(name, value);
    Ok(response)
}

/// Checks that a request comes from a program of this machine. A page of any site can send requests to it, too.
fn check(peer: SocketAddr, head: &Parts) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::new(403, "forbidden", why));
    if !peer.ip().to_canonical().is_loopback() {
        return refuse("the control endpoint is for programs of its own machine");
    }
    if head.headers.contains_key(ORIGIN) {
        return refuse("the control endpoint is not for pages");
    }
    Ok(())
}

fn control(simulator: &Simulator, head: &Parts, body: &[u8]) -> Answer {
    let path = head.uri.path().trim_start_matches("/sim").trim_start_matches('/');
    match (&head.method, path) {
        (&Method::GET, "") => Ok(json!({ "realm": simulator.realm() })),
        (&Method::POST, "reset") => {
            simulator.reset();
            Ok(json!({}))
        }
        (&Method::GET, "clock") => Ok(clock(simulator)),
        (&Method::POST, "clock") => set_clock(simulator, &read(body)?),
        (&Method::POST, "faults") => set_faults(simulator, &read(body)?),
        (&Method::DELETE, "faults") => {
            simulator.clear_faults();
            Ok(json!({}))
        }
        (&Method::GET, "requests") => requests(simulator, head),
        (&Method::DELETE, "requests") => {
            simulator.with(Service::clear_log);
            Ok(json!({}))
        }
        (&Method::GET, "accounts") => {
            let accounts = simulator.with(|service| service.accounts());
            Ok(json!({ "accounts": accounts.iter().map(account).collect::<Vec<_>>() }))
        }
        (&Method::POST, "accounts") => Ok(account(&simulator.with(Service::add_account))),
        (&Method::GET, "settings") => Ok(settings(simulator)),
        (&Method::POST, "settings") => set_settings(simulator, &read(body)?),
        (&Method::POST, "replicate") => {
            let now = simulator.now();
            Ok(json!({ "replicas": simulator.with(|service| service.replicate(now)) }))
        }
        (&Method::POST, "expire") => expire(simulator, &read(body)?),
        (&Method::POST, "notifications") => suspend(simulator, &read(body)?),
        _ => Err(Refusal::not_found(format!("no such control: {} /sim/{path}", head.method))),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Refusal::bad_request(error.to_string()))
}

fn account(credentials: &Credentials) -> Value {
    json!({
        "accountId": credentials.key_id,
        "applicationKeyId": credentials.key_id,
        "applicationKey": credentials.key.expose(),
    })
}

fn clock(simulator: &Simulator) -> Value {
    let now = simulator.now();
    json!({ "now": now, "date": now.to_http_date() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewTime {
    /// Milliseconds since 1970.
    now: Option<Timestamp>,
    advance_seconds: Option<f64>,
}

fn set_clock(simulator: &Simulator, time: &NewTime) -> Answer {
    match (time.now, time.advance_seconds) {
        (Some(now), None) => simulator.set_time(now),
        (None, Some(seconds)) => {
            let by = Duration::try_from_secs_f64(seconds);
            simulator.advance(by.map_err(|error| Refusal::bad_request(error.to_string()))?);
        }
        _ => return Err(Refusal::bad_request("give now or advanceSeconds")),
    }
    Ok(clock(simulator))
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct NewFaults {
    seed: Option<u64>,
    rates: Rates,
    next: Vec<NextFault>,
}

impl Default for NewFaults {
    fn default() -> Self {
        Self { seed: None, rates: Rates::heavy(), next: Vec::new() }
    }
}

/// A fault of the next requests.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NextFault {
    operation: String,
    fault: FaultName,
    #[serde(default = "one")]
    times: u32,
    /// Seconds.
    retry_after: Option<u16>,
    /// The share of the body after which the fault happens, in thousandths.
    #[serde(default = "half")]
    share: u16,
    #[serde(default)]
    delay_seconds: f64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum FaultName {
    TooManyRequests,
    Unavailable,
    RequestTimeout,
    BadGateway,
    NotB2,
    OtherFile,
    ExpiredToken,
    CutBefore,
    CutDuring,
    CutAfter,
    TruncatedCleanly,
    TruncatedBroken,
    Corrupted,
    Slow,
    NeverAnswers,
    Reworded,
}

fn one() -> u32 {
    1
}

fn half() -> u16 {
    500
}

impl NextFault {
    fn fault(&self) -> Result<Fault, Refusal> {
        let retry_after = self.retry_after.map_or(RetryAfter::Absent, RetryAfter::Seconds);
        Ok(match self.fault {
            FaultName::TooManyRequests => Fault::TooManyRequests(retry_after),
            FaultName::Unavailable => Fault::Unavailable(retry_after),
            FaultName::RequestTimeout => Fault::RequestTimeout,
            FaultName::BadGateway => Fault::BadGateway,
            FaultName::NotB2 => Fault::NotB2,
            FaultName::OtherFile => Fault::OtherFile,
            FaultName::ExpiredToken => Fault::ExpiredToken,
            FaultName::CutBefore => Fault::CutBefore,
            FaultName::CutDuring => Fault::CutDuring(self.share),
            FaultName::CutAfter => Fault::CutAfter,
            FaultName::TruncatedCleanly => Fault::TruncatedCleanly(self.share),
            FaultName::TruncatedBroken => Fault::TruncatedBroken(self.share),
            FaultName::Corrupted => Fault::Corrupted(self.share),
            FaultName::NeverAnswers => Fault::NeverAnswers { acts: false },
            FaultName::Reworded => Fault::Reworded,
            FaultName::Slow => {
                let delay = Duration::try_from_secs_f64(self.delay_seconds);
                Fault::Slow(delay.map_err(|error| Refusal::bad_request(error.to_string()))?)
            }
        })
    }
}

fn set_faults(simulator: &Simulator, faults: &NewFaults) -> Answer {
    let next: Vec<_> = faults.next.iter().map(NextFault::fault).collect::<Result<_, _>>()?;
    if let Some(seed) = faults.seed {
        simulator.set_faults(Some((seed, faults.rates)));
    }
    for (next, fault) in faults.next.iter().zip(next) {
        simulator.fail_next(&next.operation, fault, next.times);
    }
    Ok(json!({}))
}

fn requests(simulator: &Simulator, head: &Parts) -> Answer {
    let query = Params::from_query(head.uri.query().unwrap_or_default());
    let operation = query.optional_text("operation")?;
    simulator.with(|service| {
        let fits = |entry: &&LogEntry| operation.is_none_or(|it| it == entry.operation);
        let requests: Vec<_> = service.log().filter(fits).collect();
        Ok(json!({ "requests": requests, "violations": service.violations() }))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewSettings {
    caps: Option<Caps>,
    #[serde(default, deserialize_with = "given")]
    requests_per_second: Option<Option<NonZeroU32>>,
    replicate: Option<bool>,
    replication_delay_seconds: Option<f64>,
    short_pages: Option<bool>,
}

/// Distinguishes null from a missing field.
fn given<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<NonZeroU32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn set_settings(simulator: &Simulator, new: &NewSettings) -> Answer {
    let delay = new.replication_delay_seconds.map(Duration::try_from_secs_f64).transpose();
    let delay = delay.map_err(|error| Refusal::bad_request(error.to_string()))?;
    simulator.with(|service| {
        let config = service.config_mut();
        config.caps = new.caps.unwrap_or(config.caps);
        config.requests_per_second = new.requests_per_second.unwrap_or(config.requests_per_second);
        config.replicate = new.replicate.unwrap_or(config.replicate);
        config.replication_delay = delay.unwrap_or(config.replication_delay);
        if let Some(short) = new.short_pages {
            config.pages = if short { Pages::Short } else { Pages::Full };
        }
    });
    Ok(settings(simulator))
}

fn settings(simulator: &Simulator) -> Value {
    simulator.with(|service| {
        let config = service.config();
        json!({
            "caps": config.caps,
            "requestsPerSecond": config.requests_per_second,
            "replicate": config.replicate,
            "replicationDelaySeconds": config.replication_delay.as_secs_f64(),
            "shortPages": config.pages == Pages::Short,
        })
    })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Expired {
    account_tokens: bool,
    upload_urls: bool,
    download_authorizations: bool,
}

fn expire(simulator: &Simulator, expired: &Expired) -> Answer {
    simulator.with(|service| {
        if expired.account_tokens {
            service.expire_account_tokens();
        }
        if expired.upload_urls {
            service.expire_upload_urls();
        }
        if expired.download_authorizations {
            service.expire_download_authorizations();
        }
    });
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Suspended {
    bucket_name: String,
    rule_name: String,
    /// `None` to resume.
    suspension_reason: Option<String>,
}

fn suspend(simulator: &Simulator, rule: &Suspended) -> Answer {
    let reason = rule.suspension_reason.as_deref();
    let found = simulator.with(|service| {
        service.suspend_notification_rule(&rule.bucket_name, &rule.rule_name, reason)
    });
    if !found {
        return Err(Refusal::not_found("there is no such bucket or rule"));
    }
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_of_this_machine_are_answered() {
        let request = http::Request::new(());
        let (head, ()) = request.into_parts();
        for (peer, expected) in [
            ("127.0.0.1:1", true),
            ("127.8.9.10:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("192.168.1.2:1", false),
            ("[::ffff:192.168.1.2]:1", false),
            ("[2001:db8::1]:1", false),
        ] {
            assert_eq!(check(peer.parse().unwrap(), &head).is_ok(), expected, "{peer}");
        }
    }
}
