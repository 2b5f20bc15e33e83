use super::account::{Accounts, Fate};
use crate::error::{Error, ErrorKind};
use crate::model::{
    BucketId, Capability, Readable, ReplicationConfiguration, ReplicationDestination,
    ReplicationRule,
};
use crate::replication::*;

fn setup(rule: NewRule) -> Setup {
    Setup::new("id1".into(), "id2".into(), rule)
}

fn prefix(prefix: &str) -> NewRule {
    NewRule { file_name_prefix: prefix.to_owned(), ..NewRule::default() }
}

fn mapping(pairs: &[(&str, &str)]) -> ReplicationConfiguration {
    let pairs = pairs.iter().map(|(from, to)| ((*from).into(), (*to).into()));
    let source_to_destination_key_mapping = pairs.collect();
    ReplicationConfiguration::default()
        .with_destination(ReplicationDestination { source_to_destination_key_mapping })
}

fn rules(accounts: &Accounts) -> Vec<ReplicationRule> {
    accounts.replication("id1").as_replication_source.clone().unwrap().replication_rules
}

/// The case of b2sdk's `test_setup_both`.
#[test]
fn two_rules_share_the_keys() {
    let mut accounts = Accounts::new();
    let first = accounts.ok(setup(NewRule { name: Some("aa".to_owned()), ..prefix("ab") }));
    let [source, destination] =
        [&first.source_key, &first.destination_key].map(|id| accounts.keys[id].clone());
    assert_eq!(source.key_name, "bucket1-replisrc");
    assert_eq!(source.capabilities, SOURCE_CAPABILITIES);
    assert_eq!(source.bucket_ids, Some(vec![BucketId::from("id1")]));
    assert_eq!(destination.key_name, "bucket2-replidst");
    assert_eq!(destination.capabilities, DESTINATION_CAPABILITIES);
    assert_eq!(destination.bucket_ids, Some(vec![BucketId::from("id2")]));
    for key in [source, destination] {
        assert_eq!((key.name_prefix, key.expiration_timestamp), (None, None));
    }
    let expected = ReplicationRule {
        file_name_prefix: "ab".to_owned(),
        ..ReplicationRule::new("aa", "id2".into())
    };
    assert_eq!((&first.rule, &rules(&accounts)[..]), (&expected, &[expected.clone()][..]));
    assert_eq!(*accounts.replication("id2"), mapping(&[("key1", "key2")]));

    let again = NewRule { include_existing_files: true, ..prefix("ad") };
    let second = accounts.ok(setup(again));
    assert_eq!(second.rule.replication_rule_name, "bucket2");
    assert_eq!((second.rule.priority, second.rule.include_existing_files), (133, true));
    assert_eq!(
        (second.source_key, second.destination_key),
        (first.source_key, first.destination_key)
    );
    assert_eq!(accounts.keys.len(), 2);
    assert_eq!(accounts.buckets["id2"].revision, 2, "the destination was changed again");
}

#[test]
fn a_repeated_set_up_only_reads() {
    let mut accounts = Accounts::new();
    let first = accounts.ok(setup(prefix("a")));
    let again = accounts.ok(setup(prefix("a")));
    assert_eq!(again, first);
    assert_eq!(accounts.calls, ["buckets", "buckets", "keys", "keys"]);
}

#[test]
fn dead_and_unusable_keys_are_replaced() {
    let mut accounts = Accounts::new();
    let other = ReplicationRule::new("elsewhere", "id3".into());
    accounts.set_replication("id1", ReplicationConfiguration::source("gone".into(), vec![other]));
    // A key without a capability, one of another bucket, and one that is gone.
    accounts.put_key("weak", "id2", &DESTINATION_CAPABILITIES[..3]);
    accounts.put_key("foreign", "id3", &DESTINATION_CAPABILITIES);
    let before = [("a", "weak"), ("b", "foreign"), ("c", "gone-too")];
    accounts.set_replication("id2", mapping(&before));
    let done = accounts.ok(setup(NewRule::default()));
    assert_eq!(done.dead_keys, ["gone".into(), "gone-too".into()]);
    assert_eq!(done.other_destinations, ["id3".into()]);
    assert_eq!(rules(&accounts).len(), 2);
    let mut after = before.to_vec();
    after.push(("key1", "key2"));
    assert_eq!(*accounts.replication("id2"), mapping(&after), "entries of others were changed");

    // The key of the source dies again, and the mapping follows the new one.
    accounts.keys.remove(&done.source_key);
    let done = accounts.ok(setup(NewRule::default()));
    assert_eq!((done.source_key.as_str(), done.destination_key.as_str()), ("key3", "key2"));
    assert_eq!(rules(&accounts).len(), 2);
}

#[test]
fn keys_with_more_capabilities_are_used() {
    let mut accounts = Accounts::new();
    accounts.put_key("all", "id1", Capability::ALL);
    accounts.set_replication("id1", ReplicationConfiguration::source("all".into(), Vec::new()));
    accounts.put_key("d1", "id2", Capability::ALL);
    accounts.put_key("d2", "id2", Capability::ALL);
    accounts.set_replication("id2", mapping(&[("a", "d1"), ("b", "d2")]));
    let done = accounts.ok(setup(NewRule::default()));
    // The last one, as b2sdk does.
    assert_eq!((done.source_key.as_str(), done.destination_key.as_str()), ("all", "d2"));
    assert!(done.other_destinations.is_empty() && done.dead_keys.is_empty());
}

