//! Flags for server-side encryption.
//!
//! SSE-C keys are read from the environment, because arguments are visible in process lists.

use b2_proto::model::{EncryptionKey, EncryptionSetting};
use clap::{Args, ValueEnum};

use crate::env;
use crate::error::CliError;

const DESTINATION_KEY: &str = "B2_DESTINATION_SSE_C_KEY_B64";
pub(crate) const DESTINATION_KEY_ID: &str = "B2_DESTINATION_SSE_C_KEY_ID";
const SOURCE_KEY: &str = "B2_SOURCE_SSE_C_KEY_B64";

/// The encryption mode of a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DestinationMode {
    /// With a key that B2 manages
    #[value(name = "SSE-B2")]
    SseB2,
    /// With a key of your own: 32 bytes in base64, in B2_DESTINATION_SSE_C_KEY_B64
    #[value(name = "SSE-C")]
    SseC,
}

/// The encryption mode of an existing file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceMode {
    /// With a key of your own: 32 bytes in base64, in B2_SOURCE_SSE_C_KEY_B64
    #[value(name = "SSE-C")]
    SseC,
}

/// Flags for the encryption of a new file.
#[derive(Args, Clone, Debug)]
pub(crate) struct DestinationEncryption {
    /// How B2 encrypts the file [default: the bucket's setting]
    #[arg(long, value_name = "MODE", ignore_case = true)]
    destination_server_side_encryption: Option<DestinationMode>,
    /// The only algorithm of B2
    #[arg(long, value_name = "ALGORITHM", hide = true, value_parser = ["AES256"])]
    destination_server_side_encryption_algorithm: Option<String>,
}

impl DestinationEncryption {
    /// Returns whether a flag is given.
    pub(crate) const fn is_given(&self) -> bool {
        self.destination_server_side_encryption.is_some()
    }

    /// Returns the setting for the new file, if a flag is given.
    pub(crate) fn setting(&self) -> Result<Option<EncryptionSetting>, CliError> {
        match self.destination_server_side_encryption {
            None => Ok(None),
            Some(DestinationMode::SseB2) => Ok(Some(EncryptionSetting::SseB2)),
            Some(DestinationMode::SseC) => {
                let key = key(DESTINATION_KEY)?;
                Ok(Some(EncryptionSetting::SseC(match env::variable(DESTINATION_KEY_ID) {
                    Some(id) => key.with_id(id),
                    None => key,
                })))
            }
        }
    }
}

/// Flags for the encryption of an existing file.
#[derive(Args, Clone, Debug)]
pub(crate) struct SourceEncryption {
    /// How the file is encrypted, if it needs a key of your own
    #[arg(long, value_name = "MODE", ignore_case = true)]
    source_server_side_encryption: Option<SourceMode>,
    /// The only algorithm of B2
    #[arg(long, value_name = "ALGORITHM", hide = true, value_parser = ["AES256"])]
    source_server_side_encryption_algorithm: Option<String>,
}

impl SourceEncryption {
    /// Returns whether a flag is given.
    pub(crate) const fn is_given(&self) -> bool {
        self.source_server_side_encryption.is_some()
    }

    /// Returns the setting of the file, if a flag is given.
    pub(crate) fn setting(&self) -> Result<Option<EncryptionSetting>, CliError> {
        match self.source_server_side_encryption {
            None => Ok(None),
            Some(SourceMode::SseC) => {
                let key = key(SOURCE_KEY)?.with_unknown_id();
                Ok(Some(EncryptionSetting::SseC(key)))
            }
        }
    }
}

fn key(name: &str) -> Result<EncryptionKey, CliError> {
    let text = env::variable(name).ok_or_else(|| {
        CliError::usage(format!(
            "Using SSE-C requires providing an encryption key via {name} env var\nIt is 32 bytes in base64."
        ))
    })?;
    EncryptionKey::from_base64(&text)
        .map_err(|error| CliError::usage(format!("{name}: {}", error.message())))
}
