//! Invalid HTTP, oversized heads, and hidden requests.

use crate::suite::Suite;
use crate::wire::{End, exchange};

/// A request without a token that is hidden in or after another one.
const FORGED: &str = "POST /b2api/v4/b2_cancel_large_file HTTP/1.1\r\nhost: a\r\nauthorization: none\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

pub(crate) fn malformed(suite: &mut Suite) {
    let call = suite.base("b2_cancel_large_file");
    let body = String::from_utf8(call.body.clone()).expect("it is text");
    let length = body.len();
    let token = suite.token("ada").to_owned();
    let line = "POST /b2api/v4/b2_cancel_large_file HTTP/1.1\r\n";
    let host = format!("host: {}\r\n", suite.site.host);
    let auth = format!("authorization: {token}\r\n");
    let sized = format!("content-length: {length}\r\n");
    let close = "connection: close\r\n";
    let hex = format!("{length:x}");
    // A head and a body.
    let with = |line: &str, fields: &str, rest: &str| format!("{line}{fields}{close}\r\n{rest}");
    let right = format!("{host}{auth}{sized}");
    let mut raw: Vec<(String, String, End)> = Vec::new();
    let mut add = |what: &str, text: String, end: End| raw.push((what.to_owned(), text, end));

    for (what, first) in [
        ("no line", "\r\n"),
        ("no version", "POST /b2api/v4/b2_cancel_large_file\r\n"),
        ("HTTP/0.9", "POST /b2api/v4/b2_cancel_large_file HTTP/0.9\r\n"),
        ("HTTP/1.2", "POST /b2api/v4/b2_cancel_large_file HTTP/1.2\r\n"),
        ("HTTP/2.0", "POST /b2api/v4/b2_cancel_large_file HTTP/2.0\r\n"),
        ("HTTP/11", "POST /b2api/v4/b2_cancel_large_file HTTP/11\r\n"),
        ("http/1.1", "POST /b2api/v4/b2_cancel_large_file http/1.1\r\n"),
        ("a space in the path", "POST /b2api/v4/b2_cancel large_file HTTP/1.1\r\n"),
        ("a tab in the path", "POST /b2api/v4/b2_cancel\tlarge_file HTTP/1.1\r\n"),
        ("a zero in the path", "POST /b2api/v4/b2_cancel_large_file\0 HTTP/1.1\r\n"),
        ("no slash", "POST b2api/v4/b2_cancel_large_file HTTP/1.1\r\n"),
        ("a star", "POST * HTTP/1.1\r\n"),
        ("a letter that is none", "P\u{d6}ST /b2api/v4/b2_cancel_large_file HTTP/1.1\r\n"),
        ("another scheme", "POST ftp://a/b2api/v4/b2_cancel_large_file HTTP/1.1\r\n"),
        ("a scheme of sockets", "POST ws://a/b2api/v4/b2_cancel_large_file HTTP/1.1\r\n"),
        ("credentials in the URL", "POST http://u:p@a/b2api/v4/b2_cancel_large_file HTTP/1.1\r\n"),
        ("a file", "POST file:///b2api/v4/b2_list_keys HTTP/1.1\r\n"),
        ("a script", "POST javascript:/b2api/v4/b2_list_keys HTTP/1.1\r\n"),
        ("TRACE", "TRACE /b2api/v4/b2_cancel_large_file HTTP/1.1\r\n"),
        ("TRACK", "TRACK /b2api/v4/b2_cancel_large_file HTTP/1.1\r\n"),
        ("TRACE of nothing", "TRACE / HTTP/1.1\r\n"),
        ("CONNECT", "CONNECT b2.example:443 HTTP/1.1\r\n"),
        ("CONNECT to itself", "CONNECT 127.0.0.1:80 HTTP/1.1\r\n"),
        ("CONNECT with a path", "CONNECT /b2api/v4/b2_cancel_large_file HTTP/1.1\r\n"),
        ("PRI", "PRI * HTTP/2.0\r\n"),
        ("a line of another answer", "HTTP/1.1 200 OK\r\n"),
    ] {
        add(what, with(first, &right, &body), End::Shut);
    }
    // Some servers accept other whitespace, so these requests have no valid token.
    let spaced = "POST  /b2api/v4/b2_cancel_large_file  HTTP/1.1\r\n";
    add(
        "two spaces",
        with(spaced, &format!("{host}authorization: none\r\n{sized}"), &body),
        End::Shut,
    );
    for (what, value) in [
        ("a space", "a b"),
        ("a visitor", "user@a"),
        ("a visitor and a password", "user:word@a"),
        ("a path", "a/b2api"),
        ("a question", "a?b"),
        ("a fragment", "a#b"),
        ("a backslash", "a\\b"),
        ("a letter for a port", "a:b"),
        ("a port that is none", "a:99999999"),
        ("half an address", "[::1"),
        ("a bracket", "a]b"),
        ("a percent sign", "a%zz"),
        ("a zero", "a%00"),
        ("an angle", "<script>"),
    ] {
        // Without a valid token, since a server need not check the host.
        let fields = format!("host: {value}\r\nauthorization: none\r\n{sized}");
        add(&format!("a host with {what}"), with(line, &fields, &body), End::Shut);
        let authorize = "GET /b2api/v4/b2_authorize_account HTTP/1.1\r\n";
        add(
            &format!("to be let in at a host with {what}"),
            with(authorize, &format!("host: {value}\r\n"), ""),
            End::Shut,
        );
    }
    for (what, fields) in [
        ("no length", format!("{host}{auth}")),
        ("a length that is none", format!("{host}{auth}content-length: x\r\n")),
        ("a length below zero", format!("{host}{auth}content-length: -{length}\r\n")),
        ("a length with a sign", format!("{host}{auth}content-length: +{length}\r\n")),
        ("a length in hex", format!("{host}{auth}content-length: 0x{hex}\r\n")),
        ("a length of two", format!("{host}{auth}content-length: {length}, {}\r\n", length + 1)),
        ("two lengths", format!("{host}{auth}{sized}content-length: {}\r\n", length + 1)),
        (
            "a length beyond all numbers",
            format!("{host}{auth}content-length: 99999999999999999999999\r\n"),
        ),
        (
            "length and chunks",
            format!("{host}{auth}{sized}transfer-encoding: identity, chunked\r\n"),
        ),
        ("an unknown encoding", format!("{host}{auth}transfer-encoding: x\r\n")),
        ("chunks, then something", format!("{host}{auth}transfer-encoding: chunked, x\r\n")),
        ("chunks that are misspelt", format!("{host}{auth}transfer-encoding: xchunked\r\n")),
        ("a space before the colon", format!("{host}authorization : {token}\r\n{sized}")),
        ("no colon", format!("{host}authorization\r\n{sized}")),
        ("an empty name", format!("{host}: {token}\r\n{sized}")),
        ("a line that goes on", format!("{host}authorization:\r\n {token}\r\n{sized}")),
        ("a zero in a value", format!("{host}authorization: {token}\0\r\n{sized}")),
        ("a name with a zero", format!("{host}author\0ization: {token}\r\n{sized}")),
        ("a name in another script", format!("{host}\u{430}uthorization: {token}\r\n{sized}")),
        ("a return alone", format!("{host}x: y\rauthorization: {token}\r\n{sized}")),
        ("a long header", format!("{host}{auth}{sized}x: {}\r\n", "x".repeat(500_000))),
        ("a long name", format!("{host}{auth}{sized}{}: x\r\n", "x".repeat(500_000))),
        ("many headers", format!("{host}{auth}{sized}{}", "x: y\r\n".repeat(20_000))),
    ] {
        add(what, with(line, &fields, &body), End::Shut);
    }
    let chunked = format!("{host}{auth}transfer-encoding: chunked\r\n");
    for (what, rest) in [
        ("a chunk that is no number", format!("x\r\n{body}\r\n0\r\n\r\n")),
        ("a chunk below zero", format!("-1\r\n{body}\r\n0\r\n\r\n")),
        ("a chunk that is too long", format!("{hex}0\r\n{body}\r\n0\r\n\r\n")),
        ("a chunk that is too short", format!("1\r\n{body}\r\n0\r\n\r\n")),
        ("a chunk beyond all numbers", format!("{}\r\n{body}\r\n0\r\n\r\n", "f".repeat(40))),
        ("a long extension", format!("{hex};{}\r\n{body}\r\n0\r\n\r\n", "x".repeat(500_000))),
        ("no last chunk", format!("{hex}\r\n{body}\r\n")),
        ("half a chunk", format!("{hex}\r\n{}", &body[..10])),
        ("nothing", String::new()),
    ] {
        add(what, with(line, &chunked, &rest), End::Shut);
    }
    add(
        "a long path",
        with(&format!("POST /{} HTTP/1.1\r\n", "x".repeat(500_000)), &right, &body),
        End::Shut,
    );
    add(
        "a body that ends early",
        with(line, &format!("{host}{auth}content-length: {}\r\n", length + 10), &body),
        End::Shut,
    );
    add("half a head", format!("{line}{host}"), End::Shut);
    add("half a line", "POST /b2api".to_owned(), End::Shut);
    add("nothing at all", String::new(), End::Shut);
    add(
        "a handshake of TLS",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned(),
        End::Shut,
    );
    add("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), End::Shut);
    add("SSH", "SSH-2.0-x\r\n".to_owned(), End::Shut);
    add("letters", "x".repeat(1_000_000), End::Shut);
    add("lines", "\r\n".repeat(300_000), End::Shut);
    add("zeros", "\0".repeat(100_000), End::Shut);

    // Two requests, of which the second has no token.
    let refused = format!(
        "POST /b2api/v4/b2_list_parts HTTP/1.1\r\n{host}authorization: none\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    add("one behind another", format!("{refused}{FORGED}"), End::Open);
    add("many", format!("{}{FORGED}", refused.repeat(50)), End::Open);
    let hiding = format!(
        "POST /b2api/v4/b2_list_parts HTTP/1.1\r\n{host}authorization: none\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{FORGED}",
        FORGED.len()
    );
    add("one in the body of another", hiding, End::Open);
    let upgrade = format!(
        "POST /b2api/v4/b2_list_parts HTTP/1.1\r\n{host}authorization: none\r\nupgrade: websocket\r\nconnection: upgrade\r\ncontent-length: 0\r\n\r\n{FORGED}"
    );
    add("behind an upgrade", upgrade, End::Open);
    let expecting = format!(
        "POST /b2api/v4/b2_list_parts HTTP/1.1\r\n{host}authorization: none\r\nexpect: 100-continue\r\n{sized}{close}\r\n"
    );
    add("a client that waits for 100 Continue", expecting, End::Shut);
    let strange =
        format!("{line}{host}authorization: none\r\nexpect: 200-ok\r\n{sized}{close}\r\n{body}");
    add("an unknown expectation", strange, End::Shut);

    suite.class("invalid HTTP", |suite| {
        for (what, text, end) in &raw {
            // Characters above 127 are sent as one byte each.
            let bytes: Vec<u8> = text
                .chars()
                .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(0xff))
                .collect();
            suite.refused_bytes(what, &bytes, *end);
        }
    });
    // The host still responds.
    let answer = exchange(suite.site.host, FORGED.as_bytes(), End::Open);
    assert_eq!(answer.status(), 401, "{answer:?}");
}
