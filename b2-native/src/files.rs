//! Uploads and downloads of local files by path.

use std::future::Future;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use b2_client::{Error, FileHost, FolderHost, LocalFile, SavedFile, UploadContent};
use b2_proto::time::Timestamp;

use crate::{LocalContent, NativeFolder, NativeHost, NativeSink, SaveFile, SaveOptions};

impl FileHost for NativeHost {
    type Path = PathBuf;
    type SavedFile = SaveFile;

    #[expect(clippy::manual_async_fn, reason = "the future must not borrow the host")]
    fn open_file(
        &self,
        path: PathBuf,
    ) -> impl Future<Output = Result<LocalFile<Self>, Error>> + Send + 'static {
        async move {
            Ok(match LocalContent::open(path).await? {
                LocalContent::File(source) => {
                    let modified = source.modified().filter(|time| *time >= UNIX_EPOCH);
                    let modified = modified.map(Timestamp::from);
                    LocalFile { content: UploadContent::Source(source), modified }
                }
                LocalContent::Stream(reader) => {
                    LocalFile { content: UploadContent::Reader(reader), modified: None }
                }
            })
        }
    }

    async fn create_file(&self, path: PathBuf) -> Result<SaveFile, Error> {
        SaveFile::create(path, SaveOptions::default()).await
    }
}

impl SavedFile<NativeSink> for SaveFile {
    fn sink(&self) -> NativeSink {
        Self::sink(self)
    }

    async fn commit(self, modified: Option<Timestamp>) -> Result<(), Error> {
        Self::commit(self, modified).await
    }
}

impl FolderHost for NativeHost {
    type FolderPath = PathBuf;
    type LocalFolder = NativeFolder;

    fn local_folder(path: PathBuf) -> NativeFolder {
        NativeFolder::new(path)
    }
}
