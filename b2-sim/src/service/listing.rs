//! Listings of file names and versions.

use serde::Serialize;
use serde_json::Value;

use super::Service;
use super::context::CallContext;
use super::generated::generated;
use crate::config::Pages;
use crate::state::{FileObject, Key, Kind, Version, position_of};
use crate::wire::{Params, Refusal, Reply, json};

/// Returns the largest number of entries of a page; 0 means the default.
pub(super) fn limit(
    params: &Params,
    name: &str,
    default: usize,
    max: usize,
) -> Result<usize, Refusal> {
    match params.optional_int(name)? {
        None | Some(0) => Ok(default),
        Some(count) => usize::try_from(count).ok().filter(|count| *count <= max).ok_or_else(|| {
            Refusal::new(400, "out_of_range", format!("{name} out of range: {count}"))
        }),
    }
}

/// An entry of a listing.
enum Entry<'a> {
    File(&'a Version),
    /// A folder: a prefix that ends with the delimiter.
    Folder(&'a str),
}

impl Entry<'_> {
    fn name(&self) -> &str {
        match self {
            Self::File(version) => &version.name,
            Self::Folder(name) => name,
        }
    }

    fn file_id(&self) -> Option<&str> {
        match self {
            Self::File(version) => Some(&version.id),
            Self::Folder(_) => None,
        }
    }

    fn object<'b>(&'b self, bucket_id: &'b str, key: &'b Key) -> Listed<'b> {
        let account_id = &key.account_id;
        match self {
            Self::File(version) => {
                Listed::File(Box::new(version.object(account_id, bucket_id, key)))
            }
            Self::Folder(name) => Listed::Folder(FileObject::folder(account_id, bucket_id, name)),
        }
    }
}

/// An entry as it is sent.
#[derive(Serialize)]
#[serde(untagged)]
enum Listed<'a> {
    File(Box<FileObject<'a>>),
    Folder(Value),
}

/// A page as it is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    files: Vec<Listed<'a>>,
    next_file_name: Option<&'a str>,
    /// Absent in listings of names.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_file_id: Option<Option<&'a str>>,
}

/// The parameters of a listing.
struct Query<'a> {
    start: &'a str,
    prefix: &'a str,
    delimiter: Option<&'a str>,
    count: usize,
}

impl<'a> Query<'a> {
    fn read(params: &'a Params) -> Result<Self, Refusal> {
        let delimiter = params.optional_text("delimiter")?;
        Ok(Self {
            start: params.optional_text("startFileName")?.unwrap_or_default(),
            prefix: params.optional_text("prefix")?.unwrap_or_default(),
            delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()),
            count: limit(params, "maxFileCount", 100, 10_000)?,
        })
    }

    /// Returns the first name that can match.
    fn first(&self) -> &'a str {
        self.start.max(self.prefix)
    }

    /// Returns the entries of a page, and the entry after it.
    fn page<'v>(
        &self,
        versions: impl Iterator<Item = &'v Version>,
    ) -> (Vec<Entry<'v>>, Option<Entry<'v>>) {
        let mut page = Vec::new();
        let mut folder: Option<&str> = None;
        for version in versions.take_while(|version| version.name.starts_with(self.prefix)) {
            if folder.is_some_and(|folder| version.name.starts_with(folder)) {
                continue;
            }
            let entry = match self.folder_of(&version.name) {
                None => Entry::File(version),
                Some(name) => {
                    folder = Some(name);
                    // A start inside a folder means that an earlier page had the folder.
                    if name < self.start {
                        continue;
                    }
                    Entry::Folder(name)
                }
            };
            if page.len() == self.count {
                return (page, Some(entry));
            }
            page.push(entry);
        }
        (page, None)
    }

    fn folder_of<'v>(&self, name: &'v str) -> Option<&'v str> {
        let delimiter = self.delimiter?;
        let rest = name.get(self.prefix.len()..)?;
        let at = rest.find(delimiter)?;
        name.get(..self.prefix.len() + at + delimiter.len())
    }
}

