//! `cargo demo`: runs `b2 demo`, then serves the upload page until Ctrl-C.

use crate::Result;
use crate::cargo::{cargo, run};
use crate::package::{self, Places};

/// The profile of the demonstration: optimized, without link-time optimization.
const PROFILE: &str = "demo";

/// The entry of the npm package that the page loads.
const PAGE: &str = "full";

/// Runs the demonstration. Arguments other than `--once` are passed to `b2 demo`; `--faults` also applies to the page.
pub(crate) fn start(arguments: &[String]) -> Result<()> {
    let (once, rest): (Vec<_>, Vec<_>) = arguments.iter().partition(|word| *word == "--once");
    run(cargo()
        .args(["run", "--profile", PROFILE, "--package", "b2-cli", "--bin", "b2", "--", "demo"])
        .args(&rest))?;
    if !once.is_empty() || rest.iter().any(|word| *word == "-h" || *word == "--help") {
        return Ok(());
    }
    println!("\nBuilding the npm package for the upload page. `cargo demo --once` ends here.\n");
    let places = Places::new()?;
    package::build(&places, &[PAGE], false)?;
    println!();
    let mut serve = cargo();
    serve.args(["run", "--profile", PROFILE, "--package", "b2-www", "--"]);
    serve.arg("--page").arg(places.root.join("www/page"));
    serve.arg("--package").arg(&places.package);
    if let Some(seed) = seed(&rest) {
        serve.args(["--faults", seed]);
    }
    run(&mut serve)
}

fn seed<'a>(words: &[&'a String]) -> Option<&'a str> {
    let with_equals = words.iter().find_map(|word| word.strip_prefix("--faults="));
    let separate = || words.iter().skip_while(|word| **word != "--faults").nth(1);
    with_equals.or_else(|| separate().map(|word| word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_of_the_faults() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (text, expected) in [
            ("--faults 7 x", Some("7")),
            ("x --faults=8", Some("8")),
            ("x", None),
            ("--faults", None),
        ] {
            let words = words(text);
            assert_eq!(seed(&words.iter().collect::<Vec<_>>()), expected, "{text}");
        }
    }
}
