//! Regular files whose length is not the number of their bytes.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::blocking::read_at;

/// Returns whether the length in the metadata of a regular file is the number of its bytes.
///
/// It is not for files that the system generates: the length is 0 in `/proc` and 4,096 in `/sys`.
#[must_use]
pub fn has_known_len(path: impl AsRef<Path>, len: u64) -> bool {
    let path = path.as_ref();
    if is_generated(path) {
        return false;
    }
    len > 0 || !has_bytes(path)
}

/// Returns the same as [`has_known_len`] for an open file.
pub(crate) fn has_known_len_open(file: &File, len: u64) -> bool {
    !is_generated_open(file) && (len > 0 || matches!(read_at(file, &mut [0], 0), Ok(0)))
}

/// Returns whether a file with the length 0 has bytes. A file that cannot be read counts as empty; the upload reports the
/// error.
fn has_bytes(path: &Path) -> bool {
    // Some generated files are queues, which may be empty now.
    match open_nonblocking(path).and_then(|mut file| file.read(&mut [0])) {
        Ok(read) => read > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}

/// Opens a file for reading. If it was replaced by a pipe, this does not wait for a writer.
pub(crate) fn open_nonblocking(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

/// Returns whether the file is on a file system that the Linux kernel generates.
#[cfg(target_os = "linux")]
fn is_generated(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|system| is_virtual(&system))
}

#[cfg(target_os = "linux")]
fn is_generated_open(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|system| is_virtual(&system))
}

#[cfg(target_os = "linux")]
fn is_virtual(system: &rustix::fs::StatFs) -> bool {
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
    // The type of the field depends on the architecture.
    let magic = u64::try_from(system.f_type).unwrap_or_default() & 0xffff_ffff;
    MAGIC.contains(&magic)
}

/// Returns false: such file systems are only known on Linux.
#[cfg(not(target_os = "linux"))]
fn is_generated(_path: &Path) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn is_generated_open(_file: &File) -> bool {
    false
}
