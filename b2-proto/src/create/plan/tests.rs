use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::vectors::{CASES, CONTAINED, OVERLAPPING};
use super::*;
use crate::create::MAX_FILE_SIZE;
use crate::model::EncryptionKey;

const LIMITS: PartLimits =
    PartLimits { min: 5_000_000, recommended: 100_000_000, max: 5_000_000_000 };
const SMALL: PartLimits = PartLimits { min: 5, recommended: 20, max: 50 };

fn remote(file_id: &str, offset: u64, len: u64) -> CopySource {
    let mut source = CopySource::new(file_id);
    source.offset = offset;
    source.length = Some(len);
    source
}

/// Reads intents such as `U0@0+5, C1@5+10`.
fn intents(text: &str) -> Vec<WriteIntent> {
    let intent = |text: &str| {
        let (name, range) = text.split_once('@').unwrap();
        let (offset, len) = range.split_once('+').unwrap();
        let (offset, len) = (offset.parse().unwrap(), len.parse().unwrap());
        match name.strip_prefix('U') {
            Some(number) => WriteIntent::local(SourceId(number.parse().unwrap()), 0..len),
            None => WriteIntent::remote(remote(name, 0, len)),
        }
        .at(offset)
    };
    text.split(", ").map(intent).collect()
}

fn shown_span(span: &Span) -> String {
    let Origin::Source(SourceId(number)) = span.origin else {
        panic!("a plan has no buffers");
    };
    format!("U{number}[{},+{}]", span.range.start, span.len())
}

fn shown_remote(remote: &RemoteRange) -> String {
    let RemoteRange { file_id, range, .. } = remote;
    format!("{file_id}[{},+{}]", range.start, range.end - range.start)
}

/// Writes parts as the vectors do.
fn shown(parts: &[PlannedPart]) -> String {
    let part = |part: &PlannedPart| match &part.content {
        PartContent::Copy(remote) => format!("COPY {}", shown_remote(remote)),
        PartContent::Local(spans) => match spans.as_slice() {
            [span] => format!("UP {}", shown_span(span)),
            spans => {
                let spans: Vec<_> =
                    spans.iter().map(|span| format!("L:{}", shown_span(span))).collect();
                format!("JOIN({})", spans.join(" ; "))
            }
        },
        PartContent::Mixed(pieces) => {
            let pieces: Vec<_> = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Local(span) => format!("L:{}", shown_span(span)),
                    Piece::Remote(remote) => format!("R:{}", shown_remote(remote)),
                })
                .collect();
            format!("JOIN({})", pieces.join(" ; "))
        }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn plan(text: &str, limits: &PartLimits) -> String {
    shown(Plan::new(intents(text), limits).unwrap().parts())
}

/// Plans a stream of the intents.
fn plan_stream(
    mut intents: Vec<WriteIntent>,
    limits: PartLimits,
) -> Result<Vec<PlannedPart>, Error> {
    intents.sort_by_key(|intent| intent.destination_offset);
    let mut planner = Planner::new(limits);
    let mut parts = Vec::new();
    for intent in intents {
        planner.push(intent)?;
        parts.extend(core::iter::from_fn(|| planner.next_part()));
    }
    planner.finish()?;
    parts.extend(core::iter::from_fn(|| planner.next_part()));
    Ok(parts)
}

#[test]
fn the_cases_of_b2sdk() {
    for (name, given, expected) in CASES {
        assert_eq!(plan(given, &LIMITS), *expected, "{name}: {given}");
        let streamed = plan_stream(intents(given), LIMITS).unwrap();
        assert_eq!(shown(&streamed), *expected, "{name} as a stream");
    }
}

#[test]
fn overlapping_intents() {
    for (given, expected) in OVERLAPPING.iter().chain(CONTAINED) {
        assert_eq!(plan(given, &SMALL), *expected, "{given}");
    }
}

#[test]
fn case_5_the_part_size_grows_with_the_file() {
    // b2sdk makes 6,667 parts; here, a tenth of the 10,000 is left for copies.
    let len = 10_001 * LIMITS.recommended;
    let whole = Plan::new(vec![WriteIntent::local(SourceId(0), 0..len)], &LIMITS).unwrap();
    assert_eq!((whole.parts().len(), whole.size()), (9_000, len));
    let largest = WriteIntent::local(SourceId(0), 0..MAX_FILE_SIZE);
    assert_eq!(Plan::new(vec![largest], &LIMITS).unwrap().parts().len(), 9_000);
    let copies = WriteIntent::remote(remote("C0", 0, MAX_FILE_SIZE));
    assert_eq!(Plan::new(vec![copies], &LIMITS).unwrap().parts().len(), 2_000);
}

