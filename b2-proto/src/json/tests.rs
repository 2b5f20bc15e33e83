//! The reader and the writer against `serde_json`.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i16>().prop_map(|eighths| Value::from(f32::from(eighths) / 8.0)),
        any::<String>().prop_map(Value::from),
        "[\\x00-\\x20\"\\\\/\u{7f}é\u{1f600}]*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,3}", inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn parsed(text: &str) -> Option<Value> {
    Json::parse(text.as_bytes()).ok().map(Value::from)
}

fn expected(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

#[test]
fn numbers_are_exact() {
    for (text, number) in [
        ("0", Json::Number(0)),
        ("9007199254740993", Json::Number(9_007_199_254_740_993)),
        ("18446744073709551615", Json::Number(u64::MAX)),
        ("18446744073709551616", Json::OtherNumber("18446744073709551616".into())),
        ("-1", Json::OtherNumber("-1".into())),
        ("1.50", Json::OtherNumber("1.50".into())),
        ("1E+2", Json::OtherNumber("1E+2".into())),
    ] {
        assert_eq!(Json::parse(text.as_bytes()), Ok(number.clone()));
        assert_eq!(number.to_text().unwrap(), text);
    }
}

#[test]
fn what_is_no_json_is_refused() {
    let deep = "[".repeat(1_000_000);
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "tru",
        "[1,]",
        "[1 2]",
        "[,]",
        "{",
        "{\"a\"}",
        "{\"a\":1,}",
        "{1:2}",
        "{\"a\" 1}",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u+123\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\n\"",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "0x1",
        "NaN",
        "1 1",
        "[] []",
        "'a'",
        deep.as_str(),
    ] {
        assert_eq!(parsed(text), None, "{text:.20}");
        assert_eq!(expected(text), None, "{text:.20}");
    }
    assert!(Json::parse(b"\"\xff\"").is_err());
    let error = Json::parse(b"{\"a\": ?}").unwrap_err();
    assert_eq!(error.to_string(), "it is no JSON from byte 6 on");
}

#[test]
fn escapes() {
    let text = r#"["\"\\\/\b\f\n\r\tA\u00e9\uD83D\ude00é", ""]"#;
    assert_eq!(parsed(text), expected(text));
    assert!(parsed(text).is_some());
}

#[test]
fn errors_name_the_field() {
    let list = |text: &str| {
        let json = Json::parse(text.as_bytes()).unwrap();
        let inner = |json: &Json<'_>| json.fields()?.read::<Vec<u32>>("list");
        inner(&json).map_err(|error| error.of_field("outer").to_string())
    };
    assert_eq!(list(r#"{"list": [1, 2]}"#), Ok(vec![1, 2]));
    for (text, message) in [
        ("{}", "`outer.list` is missing"),
        ("7", "`outer` is a number, not an object"),
        (r#"{"list": null}"#, "`outer.list` is null, not a list"),
        (r#"{"list": [1, "2"]}"#, "`outer.list[1]` is text, not a whole number"),
        (r#"{"list": [-1]}"#, "`outer.list[0]` is a number out of range, not a whole number"),
        (r#"{"list": [4294967296]}"#, "`outer.list[0]` is a number, not one of 32 bits"),
    ] {
        assert_eq!(list(text), Err(message.to_owned()));
    }
}

#[test]
fn the_first_error_is_told() {
    for (text, message) in [
        (r#"[[1, 2, 3], [true, 7]]"#, "`[0]` is a list, not a list of two"),
        (r#"[[1, "a"], [true, 7], 3]"#, "`[1][0]` is true or false, not a whole number"),
        (r#"[[1, "a"], null]"#, "`[1]` is null, not a list"),
    ] {
        let error = read::<Vec<(u64, String)>>(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn what_cannot_be_said_fails_the_whole() {
    let mut object = Object::new();
    object.put("hold", Json::Unsayable("it is unknown".into()));
    let json = Json::List(vec![object.into()]);
    assert_eq!(json.to_text().unwrap_err().to_string(), "it cannot be said: it is unknown");
    assert!(serde_json::to_string(&json).is_err());
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(value in tree()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert_eq!(parsed(&text), expected(&text));
            let json: Json<'_> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Some(Value::from(json)), expected(&text));
        }
    }

    #[test]
    fn serde_json_reads_what_it_writes(value in tree()) {
        let text = value.to_string();
        let json = Json::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(expected(&json.to_text().unwrap()), expected(&text));
        prop_assert_eq!(serde_json::to_value(&json).ok(), expected(&text));
    }

    #[test]
    fn agrees_on_damaged_text(value in tree(), at: prop::sample::Index, byte in "[\\[\\]{}:,\"\\\\a-d0-9.+ -]") {
        let mut text = value.to_string();
        let mut place = at.index(text.len());
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        text.insert_str(place, &byte);
        prop_assert_eq!(parsed(&text), expected(&text));
    }

    #[test]
    fn is_total(text: Vec<u8>) {
        let _ = Json::parse(&text);
    }
}