impl Service {
    pub(super) fn list_file_names(&mut self, call: &CallContext<'_>) -> Result<Reply, Refusal> {
        let (bucket_id, query) = self.begin_list(call)?;
        let generated = self.generated(call, bucket_id, &query)?;
        let mut last: Option<&str> = None;
        // The newest version of each name, unless it is a hide marker.
        let stored = self.bucket_of(&call.key, bucket_id)?.files.starting_at(query.first());
        let visible = generated.iter().chain(stored).filter(|version| {
            if version.kind == Kind::Start || last == Some(version.name.as_str()) {
                return false;
            }
            last = Some(&version.name);
            version.kind == Kind::Upload
        });
        let (page, next) = query.page(visible);
        Ok(self.page_reply(call, bucket_id, &page, next.as_ref(), None))
    }

    pub(super) fn list_file_versions(&mut self, call: &CallContext<'_>) -> Result<Reply, Refusal> {
        let (bucket_id, query) = self.begin_list(call)?;
        let start_id = call.params.optional_text("startFileId")?;
        if start_id.is_some() && !call.params.has("startFileName") {
            return Err(Refusal::bad_request("startFileId needs startFileName"));
        }
        // By position, since the version may have been deleted.
        let start = start_id
            .map(|id| position_of(id).ok_or_else(|| Refusal::bad_file_id(id)))
            .transpose()?;
        let passed = |version: &&Version| {
            start.is_some_and(|start| {
                version.name == query.start && (version.timestamp, version.serial) > start
            })
        };
        let generated = self.generated(call, bucket_id, &query)?;
        let stored = self.bucket_of(&call.key, bucket_id)?.files.starting_at(query.first());
        let versions = generated.iter().chain(stored).filter(|version| !passed(version));
        let (page, next) = query.page(versions);
        let next_id = next.as_ref().and_then(Entry::file_id);
        Ok(self.page_reply(call, bucket_id, &page, next.as_ref(), Some(next_id)))
    }

    fn page_reply(
        &self,
        call: &CallContext<'_>,
        bucket_id: &str,
        page: &[Entry<'_>],
        next: Option<&Entry<'_>>,
        next_file_id: Option<Option<&str>>,
    ) -> Reply {
        let object = |entry| Entry::object(entry, bucket_id, &call.key);
        json(
            200,
            &Page {
                files: page.iter().map(object).collect(),
                next_file_name: next.map(Entry::name),
                next_file_id,
            },
        )
    }

    /// Returns the files of a page that exist in listings only.
    fn generated(
        &self,
        call: &CallContext<'_>,
        bucket_id: &str,
        query: &Query<'_>,
    ) -> Result<Vec<Version>, Refusal> {
        let count = self.config.generated_names;
        if count == 0 || !self.bucket_of(&call.key, bucket_id)?.files.is_empty() {
            return Ok(Vec::new());
        }
        // The entry after the page is the start of the next one.
        let page = query.count.saturating_add(1);
        Ok(generated(bucket_id, count, query.first()).take(page).collect())
    }

    fn begin_list<'a>(&mut self, call: &CallContext<'a>) -> Result<(&'a str, Query<'a>), Refusal> {
        call.key.require("listFiles")?;
        let bucket_id = call.params.text("bucketId")?;
        let mut query = Query::read(call.params)?;
        call.key.require_bucket(bucket_id)?;
        call.key.require_prefix(query.prefix)?;
        self.bucket_of(&call.key, bucket_id)?;
        if self.config.pages == Pages::Short {
            query.count = self.short_page(query.start, query.count);
        }
        Ok((bucket_id, query))
    }

    fn short_page(&mut self, start: &str, count: usize) -> usize {
        let random = usize::try_from(self.state.ids.random() >> 33).unwrap_or_default();
        let least = usize::from(self.empty_pages.remove(start));
        let count = (random % (count.min(8) + 1)).max(least);
        if count == 0 {
            self.empty_pages.insert(start.to_owned());
        }
        count
    }
}
