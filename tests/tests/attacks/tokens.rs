//! Tokens and credentials that are invalid, of another gateway, changed or expired.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::site::session;
use crate::suite::{CALLS, RELAY, Suite};
use crate::wire::Request;

/// Texts that are sent instead of a token.
fn forgeries(suite: &Suite, other: &Suite) -> Vec<(String, String)> {
    let token = suite.token("ada");
    let (head, tag) = token.rsplit_once('.').expect("it is a token");
    let claims = |token: &str| token.split('.').nth(1).expect("it is a token").to_owned();
    let bob = suite.token("bob");
    let master = suite.site.simulator.credentials();
    let mut forged = vec![
        ("nothing", String::new()),
        ("null", "null".to_owned()),
        ("undefined", "undefined".to_owned()),
        ("a word", "token".to_owned()),
        ("the session", session("ada")),
        ("the application's key", master.key.expose().to_owned()),
        ("the master key", master.basic()),
        ("another gateway's token", other.token("ada").to_owned()),
        ("another gateway's upload token", other.relay.1.clone()),
        ("a token that is over", suite.token("brief").to_owned()),
        ("an unfinished file", suite.unfinished.clone()),
        ("a stored file", suite.stored.clone()),
        ("no tag", head.to_owned()),
        ("an empty tag", format!("{head}.")),
        ("half a tag", format!("{head}.{}", &tag[..tag.len() / 2])),
        ("another's tag", format!("{head}.{}", bob.rsplit('.').next().expect("it is a token"))),
        ("another's claims", format!("1.{}.{tag}", claims(bob))),
        ("no version", format!("{}.{tag}", claims(token))),
        ("another version", format!("2.{}.{tag}", claims(token))),
        ("a part more", format!("{token}.{tag}")),
        ("a letter more", format!("{token}A")),
        ("a letter less", token[..token.len() - 1].to_owned()),
        ("Bearer", format!("Bearer {token}")),
        ("Basic", format!("Basic {token}")),
        ("quoted", format!("\"{token}\"")),
        ("twice", format!("{token}, {token}")),
        ("twice, with a space", format!("{token} {token}")),
        ("in capitals", token.to_uppercase()),
        (
            "a JSON Web Token without an algorithm",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.".to_owned(),
        ),
        ("very long", format!("{token}{}", "A".repeat(20_000))),
        ("padded", format!("{token}==")),
        ("in bytes that are no text", "\u{ff}\u{fe}".to_owned()),
    ]
    .into_iter()
    .map(|(what, text)| (what.to_owned(), text))
    .collect::<Vec<_>>();
    // One changed character.
    for at in (0..token.len()).step_by(token.len() / 12) {
        let other = if token.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        let text = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        forged.push((format!("the letter {at} is another"), text));
    }
    forged
}

pub(crate) fn tokens(suite: &mut Suite, other: &Suite) {
    // The visitor whose grant expires after a second.
    sleep(Duration::from_millis(1_100));
    let forged = forgeries(suite, other);
    suite.class("tokens", |suite| {
        for call in CALLS.into_iter().chain([RELAY]) {
            let base = suite.base(call);
            let token = base.headers[0].1.clone();
            for (what, text) in &forged {
                suite.refused(format!("{call}: {what}"), &base.clone().with("authorization", text));
            }
            let none = base.clone().without("authorization");
            suite.refused(format!("{call}: no token"), &none);
            let path = format!("{}?authorization={token}&Authorization={token}", none.path);
            suite.refused(format!("{call}: in the query"), &none.clone().path(path));
            let cookie = none.clone().with("cookie", format!("authorization={token}"));
            suite.refused(format!("{call}: in a cookie"), &cookie);
            let proxy = none.clone().with("proxy-authorization", &*token);
            suite.refused(format!("{call}: for a proxy"), &proxy);
            let mut two = base.clone().with("authorization", "nothing");
            two.headers.push(("authorization".to_owned(), token.clone()));
            suite.refused(format!("{call}: after another one"), &two);
            // Issued for another purpose.
            let purpose = if call == RELAY { suite.token("ada") } else { &suite.relay.1 };
            let purpose = base.with("authorization", purpose);
            suite.refused(format!("{call}: for something else"), &purpose);
        }
    });
}

