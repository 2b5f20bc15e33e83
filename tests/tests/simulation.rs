//! Scenarios under thousands of schedules of faults. A failed one can be repeated:
//! `SEED=1234 cargo test -p b2-tests --test simulation`. `SEEDS=20000` sets the number of seeds for each scenario.

mod scenarios;

use scenarios::SCENARIOS;

/// Runs a scenario with many seeds, or with the one in `SEED`, and prints the seed that fails.
fn run(name: &str, seeds: u64) {
    let scenario = SCENARIOS.iter().find(|(known, _)| *known == name).expect("a scenario").1;
    let given = |variable| std::env::var(variable).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match given("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..given("SEEDS").unwrap_or(seeds),
    };
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| scenario(seed));
        if let Err(panic) = outcome {
            eprintln!(
                "scenario '{name}' failed with seed {seed}: SEED={seed} cargo test -p b2-tests --test simulation {name}"
            );
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn small_uploads() {
    run("small_uploads", 900);
}

#[test]
fn large_uploads() {
    run("large_uploads", 1200);
}

#[test]
fn streams() {
    run("streams", 900);
}

#[test]
fn downloads() {
    run("downloads", 1200);
}

#[test]
fn granted_downloads() {
    run("granted_downloads", 600);
}

#[test]
fn downloads_of_names_with_dot_segments() {
    run("downloads_of_names_with_dot_segments", 400);
}

#[test]
fn damaged_downloads() {
    run("damaged_downloads", 600);
}

#[test]
fn process_death_and_resume_from_a_checkpoint() {
    run("resume_from_checkpoint", 900);
}

#[test]
fn process_death_and_resume_by_search() {
    run("resume_by_search", 600);
}

#[test]
fn cancels() {
    run("cancels", 600);
}

#[test]
fn one_upload_by_two_processes() {
    run("uploaded_by_two", 600);
}

#[test]
fn uploads_that_another_process_cancels() {
    run("cancelled_by_another", 600);
}

#[test]
fn uploads_with_a_given_sha1() {
    run("given_sha1s", 900);
}

#[test]
fn sources_that_change() {
    run("changed_sources", 450);
}

#[test]
fn unfinished_files_that_carry_the_sha1_of_other_content() {
    run("other_content", 450);
}

#[test]
fn moves() {
    run("moves", 900);
}

#[test]
fn moves_of_files_that_change() {
    run("moves_of_changing_files", 450);
}

#[test]
fn pauses() {
    run("pauses", 450);
}

#[test]
fn interruptions() {
    run("interruptions", 450);
}

#[test]
fn interrupted_downloads() {
    run("interrupted_downloads", 450);
}

#[test]
fn listings() {
    run("listings", 450);
}

#[test]
fn expiring_tokens() {
    run("expiring_tokens", 600);
}

#[test]
fn outages() {
    run("outages", 150);
}

#[test]
fn files_of_local_and_remote_pieces() {
    run("mixed", 2_000);
}

#[test]
fn streams_of_pieces() {
    run("mixed_streams", 1_000);
}

#[test]
fn process_death_and_resume_of_mixed_files() {
    run("mixed_resumes", 2_000);
}

#[test]
fn copies_of_any_size() {
    run("copies", 1_000);
}

#[test]
fn incremental_uploads() {
    run("incremental", 1_000);
}

#[test]
fn sync_of_random_trees() {
    run("sync_trees", 1_000);
}

#[test]
fn sync_of_random_trees_with_faults() {
    run("sync_trees_with_faults", 500);
}

#[test]
fn sync_of_everything_without_reading_the_destination() {
    run("sync_everything", 500);
}

#[test]
fn sync_interrupted_and_done_again() {
    run("sync_interruptions", 400);
}

#[test]
fn sync_in_ranges_of_names() {
    run("sync_shards", 300);
}

#[test]
fn sync_of_folders_that_change_and_fail() {
    run("sync_changing_folders", 400);
}

#[test]
fn sync_after_failed_scans() {
    run("sync_failed_scans", 300);
}

#[test]
fn sync_refusals() {
    run("sync_refusals", 300);
}

#[test]
fn sync_dry_runs() {
    run("sync_dry_runs", 400);
}

#[test]
fn sync_of_renamed_files() {
    run("sync_renames", 100);
}

#[test]
fn sync_of_renamed_files_that_fail() {
    run("sync_failed_renames", 200);
}

#[test]
fn sync_of_given_names() {
    run("sync_names", 300);
}

#[test]
fn sync_continued_behind_a_checkpoint() {
    run("sync_checkpoints", 150);
}

#[test]
fn sync_with_filters() {
    run("sync_filters", 250);
}

#[test]
fn sync_after_failed_listings() {
    run("sync_failed_listings", 150);
}

#[test]
fn replication_set_up_again_after_interruptions() {
    run("replication_set_ups", 100);
}

#[test]
fn replication_rules_changed_at_the_same_time() {
    run("replication_changes", 100);
}

/// The same seed gives the same run, since the machines use no other source of randomness.
#[test]
fn runs_are_reproducible() {
    for seed in 0..20 {
        assert_eq!(scenarios::transcript(seed), scenarios::transcript(seed));
    }
}
