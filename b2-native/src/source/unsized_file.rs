//! Regular files whose length says nothing about how many bytes they have.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Whether a regular file has the length that its metadata says.
///
/// Files that a system makes when they are read have none: those of `/proc` say 0 bytes, those of `/sys` 4,096.
#[must_use]
pub fn has_known_len(path: impl AsRef<Path>, len: u64) -> bool {
    let path = path.as_ref();
    if is_made_by_the_system(path) {
        return false;
    }
    len > 0 || !has_bytes(path)
}

/// Whether a file that says it is empty has bytes. A file that cannot be read counts as empty here; the upload says
/// why it cannot be read.
fn has_bytes(path: &Path) -> bool {
    // Some files of a system are a queue, and have nothing yet.
    match open_without_wait(path).and_then(|mut file| file.read(&mut [0])) {
        Ok(read) => read > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}

/// Opens a file for reading. Where a pipe has taken its place meanwhile, no writer is waited for.
pub(super) fn open_without_wait(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

/// Whether the file lies on a file system that a Linux kernel makes up.
#[cfg(target_os = "linux")]
fn is_made_by_the_system(path: &Path) -> bool {
    /// The magic numbers of `statfs(2)`: proc, sysfs, debugfs, tracefs, securityfs, selinuxfs, cgroup, cgroup2,
    /// configfs, pstore, efivarfs, bpf.
    const MAGIC: [u64; 12] = [
        0x9fa0,
        0x6265_6572,
        0x6462_6720,
        0x7472_6163,
        0x7363_6673,
        0xf97c_ff8c,
        0x0027_e0eb,
        0x6367_7270,
        0x6265_6570,
        0x6165_676c,
        0xde5e_81e4,
        0xcafe_4a11,
    ];
    rustix::fs::statfs(path).is_ok_and(|system| {
        // Its type differs between architectures.
        let magic = u64::try_from(system.f_type).unwrap_or_default() & 0xffff_ffff;
        MAGIC.contains(&magic)
    })
}

/// Nothing is known of such file systems elsewhere than on Linux.
#[cfg(not(target_os = "linux"))]
fn is_made_by_the_system(_path: &Path) -> bool {
    false
}
