//! File names that the grant does not permit.

use serde_json::json;

use super::{encoded, start};
use crate::suite::{RELAY, Suite};

pub(crate) fn names(suite: &mut Suite) {
    let mut names: Vec<String> = [
        "",
        "a",
        "/",
        "u",
        "u/",
        "u/a",
        "u/ada",
        "u/adam/a",
        "u/ad/a",
        "u/bob/a",
        "U/ada/a",
        "u/ADA/a",
        "/u/ada/a",
        "//u/ada/a",
        " u/ada/a",
        "u//ada/a",
        "u\\ada\\a",
        "u/ada/",
        "u/ada//a",
        "u/ada/a//b",
        "u/ada/a/",
        "u/ada/..",
        "u/ada/.",
        "u/ada/../bob/a",
        "u/ada/./a",
        "u/ada/a/..",
        "u/ada/a/.",
        "u/ada/a/../../bob/b",
        "u/ada/../../a",
        "u/ada/...//",
        "u/ada/\0",
        "u/ada/a\0.png",
        "u/ada/a\nb",
        "u/ada/a\rb",
        "u/ada/a\tb",
        "u/ada/\u{7f}",
        "u/ada/\u{1}",
        "u/ada/\u{1f}",
        "u/ada/a\\b",
        "u/ada/..\\..\\bob",
        "u/ad\u{e1}/a",
        "\u{ff55}/ada/a",
        "u\u{2215}ada/a",
        "u%2Fada%2Fa",
        "%75/ada/a",
        "u/ad%61/a",
        "..",
        ".",
        "../u/ada/a",
        "./u/ada/a",
        "file:///u/ada/a",
        "b2://visitors-files/u/ada/a",
        "visitors-files/u/ada/a",
        "\u{feff}u/ada/a",
        "\u{202e}u/ada/a",
        "u/ada\0/a",
        "u/ada\n/a",
        "null",
        "undefined",
        "~/a",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push(format!("u/ada/{}", "x".repeat(1_025)));
    names.push(format!("u/ada/{}", "x/".repeat(600)));
    names.push(format!("u/ada/{}", "\u{e4}".repeat(600)));
    names.push(format!("u/ada/{}/a", "x".repeat(251)));
    suite.class("names", |suite| {
        for name in &names {
            let large = start(suite, "fileName", json!(name));
            suite.refused(format!("a large file {name:?}"), &large);
            let small = suite.base(RELAY).with("x-bz-file-name", encoded(name));
            suite.refused(format!("a small file {name:?}"), &small);
        }
        // In the header as it is, coded twice, and not as text.
        for name in [
            "u/bob/a",
            "u/ada/../bob/a",
            "%2575/ada/a",
            "u%252Fada%252Fa",
            "u/ada/%00",
            "u/ada/%FF%FE",
            "%C3%28",
            "u/ada/%2e%2e/b",
        ] {
            let small = suite.base(RELAY).with("x-bz-file-name", name);
            suite.refused(format!("a small file {name}"), &small);
        }
        let none = suite.base(RELAY).without("x-bz-file-name");
        suite.refused("a small file without a name", &none);
        let mut two = suite.base(RELAY);
        two.headers.insert(0, ("x-bz-file-name".to_owned(), "u/bob/a".to_owned()));
        suite.refused("a small file of two names", &two);
    });
}
