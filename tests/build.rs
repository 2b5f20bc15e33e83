//! Turns `parity.tsv` into the Markdown table of the module `parity`, with a link for each item.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=parity.tsv");
    let table = fs::read_to_string("parity.tsv").expect("the table is there");
    let mut page = "| b2sdk | state | here | remark |\n| --- | --- | --- | --- |\n".to_owned();
    for line in table.lines().skip(1) {
        let cells: Vec<_> = line.split('\t').collect();
        let [name, state, items, _tests, remark] = cells[..] else {
            panic!("a row of parity.tsv has {} columns: {line}", cells.len());
        };
        let links: Vec<_> = items.split(", ").filter(|item| !item.is_empty()).map(link).collect();
        page += &format!("| `{name}` | {state} | {} | {remark} |\n", links.join(", "));
    }
    let folder = env::var_os("OUT_DIR").expect("cargo runs build scripts");
    fs::write(Path::new(&folder).join("parity.md"), page).expect("the folder can be written");
}

/// Returns a link to an item, which shows the last two names of its path.
fn link(item: &str) -> String {
    let path = item.trim_end_matches("()");
    let from = path.rmatch_indices("::").nth(1).map_or(0, |(at, _)| at + 2);
    format!("[`{}`]({item})", &path[from..])
}
