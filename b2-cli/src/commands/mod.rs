//! The commands. Each module has the arguments of one command and runs it.

pub(crate) mod account;
pub(crate) mod bucket;
pub(crate) mod completion;
pub(crate) mod demo;
pub(crate) mod deprecated;
pub(crate) mod file;
pub(crate) mod install_autocomplete;
pub(crate) mod key;
pub(crate) mod license;
pub(crate) mod ls;
pub(crate) mod notification;
pub(crate) mod replication;
pub(crate) mod rm;
pub(crate) mod sim;
pub(crate) mod sync;
pub(crate) mod version;
