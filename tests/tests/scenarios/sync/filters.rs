//! Filters of names and ranges of time.

use std::sync::Arc;

use b2_proto::list::Filter;
use b2_proto::sync::ScanPolicies;
use b2_proto::time::Timestamp;
use b2_tests::{FaultProfile, Rng};

use super::options;
use super::oracle::{assert_reached, expected};
use super::world::{DAY, Tree, World};

/// A pattern, and what it matches.
type Rule = (&'static str, fn(&str) -> bool);

/// Regular expressions of the paths of folders.
const FOLDERS: [Rule; 5] = [
    ("d$", |path| path == "d"),
    ("d", |path| path.starts_with('d')),
    ("d/d.e", |path| {
        path.starts_with("d/d") && path.get(4..).is_some_and(|end| end.starts_with('e'))
    }),
    ("[^d]", |path| !path.starts_with('d')),
    (".*e$", |path| path.ends_with('e')),
];
/// Regular expressions of names that exclude files.
const EXCLUDED: [Rule; 5] = [
    ("f", |name| name.starts_with('f')),
    (".*txt$", |name| name.ends_with("txt")),
    (".*/f", |name| name.contains("/f")),
    ("d", |name| name.starts_with('d')),
    ("", |_| true),
];
/// Regular expressions of names that keep files.
const INCLUDED: [Rule; 3] = [
    ("f\\.txt", |name| name.starts_with("f.txt")),
    (".*g-1", |name| name.contains("g-1")),
    ("d.*f$", |name| name.starts_with('d') && name.ends_with('f')),
];
const FILTERS: [Rule; 5] = [
    ("*.txt", |name| name.ends_with(".txt")),
    ("d*", |name| name.starts_with('d')),
    ("*", |_| true),
    ("*f", |name| name.ends_with('f')),
    ("d/?", |name| name.strip_prefix("d/").is_some_and(|rest| rest.chars().count() == 1)),
];

/// The rules for names.
#[derive(Default)]
struct Names {
    folders: Vec<Rule>,
    excluded: Vec<Rule>,
    included: Vec<Rule>,
    /// The filters, and whether each includes.
    filters: Vec<(Rule, bool)>,
}

fn some(rng: &mut Rng, rules: &[Rule]) -> Vec<Rule> {
    let count = if rng.percent(40) { rng.between(1, 2) } else { 0 };
    let mut pick = |_| rules[usize::try_from(rng.below(rules.len() as u64)).unwrap_or_default()];
    (0..count).map(&mut pick).collect()
}

impl Names {
    fn random(rng: &mut Rng) -> Self {
        let mut names = Self {
            folders: some(rng, &FOLDERS),
            excluded: some(rng, &EXCLUDED),
            ..Self::default()
        };
        if !names.excluded.is_empty() {
            names.included = some(rng, &INCLUDED);
        }
        names.filters =
            some(rng, &FILTERS).into_iter().map(|rule| (rule, rng.percent(50))).collect();
        names
    }

    fn take(&self, name: &str) -> bool {
        let any = |rules: &[Rule], text: &str| rules.iter().any(|(_, matches)| matches(text));
        let mut folders = name.match_indices('/').map(|(at, _)| &name[..at]);
        if folders.any(|folder| any(&self.folders, folder)) {
            return false;
        }
        if any(&self.excluded, name) && !any(&self.included, name) {
            return false;
        }
        let deciding = self.filters.iter().rfind(|((_, matches), _)| matches(name));
        let has_excluding = self.filters.iter().any(|(_, includes)| !includes);
        deciding.map_or(self.filters.is_empty() || has_excluding, |(_, includes)| *includes)
    }

    fn policies(&self) -> ScanPolicies {
        fn texts(rules: &[Rule]) -> impl Iterator<Item = &'static str> {
            rules.iter().map(|(text, _)| *text)
        }
        let policies = ScanPolicies::new()
            .exclude_dir_regexes(texts(&self.folders))
            .and_then(|policies| policies.exclude_file_regexes(texts(&self.excluded)))
            .and_then(|policies| policies.include_file_regexes(texts(&self.included)));
        let filters = self.filters.iter().map(|((text, _), includes)| match includes {
            true => Filter::include(text),
            false => Filter::exclude(text),
        });
        filters.fold(policies.expect("regular expressions"), ScanPolicies::filter)
    }
}

/// The first and the last time, in milliseconds, that a range contains.
type Times = (Option<u64>, Option<u64>);

fn contains((first, last): Times, time: u64) -> bool {
    first.is_none_or(|first| first <= time) && last.is_none_or(|last| time <= last)
}

fn times(rng: &mut Rng, around: u64, width: u64) -> Times {
    let mut at = |percent| rng.percent(percent).then(|| around + rng.below(width));
    match (at(20), at(20)) {
        (Some(first), Some(last)) if first > last => (Some(last), Some(first)),
        times => times,
    }
}

/// Returns the source without what the ranges of time leave out.
fn within(source: Tree, modified: Times, uploaded: Times) -> Tree {
    match source {
        Tree::Local(mut files) => {
            files.retain(|_, (_, time)| contains(modified, *time));
            Tree::Local(files)
        }
        Tree::Bucket(mut files) => {
            files.retain(|_, versions| {
                versions.retain(|version| {
                    contains(modified, version.modified) && contains(uploaded, version.uploaded)
                });
                !versions.is_empty()
            });
            Tree::Bucket(files)
        }
    }
}

/// What the rules for names exclude is not touched on either side, and what the ranges of time exclude is absent from the
/// source. A second run does nothing.
pub(in super::super) fn filters(seed: u64) {
    let mut world = World::new(seed, FaultProfile::none());
    let options = options(&mut world);
    let names = Names::random(&mut world.sim.rng);
    let now = world.sim.timestamp().as_millis();
    let modified = times(&mut world.sim.rng, now - 20 * DAY - 1, 6_000);
    let uploaded = times(&mut world.sim.rng, now - 8 * DAY, 8 * DAY);
    let at = Timestamp::from_millis;
    let mut policies = names.policies();
    if let Some(first) = modified.0 {
        policies = policies.exclude_modified_before(at(first));
    }
    if let Some(last) = modified.1 {
        policies = policies.exclude_modified_after(at(last));
    }
    if let Some(first) = uploaded.0 {
        policies = policies.exclude_uploaded_before(at(first));
    }
    if let Some(last) = uploaded.1 {
        policies = policies.exclude_uploaded_after(at(last));
    }
    world.policies = Arc::new(policies);
    let source = within(world.source(), modified, uploaded);
    let (from, before) = (world.source(), world.destination());
    let what = (world.direction, &options);
    let expected = expected(what, now, (&source, &before), |name| names.take(name));
    let ended = world.sync(&options);
    assert_reached(&expected, &world.destination(), false);
    assert_eq!(world.source(), from, "the source has changed");
    let report = ended.report();
    assert_eq!(ended.failed(), expected.failed);
    assert_eq!(report.transferred, expected.transferred.len() as u64);
    assert_eq!(report.hidden + report.deleted, expected.removals);

    let reached = world.destination();
    let again = world.sync(&options).report();
    assert_eq!((again.transferred, again.to_remove, again.failed), (0, 0, report.failed));
    assert_eq!(world.destination(), reached);
}
