//! Files to upload.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use b2_tests::Rng;

use crate::page::TestPage;

/// An image of one pixel.
pub(crate) const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 13, b'I', b'D', b'A', b'T',
    0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x56, 0xc7, 0x2f, 0x0d, 0, 0,
    0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

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
