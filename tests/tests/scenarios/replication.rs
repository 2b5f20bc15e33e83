//! Set-ups of replication that are interrupted and repeated, and changes of rules at the same time.

use std::fmt::Debug;
use std::time::Duration;

use b2_proto::api::{CreateKey, Endpoint, ListBuckets, ListKeys, UpdateBucket};
use b2_proto::call::Call;
use b2_proto::model::{
    ApplicationKey, BucketId, BucketInfo, Capability, ReplicationConfiguration, ReplicationRule,
};
use b2_proto::replication::{
    ChangeRule, NewRule, ReplicationSetup, RuleChange, Setup, SetupCall, SetupResponse, SetupStep,
    Side,
};
use b2_proto::retry::RetryPolicy;
use b2_proto::{Error, ErrorKind};
use b2_tests::{Actor, BUCKET, FaultProfile, Local, Running, Simulation};

/// The accounts of the two buckets, which can be one.
struct World {
    accounts: Vec<Simulation>,
    buckets: [BucketId; 2],
}

/// What both buckets and the accounts are like.
type State = (Vec<BucketInfo>, Vec<ApplicationKey>);

fn call<E>(
    sim: &mut Simulation,
    endpoint: E,
    dies_after: Option<Duration>,
) -> Option<Result<E::Response, Error>>
where
    E: Endpoint + Debug,
    Call<E>: b2_proto::machine::Machine<Output = E::Response>,
    Running<Call<E>>: Actor,
{
    let call = Call::new(endpoint, RetryPolicy::default(), sim.rng.seed());
    let mut running = Running::new(call, Local::default(), 1);
    if let Some(after) = dies_after {
        sim.kill_after(after, 0);
    }
    sim.run(&mut [&mut running]);
    running.result
}

fn rules(bucket: &BucketInfo) -> Vec<ReplicationRule> {
    let configuration = bucket.replication.value().expect("it can be read");
    let source = configuration.as_replication_source.as_ref();
    source.map(|source| source.replication_rules.clone()).unwrap_or_default()
}

impl World {
    fn new(seed: u64) -> Self {
        let mut first = Simulation::new(seed, FaultProfile::heavy());
        let mut accounts = Vec::new();
        let source = first.service.put_bucket(BUCKET, "allPrivate").into();
        let destination = if first.rng.percent(50) {
            let mut second = Simulation::new(first.rng.seed(), FaultProfile::heavy());
            let bucket = second.service.put_bucket("backup", "allPrivate");
            accounts.push(second);
            bucket
        } else {
            first.service.put_bucket("backup", "allPrivate")
        };
        accounts.insert(0, first);
        Self { accounts, buckets: [source, destination.into()] }
    }

    fn account(&mut self, side: Side) -> &mut Simulation {
        match side {
            Side::Source => &mut self.accounts[0],
            Side::Destination => self.accounts.last_mut().expect("an account"),
        }
    }

    fn rng(&mut self) -> &mut b2_tests::Rng {
        &mut self.accounts[0].rng
    }

    /// Makes a call of a set-up; `None` if the process dies meanwhile.
    fn respond(
        &mut self,
        side: Side,
        what: SetupCall,
        dies: Option<Duration>,
    ) -> Option<Result<SetupResponse, Error>> {
        let sim = self.account(side);
        Some(match what {
            SetupCall::Buckets(what) => call(sim, what, dies)?.map(SetupResponse::Buckets),
            SetupCall::Keys(what) => call(sim, what, dies)?.map(SetupResponse::Keys),
            SetupCall::CreateKey(what) => {
                call(sim, what, dies)?.map(|key| SetupResponse::CreateKey(Box::new(key)))
            }
            SetupCall::Update(what) => {
                call(sim, *what, dies)?.map(|bucket| SetupResponse::Update(Box::new(bucket)))
            }
            SetupCall::DeleteKey(what) => call(sim, what, dies)?.map(SetupResponse::DeleteKey),
        })
    }

    /// Runs a set-up. Before each of its calls, `meanwhile` is called. At the call of the number `dies_at`, the process
    /// dies.
    fn set_up(
        &mut self,
        rule: &NewRule,
        dies_at: Option<u64>,
        mut meanwhile: impl FnMut(&mut Self, &SetupCall),
    ) -> Option<Result<ReplicationSetup, Error>> {
        let [source, destination] = self.buckets.clone();
        let mut setup = Setup::new(source, destination, rule.clone());
        for number in 0..200 {
            let (side, what) = match setup.next_step() {
                SetupStep::Done(result) => return Some(*result),
                SetupStep::Call(side, what) => (side, what),
            };
            meanwhile(self, &what);
            let dies = dies_at == Some(number);
            let dies = dies.then(|| Duration::from_millis(self.rng().below(300)));
            let Some(result) = self.respond(side, what, dies) else {
                self.accounts.iter_mut().for_each(Simulation::restart);
                return None;
            };
            setup.took(result);
        }
        panic!("the set-up does not end");
    }

