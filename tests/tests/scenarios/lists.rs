use std::collections::BTreeSet;

use b2_proto::api::{Endpoint, ListFileNames, ListFileVersions};
use b2_proto::call::Call;
use b2_proto::list::{Ls, LsEntry, LsOptions, LsPage, Paged, Paginator};
use b2_proto::retry::RetryPolicy;
use b2_tests::{BUCKET, FaultProfile, Local, Running, Simulation};

fn call<E: Endpoint>(sim: &mut Simulation, endpoint: E) -> E::Response {
    let call = Call::new(endpoint, RetryPolicy::default(), sim.rng.seed());
    let mut running = Running::new(call, Local::default(), 1);
    sim.run(&mut [&mut running]);
    running.result.expect("it ended").expect("it succeeded")
}

fn all<P: Paged>(sim: &mut Simulation, first: P) -> Vec<P::Item> {
    let (mut walk, mut items) = (Paginator::new(first), Vec::new());
    while let Some(page) = walk.next_page() {
        items.extend(walk.take(call(sim, page)));
    }
    items
}

fn ls(sim: &mut Simulation, options: LsOptions) -> Vec<String> {
    let (mut ls, mut names) = (Ls::new(sim.bucket_id(), options), Vec::new());
    while let Some(page) = ls.next_page() {
        let entries = match page {
            LsPage::Names(page) => {
                let page = call(sim, page);
                ls.took_names(page)
            }
            LsPage::Versions(page) => {
                let page = call(sim, page);
                ls.took_versions(page)
            }
        };
        names.extend(entries.iter().map(|entry: &LsEntry| entry.name().to_owned()));
    }
    names
}

pub(super) fn listings(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let mut names = BTreeSet::new();
    for _ in 0..sim.rng.between(0, 40) {
        let depth = sim.rng.below(3);
        let folders: String = (0..depth).map(|_| format!("{}/", sim.rng.below(3))).collect();
        let name = format!("{folders}file {}", sim.rng.below(20));
        let bytes = sim.rng.bytes(3);
        let now = sim.timestamp();
        sim.service.put_file(now, BUCKET, &name, bytes);
        names.insert(name);
    }
    let bucket_id = sim.bucket_id();
    let mut page = ListFileNames::new(bucket_id.clone());
    page.max_file_count = Some(u32::try_from(sim.rng.between(1, 9)).unwrap_or(1));
    let listed: Vec<_> = all(&mut sim, page).into_iter().map(|file| file.file_name).collect();
    assert!(listed.iter().eq(&names), "{listed:?}");

    let versions = sim.service.versions(BUCKET).len();
    let mut page = ListFileVersions::new(bucket_id);
    page.max_file_count = Some(u32::try_from(sim.rng.between(1, 9)).unwrap_or(1));
    assert_eq!(all(&mut sim, page).len(), versions);

    let page_size = u32::try_from(sim.rng.between(1, 9)).unwrap_or(1);
    let folder = format!("{}/", sim.rng.below(3));
    let below: BTreeSet<_> = names
        .iter()
        .filter_map(|name| {
            let rest = name.strip_prefix(folder.as_str())?;
            let end = rest.find('/').map_or(rest.len(), |slash| slash + 1);
            Some(format!("{folder}{}", &rest[..end]))
        })
        .collect();
    for path in [folder.as_str(), folder.trim_end_matches('/')] {
        let listed = ls(&mut sim, LsOptions::new(path).page_size(page_size));
        assert!(listed.iter().eq(&below), "{path}: {listed:?}");
    }
    // Any start of a name is a prefix, and a folder is one entry.
    let start = sim.rng.below(3).to_string();
    let starting: BTreeSet<_> = names
        .iter()
        .filter(|name| name.starts_with(&start))
        .map(|name| name[..name.find('/').map_or(name.len(), |slash| slash + 1)].to_owned())
        .collect();
    let listed = ls(&mut sim, LsOptions::with_prefix(&*start).page_size(page_size));
    assert!(listed.iter().eq(&starting), "{start}: {listed:?}");
    let deep: BTreeSet<_> = names.iter().filter(|name| name.starts_with(folder.as_str())).collect();
    let listed = ls(&mut sim, LsOptions::new(&*folder).recursive(true).page_size(page_size));
    assert!(listed.iter().eq(deep), "{listed:?}");
    if let Some(name) = names.first() {
        let listed = ls(&mut sim, LsOptions::new(name));
        assert!(listed.iter().eq([name]), "{listed:?}");
    }
}
