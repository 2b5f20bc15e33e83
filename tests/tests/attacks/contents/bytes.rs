//! Contents with another size or SHA-1 than announced.

use serde_json::json;

use crate::site::MAX_BYTES;
use crate::suite::{RELAY, Suite};
use crate::wire::Request;

/// Contents with another SHA-1 or size than announced, or larger than the grant permits.
pub(crate) fn bytes(suite: &mut Suite) {
    let right = b2_proto::hash::Sha1Digest::of(b"small").to_hex();
    let sha1s = [
        "",
        "0",
        "null",
        "unverified",
        "unverified:",
        "none",
        "hex_digits_at_end",
        "DO_NOT_VERIFY",
        "md5",
        "0000000000000000000000000000000000000000",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "zz39a3ee5e6b4b0d3255bfef95601890afd80709",
    ];
    suite.class("SHA-1s and sizes", |suite| {
        for sha1 in sha1s.map(str::to_owned).into_iter().chain([
            right[..39].to_owned(),
            format!("{right}0"),
            format!("unverified:{right}"),
            format!("{right},{right}"),
        ]) {
            let small = suite.base(RELAY).with("x-bz-content-sha1", &*sha1);
            suite.refused(format!("a small file of SHA-1 {sha1:?}"), &small);
        }
        let none = suite.base(RELAY).without("x-bz-content-sha1");
        suite.refused("a small file without a SHA-1", &none);
        for extra in [1, 100, 100_000, 20_000_000] {
            let length = usize::try_from(MAX_BYTES).expect("it is small") + extra;
            for sha1 in ["do_not_verify", "hex_digits_at_end"] {
                let large =
                    suite.base(RELAY).body(vec![b'0'; length]).with("x-bz-content-sha1", sha1);
                let declared = large.clone().body("0").with("content-length", length.to_string());
                if extra < 10_000 {
                    // Hosts may end the connection instead of receiving all of it.
                    suite.harmless(format!("{length} bytes, {sha1}"), &large, |answer| {
                        answer.status() == 400
                    });
                }
                if extra > 1_000 {
                    let answer = declared.send_and_shut(suite.site.host);
                    let refused = (400..500).contains(&answer.status());
                    suite.seen(refused, format!("{length} bytes, declared, {sha1}: {answer:?}"));
                }
            }
        }
        let right = suite.sha1s.clone();
        let swapped = vec![right[1].clone(), right[0].clone()];
        let twice = vec![right[0].clone(), right[0].clone()];
        let more = [right.clone(), vec![right[0].clone()]].concat();
        let wrong = vec!["0".repeat(40), "0".repeat(40)];
        let short = vec![right[0][..39].to_owned(), right[1].clone()];
        let arrays = [
            json!(null),
            json!([]),
            json!(""),
            json!({}),
            json!([null, null]),
            json!([1, 2]),
            json!([[], []]),
            json!(right.join(",")),
            json!([right[0]]),
            json!(swapped),
            json!(twice),
            json!(more),
            json!(wrong),
            json!(short),
            json!(["do_not_verify", "do_not_verify"]),
            json!(["unverified", "unverified"]),
            json!(["", ""]),
        ];
        for array in arrays {
            let mut body = suite.body("b2_finish_large_file");
            body["partSha1Array"] = array.clone();
            let request = Request::call("b2_finish_large_file", suite.token("ada"), &body);
            suite.refused(format!("a finish with {array}"), &request);
        }
    });
}