    fn bucket(&mut self, side: Side) -> BucketInfo {
        let id = match side {
            Side::Source => &self.buckets[0],
            Side::Destination => &self.buckets[1],
        };
        let mut list = ListBuckets::default();
        list.bucket_id = Some(id.clone());
        let list = call(self.account(side), list, None).expect("it ended").expect("it succeeded");
        list.buckets.into_iter().next().expect("the bucket")
    }

    /// Reads the state without faults.
    fn state(&mut self) -> State {
        self.accounts.iter_mut().for_each(Simulation::clear_faults);
        let buckets = vec![self.bucket(Side::Source), self.bucket(Side::Destination)];
        let mut keys = Vec::new();
        for sim in &mut self.accounts {
            let mut list = ListKeys::default();
            list.max_key_count = Some(1_000);
            keys.extend(call(sim, list, None).expect("it ended").expect("it succeeded").keys);
        }
        (buckets, keys)
    }

    /// Adds rules to the source bucket, as another client.
    fn put_rules(&mut self, key: &str, names: &[String]) {
        let bucket = self.bucket(Side::Source);
        let mut all = rules(&bucket);
        let other = self.account(Side::Source).service.put_bucket("elsewhere", "allPrivate");
        for name in names {
            let mut rule = ReplicationRule::new(name, other.clone().into());
            rule.priority = 1 + u32::try_from(all.len()).unwrap_or_default();
            all.push(rule);
        }
        let mut update = UpdateBucket::new(bucket.bucket_id);
        update.replication_configuration = Some(ReplicationConfiguration::source(key.into(), all));
        let updated = call(self.account(Side::Source), update, None);
        updated.expect("it ended").expect("it succeeded");
    }

    fn create_key(&mut self) -> String {
        let key = CreateKey::new("other", Capability::ALL.iter().cloned());
        let created = call(self.account(Side::Source), key, None);
        created.expect("it ended").expect("it succeeded").key.application_key_id.to_string()
    }

    fn change(&mut self, rule: &str, change: RuleChange) -> Running<ChangeRule> {
        let seed = self.rng().seed();
        let id = self.buckets[0].clone();
        let machine = ChangeRule::new(id, rule, change, RetryPolicy::default(), seed);
        Running::new(machine, Local::default(), 1)
    }
}

fn rule(world: &mut World) -> NewRule {
    let mut rule = NewRule::default();
    if world.rng().percent(40) {
        rule.file_name_prefix = "a/".into();
    }
    rule.include_existing_files = world.rng().percent(50);
    if world.rng().percent(30) {
        rule.name = Some("mine".into());
    }
    if world.rng().percent(30) {
        rule.priority = Some(77);
    }
    rule
}

fn without_faults(world: &mut World, run: impl FnOnce(&mut World)) {
    world.accounts.iter_mut().for_each(Simulation::clear_faults);
    run(world);
    let rates = FaultProfile::heavy().rates;
    world.accounts.iter_mut().for_each(|sim| sim.set_rates(rates));
}

/// Set-ups that die at any call or fail, and then a complete one, do the same as one: one rule, one key for each bucket, and
/// the rules of others stay. Another set-up changes nothing. Rules that others change meanwhile are changed.
pub(super) fn set_ups(seed: u64) {
    let mut world = World::new(seed);
    let rule = rule(&mut world);
    let others: Vec<_> = (0..world.rng().below(3)).map(|number| format!("other{number}")).collect();
    if !others.is_empty() {
        without_faults(&mut world, |world| {
            let key = world.create_key();
            world.put_rules(&key, &others);
        });
    }
    for _ in 0..world.rng().below(4) {
        let dies_at = world.rng().below(12);
        world.set_up(&rule, Some(dies_at), |_, _| {});
    }
    // Another client changes rules while the set-up runs.
    let mut changes: Vec<_> = others.iter().map(|name| (name.clone(), RuleChange::Pause)).collect();
    let mut expected: Vec<_> = others.iter().map(|name| (name.clone(), true)).collect();
    let mut meanwhile = |world: &mut World, _: &SetupCall| {
        if world.rng().percent(20)
            && let Some((name, change)) = changes.pop()
        {
            let mut running = world.change(&name, change);
            world.account(Side::Source).run(&mut [&mut running]);
            running.result.take().expect("it ended").expect("it succeeded");
            expected.retain(|(other, _)| *other != name);
            expected.push((name, false));
        }
    };
    let mut done = None;
    for _ in 0..5 {
        match world.set_up(&rule, None, &mut meanwhile).expect("it ended") {
            Ok(setup) => {
                done = Some(setup);
                break;
            }
            Err(error) => assert!(error.is_ambiguous(), "{error:?}"),
        }
    }
    let done = done.expect("it succeeded");

    let (buckets, keys) = world.state();
    let mut others_now = rules(&buckets[0]);
    let is_mine = |rule: &ReplicationRule| rule.destination_bucket_id == buckets[1].bucket_id;
    let mine: Vec<_> = others_now.iter().filter(|rule| is_mine(rule)).cloned().collect();
    assert_eq!(mine.len(), 1, "{mine:?}");
    assert_eq!(mine[0], done.rule);
    assert_eq!(mine[0].file_name_prefix, rule.file_name_prefix);
    assert_eq!(mine[0].include_existing_files, rule.include_existing_files);
    assert!(rule.name.is_none_or(|name| mine[0].replication_rule_name == name));
    assert!(rule.priority.is_none_or(|priority| mine[0].priority == priority));
    others_now.retain(|rule| !is_mine(rule));
    let mut others_now: Vec<_> =
        others_now.into_iter().map(|rule| (rule.replication_rule_name, rule.is_enabled)).collect();
    others_now.sort();
    expected.sort();
    assert_eq!(others_now, expected, "rules of others");
    let source =
        buckets[0].replication.value().and_then(|both| both.as_replication_source.as_ref());
    assert_eq!(source.map(|source| &source.source_application_key_id), Some(&done.source_key));
    let half =
        buckets[1].replication.value().and_then(|both| both.as_replication_destination.as_ref());
    let mapping = &half.expect("a destination").source_to_destination_key_mapping;
    assert_eq!(mapping.get(&done.source_key), Some(&done.destination_key));
    assert_eq!(mapping.len(), 1, "{mapping:?}");
    for (id, suffix) in [(&done.source_key, "-replisrc"), (&done.destination_key, "-replidst")] {
        let own: Vec<_> = keys.iter().filter(|key| key.key_name.ends_with(suffix)).collect();
        let is_used = own.iter().any(|key| key.application_key_id == *id);
        // The key that the source bucket had before is kept.
        let most = usize::from(suffix == "-replidst" || others.is_empty());
        assert!(own.len() == most && is_used == (most > 0), "keys {own:?}");
    }

    let before = world.state();
    let new = rule_of(&done);
    let again = world.set_up(&new, None, |_, _| {}).expect("it ended").expect("it succeeded");
    assert_eq!((&again.rule, &again.source_key), (&done.rule, &done.source_key));
    assert_eq!(world.state(), before, "a second set-up has changed something");
}

