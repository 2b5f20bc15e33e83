//! Content types that the grant does not permit.

use serde_json::json;

use super::start;
use crate::suite::{RELAY, Suite};

pub(crate) fn types(suite: &mut Suite) {
    let mut types: Vec<String> = [
        "",
        " ",
        "text/html",
        "TEXT/HTML",
        "text/html;charset=utf-8",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "application/javascript",
        "text/javascript",
        "application/octet-stream",
        "b2/x-auto",
        "B2/X-AUTO",
        "image",
        "image/",
        "/png",
        "image/*",
        "*/*",
        "*",
        "IMAGE/*",
        "image/*;a=b",
        "image/png,text/html",
        "image/png, text/html",
        "text/html,image/png",
        "image/png;text/html",
        "image/png; a=b, text/html",
        "image/png;a=\"b\"",
        "image/png; a=\"\";b=c",
        "image/png/text/html",
        "image//png",
        "image/png\\",
        "imagex/png",
        "ximage/png",
        "images/png",
        "image /png",
        "image/ png",
        "text/plain-html",
        "text/plainx",
        "text/plain/x",
        "text/*",
        "text/pla*",
        "image/p*g?",
        "image/png;",
        "image/png;;",
        "image/png;a",
        "image/png;=b",
        "image/png;a=",
        "multipart/mixed",
        "message/rfc822",
        "null",
        "undefined",
        "image/\u{e4}",
        "\u{ff49}mage/png",
        "image/(png)",
        "image/<script>",
        "image/png@x=text/html,a",
        "image/[png]",
    ]
    .map(str::to_owned)
    .to_vec();
    types.push(format!("image/{}", "x".repeat(10_000)));
    let controls = [
        "image/png\r\nx-evil: 1",
        "image/png\ntext/html",
        "image/png\0",
        "image/png\ttext/html",
        "\timage/png",
    ];
    suite.class("content types", |suite| {
        for kind in &types {
            let large = start(suite, "contentType", json!(kind));
            suite.refused(format!("a large file of {kind:?}"), &large);
            let small = suite.base(RELAY).with("content-type", kind);
            suite.refused(format!("a small file of {kind:?}"), &small);
        }
        // What cannot be in a header.
        for kind in controls {
            let large = start(suite, "contentType", json!(kind));
            suite.refused(format!("a large file of {kind:?}"), &large);
        }
        for value in
            [json!(null), json!(1), json!([]), json!(["image/png"]), json!({}), json!(true)]
        {
            let large = start(suite, "contentType", value.clone());
            suite.refused(format!("a large file of {value}"), &large);
        }
        let none = suite.base(RELAY).without("content-type");
        suite.refused("a small file without a type", &none);
        let mut two = suite.base(RELAY);
        two.headers.insert(0, ("content-type".to_owned(), "text/html".to_owned()));
        suite.refused("a small file of two types", &two);
    });
}
