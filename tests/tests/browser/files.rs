//! Files to upload.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use b2_tests::Rng;

use crate::page::TestPage;

impl TestPage {
    /// Creates a file of bytes that do not repeat.
    pub(crate) fn file(&self, name: &str, len: u64) -> PathBuf {
        const CHUNK: u64 = 1 << 20;
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = BufWriter::new(File::create(&path).unwrap());
        let mut rng = Rng::new(len);
        let mut left = len;
        while left > 0 {
            let chunk = left.min(CHUNK);
            file.write_all(&rng.bytes(chunk)).unwrap();
            left -= chunk;
        }
        file.flush().unwrap();
        path
    }
}