#[test]
fn both_halves_of_a_bucket_are_kept() {
    let mut accounts = Accounts::new();
    accounts.ok(setup(NewRule::default()));
    accounts.ok(Setup::new("id2".into(), "id1".into(), NewRule::default()));
    for bucket in ["id1", "id2"] {
        let replication = accounts.replication(bucket);
        assert!(replication.is_source() && replication.is_destination(), "{bucket}");
    }
    assert_eq!(accounts.keys.len(), 4);
}

/// After a death at any call, another run ends with the same keys and rules.
#[test]
fn an_interrupted_set_up_is_continued() {
    for death in 0.. {
        let mut accounts = Accounts::new();
        let fate = |number, _: &SetupCall| if number == death { Fate::Dies } else { Fate::Runs };
        if accounts.run(setup(prefix("a")), fate).is_some() {
            assert_eq!(death, 8, "the number of calls");
            break;
        }
        accounts.ok(setup(prefix("a")));
        assert_eq!((accounts.keys.len(), rules(&accounts).len()), (2, 1), "death at {death}");
        assert_eq!(*accounts.replication("id2"), mapping(&[("key1", "key2")]));
    }
}

/// A lost response ends the set-up, or does not; another run ends as if nothing had happened.
#[test]
fn lost_responses_leave_nothing_behind() {
    for lost in 0..12 {
        let mut accounts = Accounts::new();
        let fate = |number, _: &SetupCall| if number == lost { Fate::Lost } else { Fate::Runs };
        let first = accounts.run(setup(prefix("a")), fate).unwrap();
        if accounts.calls.get(lost).is_some_and(|call| ["create", "update"].contains(call)) {
            first.unwrap();
        }
        accounts.ok(setup(prefix("a")));
        assert_eq!((accounts.keys.len(), rules(&accounts).len()), (2, 1), "lost at {lost}");
    }
}

#[test]
fn a_set_up_that_fails_deletes_the_keys_that_no_bucket_names() {
    for (failing, left) in [("id2", 0), ("id1", 2)] {
        let mut accounts = Accounts::new();
        let fails = |_, call: &SetupCall| match call {
            SetupCall::Update(update) if update.bucket_id.as_str() == failing => Fate::Fails,
            _ => Fate::Runs,
        };
        let error = accounts.run(setup(NewRule::default()), fails).unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert_eq!(accounts.keys.len(), left, "{failing}");
        accounts.ok(setup(NewRule::default()));
        assert_eq!(accounts.keys.len(), 2);
    }
}

/// Runs a set-up while another client adds a rule before each of the first `times` updates of the source.
fn interfered(accounts: &mut Accounts, times: usize) -> Result<ReplicationSetup, Error> {
    let mut setup = setup(NewRule::default());
    let mut added = 0;
    loop {
        let (side, call) = match setup.next_step() {
            SetupStep::Done(result) => return *result,
            SetupStep::Call(side, call) => (side, call),
        };
        if matches!(call, SetupCall::Update(_)) && side == Side::Source && added < times {
            added += 1;
            let half = accounts.replication("id1").as_replication_source.clone();
            let mut rules = half.map(|half| half.replication_rules).unwrap_or_default();
            rules.push(ReplicationRule::new(format!("rule{added}"), "id3".into()));
            let configuration = ReplicationConfiguration::source("key1".into(), rules);
            accounts.set_replication("id1", configuration);
        }
        let response = accounts.respond(call);
        setup.took(response);
    }
}

#[test]
fn a_change_by_others_is_kept() {
    let mut accounts = Accounts::new();
    let done = interfered(&mut accounts, 3).unwrap();
    assert_eq!(done.rule.replication_rule_name, "bucket2");
    assert_eq!((rules(&accounts).len(), accounts.keys.len()), (4, 2));

    let mut accounts = Accounts::new();
    let error = interfered(&mut accounts, usize::MAX).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(accounts.keys.len(), 2, "keys that the destination names were deleted");
}

#[test]
fn nothing_is_changed_before_everything_is_checked() {
    let invalid = NewRule { priority: Some(0), ..NewRule::default() };
    let mut withheld = Accounts::new();
    withheld.buckets.get_mut("id2").unwrap().replication = Readable::Unreadable;
    for (mut accounts, setup, kind) in [
        (Accounts::new(), setup(invalid), ErrorKind::InvalidInput),
        (
            Accounts::new(),
            Setup::new("id1".into(), "id1".into(), NewRule::default()),
            ErrorKind::InvalidInput,
        ),
        (withheld, setup(NewRule::default()), ErrorKind::Unauthorized),
        (
            Accounts::new(),
            Setup::new("id1".into(), "none".into(), NewRule::default()),
            ErrorKind::BucketIdNotFound,
        ),
    ] {
        let error = accounts.run(setup, |_, _| Fate::Runs).unwrap().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(accounts.calls, ["buckets", "buckets"]);
    }
}
