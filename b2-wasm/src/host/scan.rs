//! The scan of a folder of JavaScript.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use b2_client::proto::encoding::file_name_problem;
use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::proto::machine::{LocalFile, LocalScan, ScanItem, SkipReason, SkippedEntry};
use b2_client::{HostError, ScanStream};
use futures::stream;
use js_sys::{Array, Function, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::js_folder::{EntryPages, JsFolder, answer, not_read, time};
use crate::task::{callback, settled};

#[wasm_bindgen]
extern "C" {
    /// An exception.
    type Failure;

    #[wasm_bindgen(method, getter)]
    fn code(this: &Failure) -> Option<String>;

    /// What `next` resolves to.
    type NextPage;

    #[wasm_bindgen(method, getter)]
    fn done(this: &NextPage) -> Option<bool>;

    #[wasm_bindgen(method, getter)]
    fn value(this: &NextPage) -> JsValue;

    /// A file, or an entry that cannot be one.
    type Entry;

    #[wasm_bindgen(method, getter)]
    fn name(this: &Entry) -> Option<JsString>;

    #[wasm_bindgen(method, getter)]
    fn size(this: &Entry) -> Option<f64>;

    #[wasm_bindgen(method, getter)]
    fn modified(this: &Entry) -> Option<f64>;

    /// Why the entry is left out: `symlink`, `special`, `denied`, or `unreadable`, which has a message.
    #[wasm_bindgen(method, getter)]
    fn skipped(this: &Entry) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn message(this: &Entry) -> Option<String>;
}

/// Returns the pages of a scan. The folder is asked for the first one when it is polled.
pub(super) fn pages(folder: JsFolder, scan: LocalScan) -> ScanStream {
    let seen = vec![false; scan.names.as_deref().map_or(0, <[_]>::len)];
    let state = Scan { folder, scan, last: None, seen, running: None };
    Box::pin(stream::try_unfold(state, |mut state| async move {
        let page = state.next().await?;
        Ok(page.map(|page| (page, state)))
    }))
}

struct Scan {
    folder: JsFolder,
    scan: LocalScan,
    /// The last name, behind which the next one is.
    last: Option<String>,
    /// For each name that is asked for, whether the folder gave it. Empty when the missing names were reported.
    seen: Vec<bool>,
    running: Option<Running>,
}

/// An iteration. Dropping it ends it.
struct Running {
    pages: EntryPages,
    /// What JavaScript calls to find out which entries are looked at.
    _wants: Closure<dyn Fn(String) -> bool>,
}

impl Scan {
    async fn next(&mut self) -> Result<Option<Vec<ScanItem>>, HostError> {
        let running = match &self.running {
            Some(running) => running,
            None => self.running.insert(begin(&self.folder, &self.scan)?),
        };
        let next = match answer(running.pages.next()).await {
            // It is created with its first file.
            Err(error) if self.scan.may_be_missing && is_missing(&error) => None,
            next => Some(next.map_err(not_read)?.unchecked_into::<NextPage>()),
        };
        let Some(next) = next.filter(|next| next.done() != Some(true)) else {
            let missing = self.missing();
            return Ok((!missing.is_empty()).then_some(missing));
        };
        let Ok(page) = next.value().dyn_into::<Array>() else {
            return Err(broken("the folder gave a page of entries that is not an array"));
        };
        let mut items = Vec::new();
        for entry in page.iter() {
            items.extend(self.item(entry.unchecked_ref())?);
        }
        Ok(Some(items))
    }

    /// Notes a name that the folder gave. What is in a folder that cannot be read is not known, and so not missing.
    fn saw(&mut self, path: &str, is_skipped: bool) {
        let names = self.scan.names.as_deref().unwrap_or_default();
        let from = names.partition_point(|name| name.as_str() < path);
        for (name, seen) in names.iter().zip(&mut self.seen).skip(from) {
            match name.strip_prefix(path) {
                Some("") => *seen = true,
                Some(rest) if is_skipped => *seen |= rest.starts_with('/'),
                _ => break,
            }
        }
    }

    /// Returns the names that the folder did not give, once.
    fn missing(&mut self) -> Vec<ScanItem> {
        let seen = core::mem::take(&mut self.seen);
        let names = self.scan.names.iter().flat_map(|names| names.iter()).zip(seen);
        let missing = names.filter(|(name, seen)| !seen && self.scan.wants(name));
        missing.map(|(name, _)| ScanItem::Missing(name.clone())).collect()
    }

    /// Returns what an entry is; `None` if it is not asked for.
    fn item(&mut self, entry: &Entry) -> Result<Option<ScanItem>, HostError> {
        let name = entry.name().filter(|name| name.is_string());
        let name = name.ok_or_else(|| broken("the folder gave an entry without a name"))?;
        let (utf8, path) = (name.is_valid_utf16(), String::from(name));
        let skipped = |reason| {
            let path = path.clone();
            Ok(Some(ScanItem::Skipped(SkippedEntry { path, reason })))
        };
        let left_out = entry.skipped();
        self.saw(&path, left_out.is_some());
        if let Some(reason) = left_out {
            // Whatever the filter says of such a folder, files may be in it.
            let is_kept = match reason.as_str() {
                "unreadable" | "denied" => true,
                _ => self.scan.wants(&path),
            };
            return if is_kept { skipped(why(&reason, entry.message())) } else { Ok(None) };
        }
        if !utf8 {
            return skipped(SkipReason::NotUtf8);
        }
        if !self.scan.wants(&path) {
            return Ok(None);
        }
        if let Some(last) = self.last.as_deref().filter(|last| *last >= path.as_str()) {
            let message = format!(
                "the folder gave '{path}' after '{last}'; names must be in the order of their UTF-8 bytes"
            );
            return Err(broken(&message));
        }
        self.last = Some(path.clone());
        if let Some(problem) = file_name_problem(&path) {
            return skipped(SkipReason::InvalidName(problem.into_owned()));
        }
        match (entry.size(), entry.modified()) {
            (Some(size), Some(modified)) if size >= 0.0 => {
                let (size, modified) = (size as u64, time(modified));
                Ok(Some(ScanItem::File(LocalFile { name: path, size, modified })))
            }
            _ => Err(broken("the folder gave a file without `size` and `modified`")),
        }
    }
}

fn begin(folder: &JsFolder, scan: &LocalScan) -> Result<Running, HostError> {
    let scan = scan.clone();
    let wants = Closure::<dyn Fn(String) -> bool>::new(move |name: String| scan.wants(&name));
    let function: Function = callback(&wants);
    let pages = folder.entries(&function).map_err(not_read)?;
    Ok(Running { pages, _wants: wants })
}

/// What a scan asks for.
trait Wants {
    /// Returns whether a file is reported, or a folder, with a slash at the end of its name, is entered.
    fn wants(&self, name: &str) -> bool;
}

impl Wants for LocalScan {
    fn wants(&self, name: &str) -> bool {
        let enters = |folder: &str| self.filter.enters(folder);
        if let Some(folder) = name.strip_suffix('/') {
            let is_listed_below = |names: &[String]| {
                let next = names.get(names.partition_point(|n| n.as_str() < name));
                next.is_some_and(|next| next.starts_with(name))
            };
            return self.range.may_contain_below(name)
                && self.names.as_deref().is_none_or(is_listed_below)
                && enters(folder);
        }
        let is_listed = |names: &[String]| names.binary_search_by(|n| n.as_str().cmp(name)).is_ok();
        self.range.contains(name)
            && self.names.as_deref().is_none_or(is_listed)
            && name.match_indices('/').all(|(end, _)| enters(&name[..end]))
            && self.filter.takes(name)
    }
}

fn why(reason: &str, message: Option<String>) -> SkipReason {
    match reason {
        "symlink" => SkipReason::Symlink,
        "special" => SkipReason::SpecialFile,
        "denied" => SkipReason::PermissionDenied,
        _ => SkipReason::Unreadable(message.unwrap_or_else(|| reason.to_owned())),
    }
}

/// Whether the folder does not exist. It says so before the first page, and leaves out folders that are removed later.
fn is_missing(error: &JsValue) -> bool {
    error.is_object() && error.unchecked_ref::<Failure>().code().as_deref() == Some("ENOENT")
}

fn broken(message: &str) -> HostError {
    TransportError::new(TransportErrorKind::Source, message).into()
}

impl Drop for Running {
    fn drop(&mut self) {
        // An iterator need not have it. Its promise is not awaited.
        if let Ok(left) = self.pages.leave() {
            drop(settled(&Promise::resolve(&left)));
        }
    }
}