#[test]
fn cases_25_and_26_and_other_refusals() {
    let refused = |intents: Vec<WriteIntent>| Plan::new(intents, &LIMITS).unwrap_err();
    let hole =
        "U0@0+100000000, U1@102000000+100000000, C2@1000000+100000000, C3@103000000+100000000";
    let error = refused(intents(hole));
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("101000000..102000000"), "{error}");
    assert!(refused(intents("U0@1+5")).message().contains("0..1"));
    assert_eq!(refused(Vec::new()).kind(), ErrorKind::InvalidInput);
    let unknown = vec![WriteIntent::remote(CopySource::new("C0"))];
    assert_eq!(refused(unknown).kind(), ErrorKind::InvalidInput);
    let too_large = vec![WriteIntent::local(SourceId(0), 0..1).at(u64::MAX)];
    assert_eq!(refused(too_large).kind(), ErrorKind::MaxFileSizeExceeded);
    let too_large = vec![WriteIntent::local(SourceId(0), 0..MAX_FILE_SIZE + 1)];
    assert_eq!(refused(too_large).kind(), ErrorKind::MaxFileSizeExceeded);
    // An empty file is one empty part.
    for empty in ["U0@0+0", "C0@0+0", "U0@0+0, C1@0+0"] {
        let plan = Plan::new(intents(empty), &LIMITS).unwrap();
        assert_eq!(plan.parts(), [PlannedPart { content: PartContent::Local(vec![]), len: 0 }]);
    }
}

#[test]
fn streams_are_in_order_and_have_at_most_10_000_parts() {
    let mut planner = Planner::new(SMALL);
    planner.push(WriteIntent::local(SourceId(0), 0..30)).unwrap();
    let error = planner.push(WriteIntent::local(SourceId(1), 0..30).at(0)).map(drop);
    assert_eq!(error, Ok(()), "the same offset is in order");
    planner.push(WriteIntent::local(SourceId(1), 0..30).at(10)).unwrap();
    let error = planner.push(WriteIntent::local(SourceId(1), 0..30).at(9)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    // Parts of a stream grow until there is no larger size (D26).
    let many = WriteIntent::local(SourceId(0), 0..10_000_000);
    let error = plan_stream(vec![many.clone()], SMALL).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MaxFileSizeExceeded);
    assert_eq!(Plan::new(vec![many], &SMALL).unwrap_err().kind(), ErrorKind::MaxFileSizeExceeded);
    let growing = PartLimits { max: 1_000_000, ..SMALL };
    let many = WriteIntent::local(SourceId(0), 0..10_000_000);
    let parts = plan_stream(vec![many], growing).unwrap();
    assert!(parts.len() <= 10_000 && parts.iter().map(|part| part.len).sum::<u64>() == 10_000_000);
}

/// With parts that are far too small, a plan fails at once instead of listing them all.
#[test]
fn a_plan_of_too_many_parts_fails_early() {
    let copy = WriteIntent::remote(remote("C0", 0, MAX_FILE_SIZE));
    let error = Plan::new(vec![copy.clone()], &SMALL).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MaxFileSizeExceeded);
    let error = plan_stream(vec![copy], SMALL).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MaxFileSizeExceeded);
}

#[test]
fn no_part_exceeds_the_largest_size() {
    // D25: b2sdk made one part of 5,004,999,999 bytes of this.
    let limits = PartLimits { recommended: LIMITS.max, ..LIMITS };
    for len in [5_004_999_999, 10_004_999_999] {
        let plan = Plan::new(vec![WriteIntent::local(SourceId(0), 0..len)], &limits).unwrap();
        assert!(plan.parts().iter().all(|part| part.len <= limits.max && part.len >= limits.min));
        assert_eq!(plan.size(), len);
    }
}

