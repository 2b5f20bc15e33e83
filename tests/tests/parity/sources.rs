//! Finds items and tests in the source text. The documentation build checks the paths of items.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The Rust files of the crates with items or tests of the table, by path in the workspace.
pub(crate) struct Sources(BTreeMap<String, File>);

struct File {
    text: String,
    words: BTreeSet<String>,
    defined: BTreeSet<String>,
}

impl Sources {
    pub(crate) fn read(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        for folder in ["b2-proto", "b2-client", "b2-native", "b2-sim", "b2-cli", "tests"] {
            add(&root.join(folder), folder, &mut files);
        }
        Self(files)
    }

    /// Returns whether a crate defines an item.
    pub(crate) fn define(&self, path: &str) -> bool {
        let names: Vec<_> = path.trim_end_matches("()").split("::").collect();
        let [crate_name, .., name] = names[..] else {
            return false;
        };
        let owner = names[names.len() - 2];
        let is_type = owner.starts_with(|first: char| first.is_ascii_uppercase());
        let folder = format!("{}/src/", crate_name.replace('_', "-"));
        let mut files = self.0.iter().filter(|(path, _)| path.starts_with(&folder));
        files.any(|(_, file)| {
            file.defined.contains(name) && (!is_type || file.words.contains(owner))
        })
    }

    /// Returns whether `file::function` is a test.
    pub(crate) fn have_test(&self, test: &str) -> bool {
        let Some((file, function)) = test.split_once("::") else {
            return false;
        };
        let text = self.0.get(file).map(|file| file.text.as_str()).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let function = format!("fn {function}(");
        lines.iter().position(|line| line.contains(&function)).is_some_and(|at| {
            let before = lines[..at].iter().rev();
            let mut attributes =
                before.take_while(|line| line.trim_start().starts_with(['#', '/']));
            attributes.any(|line| line.contains("test"))
        })
    }
}

fn add(folder: &Path, path: &str, files: &mut BTreeMap<String, File>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            add(&entry.path(), &path, files);
        } else if path.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let words = words(&text).map(str::to_owned).collect();
            let defined = text.lines().flat_map(defined).map(str::to_owned).collect();
            files.insert(path, File { text, words, defined });
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Returns the names of the items, fields and variants whose definitions a line may start.
fn defined(line: &str) -> Vec<&str> {
    let keywords = ["fn", "struct", "enum", "trait", "type", "const", "mod"];
    let in_line: Vec<_> = words(line).collect();
    let items = in_line.windows(2).filter(|pair| keywords.contains(&pair[0]));
    let mut names: Vec<_> = items.map(|pair| pair[1]).collect();
    let line = line.trim_start();
    let line = line.strip_prefix("pub ").unwrap_or(line);
    if let Some(first) = words(line).next()
        && let Some(rest) = line.strip_prefix(first)
        && (rest.is_empty() || rest.starts_with([',', '(', ':', ' ']))
    {
        names.push(first);
    }
    names
}
