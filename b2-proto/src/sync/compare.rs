//! Whether two files are different.
