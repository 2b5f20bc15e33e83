//! Errors of commands, with their exit codes and hints.

mod wording;

use std::fmt;
use std::io;
use std::path::Path;

use b2_native::Error;
use b2_proto::ErrorKind;

/// Why a command fails.
#[derive(Debug)]
pub(crate) enum CliError {
    /// A complete message.
    Message(String),
    /// The arguments contradict each other, or one is invalid.
    Usage(String),
    /// The reader of standard output has closed it. Not reported as a failure.
    BrokenPipe,
    /// A signal stopped the command. Says what remains of the work and how to continue.
    Interrupted(String),
    /// An error of the library.
    B2(Error),
}

impl CliError {
    pub(crate) fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// A local file or folder could not be used.
    pub(crate) fn local(path: &Path, error: &io::Error) -> Self {
        Self::Message(format!("{}: {error}", path.display()))
    }

    /// A folder could not be created.
    pub(crate) fn create_folder(path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        Self::Message(match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => format!(
                "{path} is not a folder: it, or a part of its path, is a file; choose another path"
            ),
            _ => format!("the folder {path} cannot be created: {error}; choose another path"),
        })
    }

    /// Converts the error of a download that a signal cancelled.
    pub(crate) fn or_interrupted_download(self) -> Self {
        self.or_interrupted("Interrupted. Nothing of the download was kept.")
    }

    /// Converts the error of work that a signal cancelled. `text` says what remains of it.
    pub(crate) fn or_interrupted(self, text: &str) -> Self {
        match self {
            Self::B2(error) if error.kind() == ErrorKind::Cancelled => {
                Self::Interrupted(text.to_owned())
            }
            other => other,
        }
    }

    /// Converts the error of a command that lists files: Backblaze's tool then names a missing bucket in other words.
    pub(crate) fn in_listing(self) -> Self {
        match self {
            Self::B2(error) if error.kind() == ErrorKind::NonExistentBucket => {
                let name = error.subject().unwrap_or_default().to_owned();
                Self::Message(format!("No such bucket: {name}\n{}", Self::B2(error)))
            }
            other => other,
        }
    }

    /// Returns an error in the words of Backblaze's tool where it has words for it, else in this program's.
    pub(crate) fn in_known_words(error: &Error) -> String {
        wording::text(error).unwrap_or_else(|| error.to_string())
    }

    /// Returns what is printed to standard error: the error in the words of Backblaze's tool where it has words for it,
    /// then in this program's. `None` if nothing is printed.
    pub(crate) fn report(&self) -> Option<String> {
        match self {
            Self::BrokenPipe => None,
            Self::Interrupted(text) => Some(text.clone()),
            Self::Message(text) | Self::Usage(text) => Some(format!("ERROR: {text}")),
            Self::B2(error) => Some(match wording::first_line(error) {
                Some(line) => format!("{line}\n{self}"),
                None => format!("ERROR: {self}"),
            }),
        }
    }

    /// Returns the exit code of the process.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::BrokenPipe => 0,
            Self::Message(_) | Self::B2(_) => 1,
            Self::Usage(_) => 2,
            Self::Interrupted(_) => 130,
        }
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        if is_broken_pipe(&error) { Self::BrokenPipe } else { Self::B2(error) }
    }
}

impl From<b2_proto::Error> for CliError {
    fn from(error: b2_proto::Error) -> Self {
        Self::B2(error.into())
    }
}

/// Errors of standard output: commands use `?` on no other [`io::Error`].
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::BrokenPipe
        } else {
            Self::Message(format!("standard output: {error}"))
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(text) | Self::Usage(text) | Self::Interrupted(text) => f.write_str(text),
            Self::BrokenPipe => f.write_str("the reader of the output has closed it"),
            Self::B2(error) => {
                error.fmt(f)?;
                match hint(error) {
                    Some(hint) => write!(f, "\n{hint}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Returns which command or flag helps, which the library cannot know.
fn hint(error: &Error) -> Option<&'static str> {
    const REALM: &str =
        "Check the realm (--realm, B2_ENVIRONMENT): it must be a server of the B2 native API.";
    let while_authorizing = error.operation() == Some("b2_authorize_account");
    Some(match error.kind() {
        ErrorKind::MissingAccountData => {
            "Run `b2 account authorize`, or set B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY."
        }
        ErrorKind::WrongKey => {
            "Check the key id and the key; keys are listed and created on the Backblaze web site and with `b2 key`."
        }
        ErrorKind::NonExistentBucket | ErrorKind::BucketIdNotFound => {
            "`b2 bucket list` shows which buckets there are."
        }
        ErrorKind::BucketNotEmpty => {
            "`b2 rm --versions --recursive b2://BUCKET` deletes its files, and \
             `b2 file large unfinished cancel b2://BUCKET` its unfinished large files."
        }
        ErrorKind::Unauthorized | ErrorKind::RestrictedBucket => {
            "`b2 account get` shows what the key may do."
        }
        ErrorKind::Connect | ErrorKind::UnknownHost | ErrorKind::Timeout => {
            "--retry-for SECONDS waits longer."
        }
        ErrorKind::UntrustedHost => "--allow-host HOST, or B2_ALLOW_HOSTS, allows a host.",
        ErrorKind::InvalidResponse | ErrorKind::PotentialS3Endpoint => REALM,
        ErrorKind::ForeignResponse
        | ErrorKind::ResourceNotFound
        | ErrorKind::BadRequest
        | ErrorKind::Unknown
            if while_authorizing =>
        {
            REALM
        }
        ErrorKind::EmptySource => "--allow-empty-source synchronizes it anyway.",
        ErrorKind::DestinationNewer => {
            "--skip-newer leaves such files alone, and --replace-newer replaces them."
        }
        ErrorKind::SourceChanged => {
            "Run the command again when no other program writes to the file."
        }
        ErrorKind::FileNotPresent if error.subject().is_some_and(|name| name.ends_with('/')) => {
            "A name that ends in a slash is usually a folder. `b2 file download -r` downloads a folder, and `b2 ls -r` \
             lists its files."
        }
        ErrorKind::FileNotPresent => {
            "`b2 ls` lists the files; `--versions` also lists hidden ones."
        }
        _ => return None,
    })
}

/// Returns whether a write to a closed pipe caused the error.
fn is_broken_pipe(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let broken = cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        if broken {
            return error.kind() == ErrorKind::Destination;
        }
        source = cause.source();
    }
    false
}
