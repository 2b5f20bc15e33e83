//! Short names for what the module and the JavaScript around it have in common. Those of wasm-bindgen end in hashes,
//! which do not compress, and which every page would load twice.

use std::collections::BTreeMap;

use wasm_bindgen_cli_support::Output;

use crate::Result;

/// What wasm-bindgen calls the functions that it writes itself.
const GENERATED: &str = "__wb";

/// Renames the module's imports and exports, and drops those that nobody uses; the JavaScript that knows them by their new names.
pub(crate) fn shorten(output: &mut Output) -> Result<String> {
    let mut glue = output.js().to_owned();
    let mut short = Short::default();
    let mut modules = BTreeMap::new();
    for import in output.wasm_mut().imports.iter_mut() {
        if import.name.starts_with(GENERATED) {
            let name = short.next();
            replace(
                &mut glue,
                &format!("{}: function", import.name),
                &format!("{name}: function"),
            )?;
            import.name = name;
        }
        if !modules.contains_key(&import.module) {
            let name = short.next();
            replace(
                &mut glue,
                &format!("\"{}\": import", import.module),
                &format!("{name}: import"),
            )?;
            modules.insert(import.module.clone(), name);
        }
        import.module.clone_from(&modules[&import.module]);
    }
    let exports = &mut output.wasm_mut().exports;
    let mut unused = Vec::new();
    for export in exports.iter_mut() {
        let name = short.next();
        if rename_property(&mut glue, "wasm.", &export.name, &name) {
            export.name = name;
        } else {
            unused.push(export.id());
        }
    }
    unused.into_iter().for_each(|export| exports.delete(export));
    Ok(glue)
}

/// Names of one letter, then of two.
#[derive(Default)]
struct Short(usize);

impl Short {
    fn next(&mut self) -> String {
        let mut rest = self.0;
        self.0 += 1;
        let mut name = String::new();
        loop {
            name.push(char::from(b'a' + (rest % 26) as u8));
            rest /= 26;
            if rest == 0 {
                return name;
            }
            rest -= 1;
        }
    }
}

fn replace(text: &mut String, old: &str, new: &str) -> Result<()> {
    if !text.contains(old) {
        return Err(
            format!("the JavaScript around the module has changed; where is `{old}`?").into()
        );
    }
    *text = text.replace(old, new);
    Ok(())
}

/// Renames a property of an object wherever it is used; whether it is.
fn rename_property(text: &mut String, object: &str, old: &str, new: &str) -> bool {
    let used = format!("{object}{old}");
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut found = false;
    while let Some((before, after)) = rest.split_once(&used) {
        renamed.push_str(before);
        renamed.push_str(object);
        let longer = after.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        renamed.push_str(if longer { old } else { new });
        found |= !longer;
        rest = after;
    }
    renamed.push_str(rest);
    *text = renamed;
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_differ() {
        let mut short = Short::default();
        let names: Vec<String> = (0..60).map(|_| short.next()).collect();
        assert_eq!((&*names[0], &*names[25], &*names[26], &*names[59]), ("a", "z", "aa", "hb"));
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 60);
    }

    #[test]
    fn a_property_is_renamed_and_no_longer_one() {
        let mut text = "wasm.job(wasm.job_free, wasm.job)".to_owned();
        assert!(rename_property(&mut text, "wasm.", "job", "a"));
        assert_eq!(text, "wasm.a(wasm.job_free, wasm.a)");
        assert!(!rename_property(&mut text, "wasm.", "jo", "b"));
    }
}
