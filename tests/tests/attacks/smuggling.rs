//! Request smuggling: requests whose end two servers may parse differently.

use crate::suite::Suite;

/// The hidden request. It has no valid token; the attack succeeds if it gets a response.
const HIDDEN: &str = "POST /b2api/v4/b2_cancel_large_file HTTP/1.1\r\nhost: a\r\nauthorization: none\r\ncontent-length: 2\r\n\r\n{}";

pub(crate) fn smuggling(suite: &mut Suite) {
    let request = suite.base("b2_list_parts");
    let body = String::from_utf8(request.body).expect("it is text");
    let (length, token) = (body.len(), suite.token("ada").to_owned());
    let hex = format!("{length:x}");
    let chunks = format!("{hex}\r\n{body}\r\n0\r\n\r\n");
    let head = |fields: &str| {
        format!(
            "POST /b2api/v4/b2_list_parts HTTP/1.1\r\nhost: a\r\nauthorization: {token}\r\n{fields}\r\n"
        )
    };
    let sized = format!("content-length: {length}\r\n");
    let chunked = "transfer-encoding: chunked\r\n";
    let mut alone: Vec<(String, String)> = Vec::new();
    let whole = chunks.len();
    let both = [
        ("a length, then chunks", format!("{sized}{chunked}")),
        ("chunks, then a length", format!("{chunked}{sized}")),
        ("a length of nothing, then chunks", format!("content-length: 0\r\n{chunked}")),
        ("chunks, then a length of nothing", format!("{chunked}content-length: 0\r\n")),
        ("a length of all, then chunks", format!("content-length: {whole}\r\n{chunked}")),
        ("chunks, then a length of all", format!("{chunked}content-length: {whole}\r\n")),
        ("chunks twice", format!("{chunked}{chunked}")),
        ("chunks in chunks", "transfer-encoding: chunked, chunked\r\n".to_owned()),
        ("identity, then chunks", format!("transfer-encoding: identity\r\n{chunked}")),
        ("chunks, then identity", format!("{chunked}transfer-encoding: identity\r\n")),
        ("gzip, then chunks", "transfer-encoding: gzip, chunked\r\n".to_owned()),
        ("chunks in capitals and a length", format!("TRANSFER-ENCODING: CHUNKED\r\n{sized}")),
        ("chunks behind a tab", format!("transfer-encoding:\tchunked\r\n{sized}")),
        ("chunks before a space", format!("transfer-encoding : chunked\r\n{sized}")),
        ("chunks on another line", format!("transfer-encoding:\r\n chunked\r\n{sized}")),
        ("chunks behind an odd space", format!("transfer-encoding: \u{b}chunked\r\n{sized}")),
        ("chunks in quotes", format!("transfer-encoding: \"chunked\"\r\n{sized}")),
        ("chunks with a parameter", format!("transfer-encoding: chunked;a=b\r\n{sized}")),
        ("chunks behind a line feed", format!("x: y\ntransfer-encoding: chunked\r\n{sized}")),
        ("chunks behind a return", format!("x: y\rtransfer-encoding: chunked\r\n{sized}")),
        ("an empty encoding", format!("transfer-encoding:\r\n{sized}")),
        ("a comma", format!("transfer-encoding: ,chunked\r\n{sized}")),
    ];
    for (what, fields) in both {
        alone.push((what.to_owned(), format!("{}{chunks}{HIDDEN}", head(&fields))));
        // Some servers ignore the chunks.
        alone.push((
            format!("{what}, and no chunk"),
            format!("{}0\r\n\r\n{HIDDEN}{HIDDEN}", head(&fields)),
        ));
    }
    let sizes = [
        ("a zero before", format!("0{hex}")),
        ("a sign", format!("+{hex}")),
        ("0x", format!("0x{hex}")),
        ("a space before", format!(" {hex}")),
        ("a space behind", format!("{hex} ")),
        ("a tab behind", format!("{hex}\t")),
        ("an extension", format!("{hex};a=b")),
        ("an extension in quotes", format!("{hex};a=\"b\\\"c\"")),
        ("an extension with a line feed", format!("{hex};a\nb")),
        ("an extension with a return", format!("{hex};a\rb")),
        ("an extension with a zero", format!("{hex};a\0b")),
        ("a comma", format!("{hex},0")),
        ("an underscore", format!("0_{hex}")),
        ("a number that comes round", format!("1{hex:0>16}")),
        ("digits of another script", "\u{665}".to_owned()),
    ];
    for (what, size) in sizes {
        let rest = format!("{size}\r\n{body}\r\n0\r\n\r\n{HIDDEN}");
        alone.push((format!("a chunk with {what}"), format!("{}{rest}", head(chunked))));
    }
    for (what, rest) in [
        ("line feeds", format!("{hex}\n{body}\n0\n\n")),
        ("returns", format!("{hex}\r{body}\r0\r\r")),
        ("nothing behind a chunk", format!("{hex}\r\n{body}0\r\n\r\n")),
        ("something behind a chunk", format!("{hex}\r\n{body}xx0\r\n\r\n")),
        ("a trailer", format!("{hex}\r\n{body}\r\n0\r\ncontent-length: 500\r\n\r\n")),
        ("a trailer that is none", format!("{hex}\r\n{body}\r\n0\r\nx\r\n\r\n")),
    ] {
        alone.push((format!("chunks with {what}"), format!("{}{rest}{HIDDEN}", head(chunked))));
    }
    // A token must not be in a trailer.
    let trailing = "POST /b2api/v4/b2_list_parts HTTP/1.1\r\nhost: a\r\ntrailer: authorization\r\n";
    let trailing =
        format!("{trailing}{chunked}\r\n{hex}\r\n{body}\r\n0\r\nauthorization: {token}\r\n\r\n");
    // Upgrades to another protocol.
    let refused = "POST /b2api/v4/b2_list_parts HTTP/1.1\r\nhost: a\r\nauthorization: none\r\n";
    let upgrades = [
        "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n",
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n",
        "connection: upgrade\r\nupgrade: TLS/1.0\r\n",
        "connection: authorization, content-length\r\n",
        "connection: x-bz-file-name\r\n",
        "te: trailers\r\nconnection: te\r\n",
    ];
    suite.class("requests within requests", |suite| {
        for (what, text) in &alone {
            // Characters above 127 are sent as one byte each.
            let bytes: Vec<u8> = text
                .chars()
                .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(0xff))
                .collect();
            suite.alone(what, &bytes);
        }
        suite.refused_bytes("a token behind the body", trailing.as_bytes(), crate::wire::End::Shut);
        for fields in upgrades {
            let text = format!(
                "{refused}{fields}content-length: 0\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            );
            suite.refused_bytes(fields, text.as_bytes(), crate::wire::End::Shut);
        }
    });
}