/// Credentials for an authorization.
pub(crate) fn credentials(suite: &mut Suite) {
    let basic = |id: &str, key: &str| b2_sim::Credentials::new(id, key).basic();
    let right = session("ada");
    let master = suite.site.simulator.credentials().clone();
    let own = suite.site.own.clone();
    let mut shown: Vec<(String, Option<String>)> = [
        "",
        " ",
        "nothing",
        "null",
        "undefined",
        "[object Object]",
        "true",
        "0",
        "*",
        "%",
        "' OR 1=1 --",
        "\0",
        "ada",
        "__proto__",
        "constructor",
        "toString",
        "hasOwnProperty",
        "the session of",
        "the session of ",
        "the session of ad",
        "the session of adam",
        "The session of ada",
        " the session of ada",
        "the session of ada ",
        "the session of ada\0",
        "the session of ada\n",
        "the session of ada:",
        ":the session of ada",
        "the session of %61da",
        "../ada",
        "\u{202e}the session of ada",
    ]
    .iter()
    .map(|key| (format!("the session {key:?}"), Some(basic("visitor", key))))
    .collect();
    let plain = basic("visitor", &right);
    let coded = plain.strip_prefix("Basic ").expect("it is basic");
    let more = [
        ("nothing", None),
        ("an empty header", Some(String::new())),
        ("no scheme", Some(coded.to_owned())),
        ("another scheme", Some(format!("Bearer {coded}"))),
        ("a scheme in capitals", Some(format!("BASIC {coded}"))),
        ("the session in the clear", Some(format!("Basic visitor:{right}"))),
        ("the session alone", Some(right.clone())),
        ("no colon", Some("Basic dmlzaXRvcnRoZSBzZXNzaW9uIG9mIGFkYQ==".to_owned())),
        ("coded twice", Some(format!("Basic {coded}{coded}"))),
        ("cut", Some(plain[..plain.len() - 5].to_owned())),
        ("session and id exchanged", Some(basic(&right, "visitor"))),
        ("the master key", Some(master.basic())),
        (
            "the application's key",
            Some(basic(own.application_key_id.as_str(), own.application_key.expose())),
        ),
        ("a token", Some(suite.token("ada").to_owned())),
        ("a token as the session", Some(basic("visitor", suite.token("ada")))),
        ("an upload token", Some(suite.relay.1.clone())),
        ("very long", Some(basic("visitor", &"x".repeat(20_000)))),
    ];
    shown.extend(more.map(|(what, shown)| (what.to_owned(), shown)));
    suite.class("credentials", |suite| {
        for (what, shown) in &shown {
            for method in ["GET", "POST", "PUT"] {
                let mut request = Request::new(method, "/b2api/v4/b2_authorize_account");
                if let Some(shown) = shown {
                    request = request.with("authorization", shown);
                }
                suite.refused(format!("{method}: {what}"), &request);
            }
        }
        // If the check of the application fails, access is denied without the reason.
        for broken in ["throws", "panics"] {
            let request = Request::new("GET", "/b2api/v4/b2_authorize_account")
                .with("authorization", basic("visitor", broken));
            suite.harmless(broken, &request, |answer| {
                answer.json()["code"] == "internal_error" && [500, 401].contains(&answer.status())
                    || answer.status() == 401
            });
        }
    });
}

/// B2 serves downloads, and does not accept tokens of the gateway.
pub(crate) fn at_b2(suite: &mut Suite) {
    let b2 = suite.site.simulator.address();
    let tokens = [suite.token("ada").to_owned(), suite.relay.1.clone()];
    suite.class("the gateway's tokens at B2", |suite| {
        let bucket = suite.site.bucket_id.clone();
        for token in &tokens {
            let file =
                Request::new("GET", format!("/file/{}/u/ada/stored.png", crate::site::BUCKET));
            let mut requests = vec![file.with("authorization", token)];
            for call in
                CALLS.into_iter().chain(["b2_list_buckets", "b2_list_keys", "b2_create_key"])
            {
                requests.push(Request::call(call, token, &json!({ "bucketId": bucket })));
            }
            for request in requests {
                let status = request.send(b2).status();
                suite.seen(status == 401, format!("{}: {status}", request.path));
            }
        }
    });
}
