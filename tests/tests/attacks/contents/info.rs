//! Invalid file info, and declared sizes.

use serde_json::{Value, json};

use super::{encoded, start};
use crate::suite::{RELAY, Suite};

pub(crate) fn info(suite: &mut Suite) {
    let long = "x".repeat(7_001);
    let mut infos = vec![json!(1), json!("a"), json!([]), json!([["a", "b"]]), json!(true)];
    let many = |count: usize| (0..count).map(|number| (format!("k{number}"), json!("v"))).collect();
    for map in [many(2_000), many(5_000)] {
        infos.push(Value::Object(map));
    }
    for key in [
        "",
        " ",
        "a b",
        "a:b",
        "a/b",
        "a\r\nb",
        "a\0",
        "\u{e4}",
        "a,b",
        "a;b",
        "a=b",
        "a\"b",
        "(a)",
        "b2-content-disposition",
        "B2-Content-Disposition",
        "b2-content-type",
        "b2-content-encoding",
        "b2-content-language",
        "b2-cache-control",
        "b2-expires",
        "b2-anything",
        "B2-",
        "b2-cache-control ",
        "\u{212a}ey",
    ] {
        infos.push(json!({ key: "value" }));
    }
    infos.push(json!({ "x".repeat(51): "value" }));
    infos.push(json!({ "long": long }));
    infos.push(json!({ "a": "x".repeat(3_600), "b": "y".repeat(3_600) }));
    for value in [json!(1), json!(null), json!([]), json!({}), json!(true)] {
        infos.push(json!({ "key": value }));
    }
    infos.push(json!({ "key": "1", "KEY": "2" }));
    for size in [
        "5001",
        "-1",
        "",
        " ",
        "x",
        "1e3",
        "0x10",
        "1.0",
        "99999999999999999999",
        "+5",
        "5000 ",
        "\u{0665}",
    ] {
        infos.push(json!({ "gateway-size": size }));
    }
    suite.class("file info and declared sizes", |suite| {
        for info in &infos {
            let shown: String = info.to_string().chars().take(100).collect();
            let large = start(suite, "fileInfo", info.clone());
            suite.refused(format!("a large file with {shown}"), &large);
            let fields = info.as_object().into_iter().flatten();
            let Some(fields) =
                fields.map(|(key, value)| Some((key, value.as_str()?))).collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            // What is a name of a header, with a value as text.
            let is_name = |key: &str| {
                !key.is_empty()
                    && key.bytes().all(|byte| {
                        byte.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&byte)
                    })
            };
            if fields.is_empty() || !fields.iter().all(|(key, _)| is_name(key)) {
                continue;
            }
            let mut small = suite.base(RELAY);
            for (key, value) in fields {
                small.headers.push((format!("x-bz-info-{key}"), encoded(value)));
            }
            suite.refused(format!("a small file with {shown}"), &small);
        }
        let other = suite.base(RELAY).with("x-bz-info-gateway-size", "4");
        suite.refused("a small file that was declared as another size", &other);
        let raw = suite.base(RELAY).with("x-bz-info-color", "r\u{f6}t");
        suite.refused("a small file with info that is not coded", &raw);
    });
}
