//! The floor: a minimal client as the baseline of the benchmark. It uses blocking sockets, a buffer of 256 KiB and SHA-1
//! where B2 requires it, and has no retries, resumption or TLS.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;

use serde_json::json;
use sha1::{Digest, Sha1};

use super::account::{Account, text};
use super::files::{files_below, hex};
use super::wire::{CHUNK, Connection, Head};
use crate::Result;

/// The number of connections for small files.
const CONNECTIONS: usize = 8;

/// Runs a job.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut account = Account::from_env()?;
    match words.as_slice() {
        ["upload", path, bucket, name] => upload(&mut account, Path::new(path), bucket, name),
        ["upload-all", folder, bucket, prefix] => {
            upload_all(&mut account, Path::new(folder), bucket, prefix)
        }
        ["download", bucket, name, path] => {
            let url = account.url(bucket, name);
            download(&mut Connection::to(&url)?, &url, &account.token, path.as_ref(), false)
                .map(drop)
        }
        ["download-hashed", bucket, name, path] => {
            let url = account.url(bucket, name);
            let sha1 =
                download(&mut Connection::to(&url)?, &url, &account.token, path.as_ref(), true)?;
            println!("{sha1}");
            Ok(())
        }
        ["list", bucket, prefix] => {
            account.list(bucket, prefix)?.iter().for_each(|file| println!("{}", file.name));
            Ok(())
        }
        ["download-all", bucket, prefix, folder] => {
            download_all(&mut account, bucket, prefix, Path::new(folder))
        }
        _ => Err("the floor does not have this job".into()),
    }
}

/// Uploads one large file, part by part over one connection.
fn upload(account: &mut Account, path: &Path, bucket: &str, name: &str) -> Result<()> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let start = json!({
        "bucketId": account.bucket_id(bucket)?, "fileName": name, "contentType": "b2/x-auto",
    });
    let file_id = text(&account.call("b2_start_large_file", &start)?["fileId"])?;
    let target = account.call("b2_get_upload_part_url", &json!({"fileId": file_id}))?;
    let (url, token) = (text(&target["uploadUrl"])?, text(&target["authorizationToken"])?);
    let mut connection = Connection::to(&url)?;
    let mut buffer = vec![0; CHUNK];
    let (mut at, mut sha1s) = (0, Vec::new());
    while at < len {
        let end = len.min(at + account.part_size);
        let number = (sha1s.len() + 1).to_string();
        let head = Head {
            method: "POST",
            headers: &[
                ("Authorization", &token),
                ("X-Bz-Part-Number", &number),
                ("X-Bz-Content-Sha1", "hex_digits_at_end"),
            ],
            length: end - at + 40,
        };
        connection.send(&url, &head, &[])?;
        let mut hasher = Sha1::new();
        while at < end {
            let want = usize::try_from(end - at).map_or(CHUNK, |left| left.min(CHUNK));
            let bytes = &mut buffer[..want];
            file.read_exact_at(bytes, at)?;
            hasher.update(&*bytes);
            connection.write(bytes)?;
            at += want as u64;
        }
        let sha1 = hex(hasher);
        connection.write(sha1.as_bytes())?;
        connection.collect()?;
        sha1s.push(sha1);
    }
    let finish = json!({"fileId": file_id, "partSha1Array": sha1s});
    account.call("b2_finish_large_file", &finish).map(drop)
}

/// Uploads small files over several connections.
fn upload_all(account: &mut Account, folder: &Path, bucket: &str, prefix: &str) -> Result<()> {
    let bucket_id = account.bucket_id(bucket)?;
    let files = Mutex::new(files_below(folder)?.into_iter());
    let mut targets = Vec::new();
    for _ in 0..CONNECTIONS {
        let target = account.call("b2_get_upload_url", &json!({"bucketId": bucket_id}))?;
        targets.push((text(&target["uploadUrl"])?, text(&target["authorizationToken"])?));
    }
    in_parallel(targets, |(url, token)| {
        let mut connection = Connection::to(&url)?;
        while let Some(name) = next(&files) {
            let bytes = std::fs::read(folder.join(&name))?;
            let sha1 = hex(Sha1::new().chain_update(&bytes));
            let name = format!("{prefix}/{name}");
            let head = Head {
                method: "POST",
                headers: &[
                    ("Authorization", &token),
                    ("X-Bz-File-Name", &name),
                    ("Content-Type", "b2/x-auto"),
                    ("X-Bz-Content-Sha1", &sha1),
                ],
                length: bytes.len() as u64,
            };
            connection.send(&url, &head, &bytes)?;
            connection.collect()?;
        }
        Ok(())
    })
}

/// Downloads one file. Returns its SHA-1 if `hashed`.
pub(crate) fn download(
    connection: &mut Connection,
    url: &str,
    token: &str,
    path: &Path,
    hashed: bool,
) -> Result<String> {
    let head = Head { method: "GET", headers: &[("Authorization", token)], length: 0 };
    connection.send(url, &head, &[])?;
    let length = connection.read_head()?;
    let mut file = File::create(path)?;
    let mut hasher = Sha1::new();
    connection.receive(length, |bytes| {
        if hashed {
            hasher.update(bytes);
        }
        file.write_all(bytes)
    })?;
    Ok(hex(hasher))
}

/// Downloads all files below a prefix over several connections.
fn download_all(account: &mut Account, bucket: &str, prefix: &str, folder: &Path) -> Result<()> {
    let prefix = format!("{prefix}/");
    let files = Mutex::new(account.list(bucket, &prefix)?.into_iter());
    let account = &*account;
    in_parallel(vec![(); CONNECTIONS], |()| {
        let mut connection = Connection::to(&account.download_url)?;
        while let Some(file) = next(&files) {
            let url = account.url(bucket, &file.name);
            let path = folder.join(&file.name[prefix.len()..]);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            if download(&mut connection, &url, &account.token, &path, true)? != file.sha1 {
                return Err(format!("{url}: wrong SHA-1").into());
            }
        }
        Ok(())
    })
}

/// Calls `each` with every item, each on its own thread.
fn in_parallel<T: Send>(items: Vec<T>, each: impl Fn(T) -> Result<()> + Sync) -> Result<()> {
    let each = &each;
    let results: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let run = |item| scope.spawn(move || each(item).map_err(|error| error.to_string()));
        let threads: Vec<_> = items.into_iter().map(run).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|done| done.unwrap_or_else(|_| Err("a thread panicked".to_owned()))).collect()
    });
    Ok(results.into_iter().collect::<Result<(), _>>()?)
}

fn next<T>(items: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    items.lock().ok()?.next()
}
