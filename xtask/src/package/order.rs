//! The order of a module's functions. Those with much in common stand side by side, since that compresses better.

use std::collections::HashSet;

use super::wasm::{Parsed, rename};
use crate::Result;

/// So many bytes in a row are something that two functions can have in common.
const WINDOW: usize = 4;

type Shingles<'a> = HashSet<&'a [u8]>;

/// The module with names for its functions that bring them into order when they are sorted by name.
pub(crate) fn named(module: &[u8]) -> Result<Vec<u8>> {
    let parsed = Parsed::read(module).ok_or("this is no module that can be read")?;
    let shingles: Vec<Shingles<'_>> =
        parsed.functions.iter().map(|code| code.windows(WINDOW).collect()).collect();
    let mut names = vec![String::new(); shingles.len()];
    for (place, function) in chain(&shingles).into_iter().enumerate() {
        names[function] = format!("{place:05}");
    }
    Ok(rename(module, &parsed, &names))
}

/// From the largest function on, always the one that is most like the last.
fn chain(shingles: &[Shingles<'_>]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..shingles.len()).collect();
    left.sort_by_key(|&function| shingles[function].len());
    let mut chain = Vec::with_capacity(left.len());
    let mut next = left.pop();
    while let Some(last) = next {
        chain.push(last);
        let likeness = |&at: &usize| likeness(&shingles[last], &shingles[left[at]]);
        let most = (0..left.len()).max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        next = most.map(|at| left.remove(at));
    }
    chain
}

/// From 0, nothing in common, to 1, the same.
fn likeness(one: &Shingles<'_>, other: &Shingles<'_>) -> f64 {
    let (few, many) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let common = few.iter().filter(|shingle| many.contains(*shingle)).count();
    common as f64 / (one.len() + other.len() - common).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_comes_to_like() {
        let codes: [&[u8]; 4] =
            [b"the first one", b"something else altogether", b"the first two", b"something else"];
        let shingles: Vec<Shingles<'_>> =
            codes.iter().map(|code| code.windows(WINDOW).collect()).collect();
        assert_eq!(chain(&shingles), [1, 3, 2, 0]);
    }
}