#[test]
fn the_cost_and_the_text_of_a_plan() {
    let plan =
        Plan::new(intents("C0@0+100000000, U1@100000000+3, C2@100000003+7"), &LIMITS).unwrap();
    let cost = PlanCost { uploaded: 10, copied: 100_000_000, downloaded: 7, calls: 5 };
    assert_eq!(plan.cost(), cost);
    assert_eq!(
        plan.to_string(),
        "1: bytes 0..100000000, copied from C0, bytes 0..100000000\n2: bytes 100000000..100000010, uploaded, 1 of 2 pieces downloaded first\n"
    );
    let single = Plan::new(intents("C0@0+9"), &LIMITS).unwrap();
    assert_eq!((single.cost().calls, single.cost().copied), (1, 9));
    assert_eq!(cost.to_string(), "10 bytes up, 100000000 bytes copied, 7 bytes down, 5 calls");
}

#[test]
fn the_id_of_a_plan_names_what_is_copied() {
    let of = |source: CopySource| {
        let local = WriteIntent::local(SourceId(0), 0..9);
        Plan::new(vec![WriteIntent::remote(source), local], &SMALL).unwrap().id().unwrap()
    };
    let id = of(remote("F", 0, 40));
    assert_eq!(id, "2-356e4dbf112f3d15b3e75cfa18b0a9dc17a19a04");
    // D3: b2sdk leaves out the offset and the key.
    assert_ne!(id, of(remote("F", 1, 40)));
    assert_ne!(id, of(remote("G", 0, 40)));
    let mut encrypted = remote("F", 0, 40);
    let key = EncryptionKey::new([1; 32]).with_id("key");
    encrypted.encryption = Some(EncryptionSetting::SseC(key));
    assert_ne!(id, of(encrypted));
    assert_eq!(Plan::new(vec![WriteIntent::local(SourceId(0), 0..90)], &SMALL).unwrap().id(), None);
    // The number of a local source is that of one run.
    let mixed = |source| {
        let local = WriteIntent::local(SourceId(source), 0..9);
        Plan::new(vec![local, WriteIntent::remote(remote("F", 0, 40))], &SMALL).unwrap().id()
    };
    assert_eq!(mixed(0), mixed(7));
}

/// The table of b2sdk's `EmergePlanner.from_account_info`, without the rows that B2 refuses.
#[test]
fn the_limits_of_the_account_and_of_the_caller() {
    const MB: u64 = 1_000_000;
    let mut account = Authorization::new("a".into(), "t".into(), "https://api", "https://f");
    account.recommended_part_size = 150 * MB;
    account.absolute_minimum_part_size = 5 * MB;
    let sizes = |min: Option<u64>, recommended: Option<u64>, max: Option<u64>| {
        let mb = |size: Option<u64>| size.map(|size| size * MB);
        PartLimits::with_sizes(&account, mb(min), mb(recommended), mb(max))
            .map(|limits| (limits.min / MB, limits.recommended / MB, limits.max / MB))
            .map_err(|error| error.kind())
    };
    assert_eq!(sizes(None, None, None), Ok((5, 150, 5_000)));
    assert_eq!(sizes(Some(100), None, None), Ok((100, 150, 5_000)));
    assert_eq!(sizes(Some(1_000), Some(1_000), None), Ok((1_000, 1_000, 5_000)));
    assert_eq!(sizes(None, None, Some(50)), Ok((5, 50, 50)));
    assert_eq!(sizes(Some(200), None, None), Ok((200, 200, 5_000)));
    assert_eq!(sizes(Some(10), None, Some(200)), Ok((10, 150, 200)));
    let refused = Err(ErrorKind::InvalidInput);
    assert_eq!(sizes(Some(6_000), None, None), refused, "B2 takes parts of 5 GB at most");
    assert_eq!(sizes(Some(1), None, None), refused, "B2 takes parts of 5 MB at least");
    assert_eq!(sizes(Some(10), Some(5), None), refused);
    assert_eq!(sizes(None, Some(50), Some(20)), refused);
    assert_eq!(sizes(Some(20), None, Some(30)), refused, "40 cannot be divided");
}

/// Any set of intents that leaves no hole: each begins where one before covers.
#[test]
fn a_range_that_ends_before_it_begins_is_refused() {
    let range = Range { start: 5, end: 4 };
    let error = Plan::new(vec![WriteIntent::local(SourceId(0), range)], &LIMITS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("5..4"), "{error}");
}

