//! Why a command ends without success, and what a person is told about it.

use std::fmt;
use std::io;

use b2_native::Error;
use b2_proto::ErrorKind;

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// This text says it all.
    Told(String),
    /// The arguments contradict each other, or one cannot be read.
    Usage(String),
    /// Whoever read the output has gone; that is no failure.
    ClosedPipe,
    /// A person stopped it; what is left of the work, and how to go on.
    Interrupted(String),
    /// What the library says.
    B2(Error),
}

impl Failure {
    pub(crate) fn told(text: impl Into<String>) -> Self {
        Self::Told(text.into())
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// A local file or folder could not be used.
    pub(crate) fn local(path: &std::path::Path, error: &io::Error) -> Self {
        Self::Told(format!("{}: {error}", path.display()))
    }

    /// A folder could not be made.
    pub(crate) fn no_folder(path: &std::path::Path, error: &io::Error) -> Self {
        let path = path.display();
        Self::Told(match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                format!(
                    "{path} is no folder: a file has this name, or one above it; choose another place"
                )
            }
            _ => format!("the folder {path} cannot be made: {error}; choose another place"),
        })
    }

    /// The exit code of the process.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Told(_) | Self::B2(_) => 1,
            Self::Usage(_) => 2,
            Self::Interrupted(_) => 130,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if is_closed_pipe(&error) { Self::ClosedPipe } else { Self::B2(error) }
    }
}

impl From<b2_proto::Error> for Failure {
    fn from(error: b2_proto::Error) -> Self {
        Self::B2(error.into())
    }
}

/// Standard output is the only thing that is written to while a command runs.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Told(format!("standard output: {error}"))
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(text) | Self::Usage(text) | Self::Interrupted(text) => f.write_str(text),
            Self::ClosedPipe => f.write_str("the reader of the output has gone"),
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

/// What the library cannot know: which command helps.
fn hint(error: &Error) -> Option<&'static str> {
    const REALM: &str =
        "Check the realm (--realm, B2_ENVIRONMENT): it must be a server of B2's own API.";
    let while_authorizing = error.operation() == Some("b2_authorize_account");
    Some(match error.kind() {
        ErrorKind::MissingAccountData => {
            "Run `b2 account authorize`, or set B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY."
        }
        ErrorKind::WrongKey => {
            "Check the key id and the key; keys are listed and made on Backblaze's web site and by `b2 key`."
        }
        ErrorKind::NonExistentBucket | ErrorKind::BucketIdNotFound => {
            "`b2 bucket list` shows which buckets there are."
        }
        ErrorKind::BucketNotEmpty => {
            "`b2 rm --versions --recursive b2://BUCKET` deletes all that it holds, and \
             `b2 file large unfinished cancel b2://BUCKET` what was never finished."
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
        ErrorKind::SourceChanged => "Run the same command again once nothing writes to the file.",
        ErrorKind::FileNotPresent if error.subject().is_some_and(|name| name.ends_with('/')) => {
            "A name with a slash at its end is that of a folder, unless a file has it. `b2 file download -r` \
             downloads a folder, and `b2 ls -r` shows what is in it."
        }
        ErrorKind::FileNotPresent => {
            "`b2 ls` shows which files there are; `--versions` also hidden ones."
        }
        _ => return None,
    })
}

/// Whether the error comes from writing to a pipe that nobody reads.
fn is_closed_pipe(error: &Error) -> bool {
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
