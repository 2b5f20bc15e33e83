//! `b2 file cat`.

use b2_native::NativeSink;
use clap::Args;

use crate::args::encryption::SourceEncryption;
use crate::args::flags::WriteBuffer;
use crate::context::Context;
use crate::error::CliError;
use crate::transfer;
use crate::uri::FileUri;

/// The arguments of `b2 file cat`.
#[derive(Args, Debug)]
pub(crate) struct Cat {
    /// b2://BUCKET/NAME or b2id://FILE_ID
    uri: FileUri,
    /// Do not verify the SHA-1
    #[arg(long)]
    skip_hash_verification: bool,
    #[command(flatten)]
    buffer: WriteBuffer,
    #[command(flatten)]
    encryption: SourceEncryption,
}

impl Cat {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let encryption = self.encryption.setting()?;
        let mut download = context.download(&self.uri).await?;
        if let Some(encryption) = encryption {
            download = download.encryption(encryption);
        }
        context.output.flush()?;
        let sink = NativeSink::writer(tokio::io::stdout());
        let transfer =
            download.retry(context.retry_policy()).verify(!self.skip_hash_verification).start(sink);
        let done = transfer::run(context, transfer, |event| Ok(event.into())).await;
        let done = context.or_missing_bucket(&self.uri, done).await;
        done.map(drop).map_err(CliError::or_interrupted_download)
    }
}