#[test]
fn small_ranges_are_joined_by_a_larger_minimum() {
    let copies = || (0..10_001).map(|_| WriteIntent::remote(remote("C", 0, 6_000_000))).collect();
    let error = Plan::new(copies(), &LIMITS).unwrap_err();
    assert!(error.to_string().contains("a larger minimum"), "{error}");
    let plan = Plan::new(copies(), &PartLimits { min: 7_000_000, ..LIMITS }).unwrap();
    // The last one takes the remainder of 6 MB, which is below the minimum.
    assert_eq!(plan.parts().len(), 600);
}

#[test]
fn a_part_of_many_small_pieces() {
    // A search of all pending pieces for each new one would take minutes here.
    let intents = (0..200_000).map(|number| WriteIntent::local(SourceId(number), 0..100));
    let plan = Plan::new(intents.collect(), &LIMITS).unwrap();
    assert_eq!(plan.parts().len(), 1);
    let PartContent::Local(spans) = &plan.parts()[0].content else { panic!("local") };
    assert_eq!(spans.len(), 200_000);
}

fn any_intents() -> impl Strategy<Value = Vec<WriteIntent>> {
    let intent = (any::<bool>(), 0_u64..=100, 0_u64..90, 0_u64..30);
    proptest::collection::vec(intent, 1..9).prop_map(|choices| {
        let (mut end, mut intents) = (0, Vec::new());
        for (number, (is_remote, place, len, offset)) in (0..).zip(choices) {
            let start = end * place / 100;
            let intent = if is_remote {
                WriteIntent::remote(remote(&format!("C{number}"), offset, len))
            } else {
                WriteIntent::local(SourceId(number), offset..offset + len)
            };
            intents.push(intent.at(start));
            end = end.max(start + len);
        }
        intents
    })
}

/// Returns, for each byte of the parts, where it comes from: the number of the intent and the offset in its source.
fn bytes_of(parts: &[PlannedPart]) -> Vec<(u32, u64)> {
    let mut bytes = Vec::new();
    let local = |bytes: &mut Vec<(u32, u64)>, span: &Span| {
        let Origin::Source(SourceId(number)) = span.origin else { return };
        bytes.extend(span.range.clone().map(|at| (number, at)));
    };
    let copied = |bytes: &mut Vec<(u32, u64)>, remote: &RemoteRange| {
        let number = remote.file_id.as_str()[1..].parse().unwrap();
        bytes.extend(remote.range.clone().map(|at| (number, at)));
    };
    for part in parts {
        let before = bytes.len() as u64;
        match &part.content {
            PartContent::Local(spans) => spans.iter().for_each(|span| local(&mut bytes, span)),
            PartContent::Copy(remote) => copied(&mut bytes, remote),
            PartContent::Mixed(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Local(span) => local(&mut bytes, span),
                        Piece::Remote(remote) => copied(&mut bytes, remote),
                    }
                }
            }
        }
        assert_eq!(
            bytes.len() as u64 - before,
            part.len,
            "the length of a part is that of its bytes"
        );
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_byte_comes_from_an_intent_that_covers_it(intents in any_intents()) {
        let plan = Plan::new(intents.clone(), &SMALL).unwrap();
        let bytes = bytes_of(plan.parts());
        let end = intents.iter().map(|intent| intent.destination_offset.unwrap() + intent.len().unwrap());
        prop_assert_eq!(bytes.len() as u64, end.max().unwrap());
        for (at, (number, offset)) in (0..).zip(bytes) {
            let intent = &intents[number as usize];
            let start = intent.destination_offset.unwrap();
            let from = match &intent.source {
                IntentSource::Local { range, .. } => range.start,
                IntentSource::Remote(source) => source.offset,
            };
            prop_assert!(start <= at && at < start + intent.len().unwrap());
            prop_assert_eq!(offset, from + (at - start));
        }
    }

    #[test]
    fn parts_are_within_the_limits(intents in any_intents()) {
        let plan = Plan::new(intents.clone(), &SMALL).unwrap();
        let last = plan.parts().len() - 1;
        for (index, part) in plan.parts().iter().enumerate() {
            prop_assert!(part.len <= SMALL.max);
            prop_assert!(index == last || part.len >= SMALL.min, "{}", shown(plan.parts()));
            match part.content {
                PartContent::Copy(_) => prop_assert!(last == 0 || part.len >= SMALL.min),
                PartContent::Local(_) | PartContent::Mixed(_) => {
                    prop_assert!(part.len < SMALL.recommended + SMALL.min);
                }
            }
        }
        prop_assert_eq!(shown(&plan_stream(intents, SMALL).unwrap()), shown(plan.parts()));
    }
}
