//! Flags for encryption. SSE-C keys come from the environment, so that no list of processes shows them.

use b2_proto::model::{EncryptionKey, EncryptionSetting};
use clap::{Args, ValueEnum};

use crate::context::{Context, variable};
use crate::failure::Failure;

const DESTINATION_KEY: &str = "B2_DESTINATION_SSE_C_KEY_B64";
const DESTINATION_KEY_ID: &str = "B2_DESTINATION_SSE_C_KEY_ID";
const SOURCE_KEY: &str = "B2_SOURCE_SSE_C_KEY_B64";

/// Who holds the key of a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// B2 does
    #[value(name = "SSE-B2")]
    SseB2,
    /// You do: in B2_DESTINATION_SSE_C_KEY_B64, 32 bytes in base64
    #[value(name = "SSE-C")]
    SseC,
}

/// Who holds the key of a file that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceMode {
    /// You do: in B2_SOURCE_SSE_C_KEY_B64, 32 bytes in base64
    #[value(name = "SSE-C")]
    SseC,
}

/// How a new file is encrypted.
#[derive(Args, Clone, Debug)]
pub(crate) struct Destination {
    /// Encrypt the file at B2; by default as the bucket says
    #[arg(long, value_name = "MODE", ignore_case = true)]
    destination_server_side_encryption: Option<Mode>,
    /// The only algorithm there is
    #[arg(long, value_name = "ALGORITHM", hide = true, value_parser = ["AES256"])]
    destination_server_side_encryption_algorithm: Option<String>,
}

impl Destination {
    pub(crate) fn setting(&self, context: &Context) -> Result<Option<EncryptionSetting>, Failure> {
        match self.destination_server_side_encryption {
            None => Ok(None),
            Some(Mode::SseB2) => Ok(Some(EncryptionSetting::SseB2)),
            Some(Mode::SseC) => {
                let key = key(DESTINATION_KEY)?;
                let key = match variable(DESTINATION_KEY_ID) {
                    Some(id) => key.with_id(id),
                    None => {
                        context.remark(format!(
                            "The file will not say which key it needs; set {DESTINATION_KEY_ID} to a name of \
                             the key and it will."
                        ));
                        key
                    }
                };
                Ok(Some(EncryptionSetting::SseC(key)))
            }
        }
    }
}

/// How a file that is read is encrypted.
#[derive(Args, Clone, Debug)]
pub(crate) struct Source {
    /// The file is encrypted with a key of yours
    #[arg(long, value_name = "MODE", ignore_case = true)]
    source_server_side_encryption: Option<SourceMode>,
    /// The only algorithm there is
    #[arg(long, value_name = "ALGORITHM", hide = true, value_parser = ["AES256"])]
    source_server_side_encryption_algorithm: Option<String>,
}

impl Source {
    pub(crate) fn setting(&self) -> Result<Option<EncryptionSetting>, Failure> {
        match self.source_server_side_encryption {
            None => Ok(None),
            Some(SourceMode::SseC) => {
                let key = key(SOURCE_KEY)?.with_unknown_id();
                Ok(Some(EncryptionSetting::SseC(key)))
            }
        }
    }
}

fn key(name: &str) -> Result<EncryptionKey, Failure> {
    let text = variable(name).ok_or_else(|| {
        Failure::usage(format!("SSE-C needs the key, 32 bytes in base64, in {name}"))
    })?;
    EncryptionKey::from_base64(&text)
        .map_err(|error| Failure::usage(format!("{name}: {}", error.message())))
}
