//! Grants that do not pass the check are refused.

use b2_proto::gateway::Uploads;
use serde_json::json;

use crate::site::Site;

/// Texts of missing values in JavaScript and other languages.
const MISSING_VALUES: [&str; 9] =
    ["", " ", "\u{a0}", "\u{200b}", "undefined", "null", "NaN", "[object Object]", "None"];

#[test]
fn grants_for_missing_visitors_are_refused() {
    let mut site = Site::new();
    let mut refused = 0;
    for missing in MISSING_VALUES {
        for (owner, prefix) in [
            (missing, "u/42/".to_owned()),
            ("42", format!("u/{missing}/")),
            ("42", format!("{missing}/")),
            (missing, format!("u/{missing}/")),
        ] {
            let grant = site.grant_for(owner, &prefix);
            for grant in [grant.clone(), grant.any_prefix()] {
                site.realm.grants.insert("42".to_owned(), grant);
                let said = site.authorize("42");
                assert_eq!(
                    (said.0, said.1.as_str()),
                    (401, "unauthorized"),
                    "{owner:?} {prefix:?}"
                );
                refused += 1;
                // The reason is reported to the application only.
                assert_eq!(site.realm.failed.len(), refused);
                assert!(!said.2.to_string().contains("owner"), "{}", said.2);
            }
        }
    }
    assert!(site.realm.failed.iter().all(|error| error.to_string().contains("grant")));
}

#[test]
fn an_open_prefix_must_be_requested() {
    let mut site = Site::new();
    for prefix in ["", "u/4", "u"] {
        let grant = site.grant_for("42", prefix);
        site.realm.grants.insert("42".to_owned(), grant.clone());
        assert_eq!(site.authorize("42").0, 401, "{prefix:?}");
        let token = site.enter("42", grant.any_prefix());
        let body = json!({ "bucketId": site.bucket_id.clone(), "prefix": prefix });
        assert_eq!(site.call(&token, "b2_list_file_names", &body).0, 200, "{prefix:?}");
    }
}

#[test]
fn grants_with_invalid_content_types_are_refused() {
    let mut site = Site::new();
    for pattern in ["image", "*", "im*", "image/png, text/html", "image/png;x", ""] {
        let grant = site.grant("42").uploads(Uploads::new(9, [pattern]));
        site.realm.grants.insert("42".to_owned(), grant);
        assert_eq!(site.authorize("42").0, 401, "{pattern:?}");
    }
}