/// Returns the description of a rule that is set up.
fn rule_of(done: &ReplicationSetup) -> NewRule {
    let mut rule = NewRule::default();
    rule.file_name_prefix.clone_from(&done.rule.file_name_prefix);
    rule.include_existing_files = done.rule.include_existing_files;
    rule
}

/// Clients that change rules of one bucket at the same time lose none of the changes, and no other rule changes.
pub(super) fn changes(seed: u64) {
    let mut world = World::new(seed);
    let names: Vec<_> =
        (0..world.rng().between(1, 5)).map(|number| format!("rule{number}")).collect();
    without_faults(&mut world, |world| {
        let key = world.create_key();
        world.put_rules(&key, &names);
    });
    let all = [RuleChange::Pause, RuleChange::Unpause, RuleChange::Delete];
    let pick = |world: &mut World| all[usize::try_from(world.rng().below(3)).unwrap_or_default()];
    let mut before: Vec<_> = names.iter().map(|name| (name.clone(), true)).collect();
    for _ in 0..2 {
        let mut running = Vec::new();
        let mut after = Vec::new();
        for (name, enabled) in before {
            let change = pick(&mut world);
            let changed = match change {
                RuleChange::Pause => Some(false),
                RuleChange::Unpause => Some(true),
                RuleChange::Delete => None,
            };
            if world.rng().percent(70) {
                running.push(world.change(&name, change));
                after.extend(changed.map(|enabled| (name, enabled)));
            } else {
                after.push((name, enabled));
            }
        }
        let mut actors: Vec<&mut dyn Actor> = Vec::new();
        actors.extend(running.iter_mut().map(|running| running as &mut dyn Actor));
        world.account(Side::Source).run(&mut actors);
        for running in &mut running {
            let result = running.result.take().expect("it ended");
            assert!(result.is_ok(), "{result:?}");
        }
        let bucket = world.state().0.swap_remove(0);
        let now: Vec<_> = rules(&bucket)
            .into_iter()
            .map(|rule| (rule.replication_rule_name, rule.is_enabled))
            .collect();
        assert_eq!(now, after);
        // What is as it should be is not changed, and a rule that is gone is an error.
        for (name, enabled) in &after {
            let change = if *enabled { RuleChange::Unpause } else { RuleChange::Pause };
            let mut again = world.change(name, change);
            world.account(Side::Source).run(&mut [&mut again]);
            let again = again.result.take().expect("it ended").expect("it succeeded");
            assert_eq!((again.changed, again.bucket.revision), (false, bucket.revision));
        }
        let mut gone = world.change("none", RuleChange::Delete);
        world.account(Side::Source).run(&mut [&mut gone]);
        let error = gone.result.take().expect("it ended").expect_err("there is no such rule");
        assert_eq!(error.kind(), ErrorKind::ResourceNotFound);
        before = after;
        let rates = FaultProfile::heavy().rates;
        world.accounts.iter_mut().for_each(|sim| sim.set_rates(rates));
    }
}
