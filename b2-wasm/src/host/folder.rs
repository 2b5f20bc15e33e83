//! A folder of JavaScript: an object over the handles of a page, over a list of files, or over the paths of Node.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::proto::hash::Sha1Digest;
use b2_client::proto::machine::{LocalFile, LocalScan};
use b2_client::proto::time::Timestamp;
use b2_client::{BoxFuture, HostError, LocalFolder, NewLocalFile, ScanStream, Source};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::js_folder::{JsFolder, answer, failed, not_read, time};
use super::scan;
use super::{WebHost, WebSink, WebSource};
use crate::task::settled;

#[wasm_bindgen]
extern "C" {
    /// A `Blob` of a folder.
    type OpenedFile;

    #[wasm_bindgen(method, getter, js_name = lastModified)]
    fn last_modified(this: &OpenedFile) -> Option<f64>;

    /// A file that is being written, which is a target of [`WebSink`] as well.
    #[derive(Clone)]
    type CreatedFile;

    #[wasm_bindgen(method, catch)]
    fn close(this: &CreatedFile, modified: Option<f64>) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn abort(this: &CreatedFile) -> Result<JsValue, JsValue>;
}

/// A folder of JavaScript.
#[derive(Clone)]
pub struct WebFolder(JsFolder);

impl WebFolder {
    /// Returns the folder that this object reads and writes.
    #[must_use]
    pub fn new(folder: JsFolder) -> Self {
        Self(folder)
    }
}

impl LocalFolder<WebHost> for WebFolder {
    fn scan(&self, scan: LocalScan) -> ScanStream {
        scan::pages(self.0.clone(), scan)
    }

    fn open(&self, name: String) -> BoxFuture<'static, Result<(WebSource, LocalFile), HostError>> {
        let folder = self.0.clone();
        Box::pin(async move { open(&folder, name).await })
    }

    fn digest(&self, file: LocalFile) -> BoxFuture<'static, Result<Sha1Digest, HostError>> {
        let folder = self.0.clone();
        Box::pin(async move {
            let (source, found) = open(&folder, file.name.clone()).await?;
            if found != file {
                let message = "it has changed since the folder was read";
                return Err(TransportError::new(TransportErrorKind::SourceChanged, message).into());
            }
            source.digest(0..file.size).await
        })
    }

    fn create(
        &self,
        name: String,
        len: u64,
    ) -> BoxFuture<'static, Result<Box<dyn NewLocalFile<WebHost>>, HostError>> {
        let folder = self.0.clone();
        Box::pin(async move {
            check_relative(&name, TransportErrorKind::Sink)?;
            let created = answer(folder.create(&name, len as f64)).await.map_err(not_written)?;
            let file: Box<dyn NewLocalFile<WebHost>> =
                Box::new(WebNewFile { file: Some(created.unchecked_into()) });
            Ok(file)
        })
    }

    fn create_folder(&self, name: String) -> BoxFuture<'static, Result<(), HostError>> {
        let folder = self.0.clone();
        Box::pin(async move {
            if name.is_empty() {
                return Ok(());
            }
            check_relative(&name, TransportErrorKind::Sink)?;
            answer(folder.create_folder(&name)).await.map(drop).map_err(not_written)
        })
    }

    fn remove(&self, name: String) -> BoxFuture<'static, Result<(), HostError>> {
        let folder = self.0.clone();
        Box::pin(async move {
            check_relative(&name, TransportErrorKind::Sink)?;
            answer(folder.remove(&name)).await.map(drop).map_err(not_written)
        })
    }
}

/// A file that is being written.
struct WebNewFile {
    /// `None` once it is published.
    file: Option<CreatedFile>,
}

impl NewLocalFile<WebHost> for WebNewFile {
    fn sink(&self) -> WebSink {
        WebSink::new(self.file.clone().map_or(JsValue::UNDEFINED, JsValue::from))
    }

    fn publish(
        mut self: Box<Self>,
        modified: Option<Timestamp>,
    ) -> BoxFuture<'static, Result<(), HostError>> {
        Box::pin(async move {
            let Some(file) = &self.file else { return Ok(()) };
            let modified = modified.map(|time| time.as_millis() as f64);
            answer(file.close(modified)).await.map_err(not_written)?;
            self.file = None;
            Ok(())
        })
    }
}

impl Drop for WebNewFile {
    fn drop(&mut self) {
        if let Some(file) = self.file.take()
            && let Ok(aborted) = file.abort()
        {
            // It is not awaited; a rejection that is not handled would be reported.
            drop(settled(&Promise::resolve(&aborted)));
        }
    }
}

async fn open(folder: &JsFolder, name: String) -> Result<(WebSource, LocalFile), HostError> {
    check_relative(&name, TransportErrorKind::Source)?;
    let opened = answer(folder.open(&name)).await.map_err(not_read)?;
    let modified = opened.unchecked_ref::<OpenedFile>().last_modified();
    let (Some(blob), Some(modified)) = (opened.dyn_ref::<Blob>(), modified) else {
        let message = "the folder gave something else than a Blob with `lastModified`";
        return Err(TransportError::new(TransportErrorKind::Source, message).into());
    };
    let source = WebSource::of_blob(blob.clone());
    let file = LocalFile { name, size: source.len(), modified: time(modified) };
    Ok((source, file))
}

fn not_written(error: JsValue) -> HostError {
    failed(TransportErrorKind::Sink, error)
}

/// Checks that a name stays below the root.
fn check_relative(name: &str, kind: TransportErrorKind) -> Result<(), HostError> {
    let leaves = name.split('/').any(|part| matches!(part, "" | "." | ".."));
    if leaves || name.contains('\0') {
        let message = "its name would not stay inside of the folder";
        return Err(TransportError::new(kind, message).into());
    }
    Ok(())
}

impl fmt::Debug for WebFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebFolder")
    }
}
