//! `b2 account`: logging in and out.

use std::io::{self, BufRead, IsTerminal, Write};

use b2_native::Client;
use b2_proto::account::Snapshot;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::context::Context;
use crate::env;
use crate::error::CliError;

const NO_KEY: &str = "no key was given; set B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY, or give the id as an argument \
                      and the key on standard input";

/// `b2 account`.
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Log in and keep the account in a file that Backblaze's own tool also uses
    Authorize(Authorize),
    /// Print the account that is used
    Get {
        /// Also print the application key and the token
        #[arg(long)]
        show_secrets: bool,
    },
    /// Log out: forget the stored account
    Clear,
}

/// `b2 account authorize`.
#[derive(Args, Debug)]
#[command(after_help = "\
Without arguments the key is taken from B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY, or asked for without being
shown. A key that is an argument is kept in the history of the shell and seen in lists of processes: give the id
only, and the key at the prompt or on standard input.
To use a key without storing it, set these variables and do not log in at all.

Examples:
  b2 account authorize                                  asks for both
  b2 account authorize 0012345678abcdef                 asks for the key
  b2 account authorize 0012345678abcdef < key-file      reads the key from a file
  b2 --realm http://127.0.0.1:8080 account authorize    at another server")]
pub(crate) struct Authorize {
    /// The id of the application key
    key_id: Option<String>,
    /// The application key; without it, the command asks for it and does not show it
    #[arg(hide_default_value = true)]
    key: Option<String>,
}

impl Account {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Authorize(authorize) => authorize.run(context).await,
            Self::Get { show_secrets } => {
                let client = context.client().await?;
                client.authorization().await?;
                context.output.json(&shown(&client, show_secrets))
            }
            Self::Clear => {
                use b2_client::AccountStore;
                let store = context.store()?;
                store.clear().await?;
                context.output.line(format!("Forgotten: {}", store.location()))
            }
        }
    }
}

impl Authorize {
    async fn run(self, context: &Context) -> Result<(), CliError> {
        let id = match self.key_id.or_else(|| env::variable(env::KEY_ID)) {
            Some(id) => id,
            None => ask_for_id().await?,
        };
        let key = match self.key.or_else(|| env::variable(env::KEY)) {
            Some(key) => key,
            None => ask_for_key().await?,
        };
        if let Some(realm) = context.realm() {
            context.note(format!("Using {}", b2_proto::api::realm_url(realm)?));
        }
        let client = context
            .client_builder(context.host()?)
            .store(context.store()?)
            .retry(context.first_retry_policy())
            .authorize(context.credentials(&id, &key))
            .await?;
        context.output.json(&shown(&client, false))
    }
}

/// What is known of the account, as Backblaze's tool prints it, but for the secrets where nobody asked for them.
fn shown(client: &Client, secrets: bool) -> Value {
    let Some(Snapshot { credentials, authorization, .. }) = client.account() else {
        return Value::Null;
    };
    let location = client.store_location();
    let file = (location != "memory").then_some(location);
    let mut json = json!({
        "accountFilePath": file,
        "applicationKeyId": credentials.application_key_id,
        "isMasterKey": client.is_master_key(),
    });
    if secrets {
        json["applicationKey"] = json!(credentials.application_key.expose());
    }
    if let Some(authorization) = authorization {
        let allowed = &authorization.allowed;
        let mut capabilities = allowed.capabilities.clone();
        capabilities.sort();
        json["accountId"] = json!(authorization.account_id);
        if secrets {
            json["accountAuthToken"] = json!(authorization.token.expose());
        }
        json["apiUrl"] = json!(authorization.api_url);
        json["downloadUrl"] = json!(authorization.download_url);
        json["s3endpoint"] = json!(authorization.s3_api_url);
        json["allowed"] = json!({
            "buckets": allowed.buckets,
            "capabilities": capabilities,
            "namePrefix": allowed.name_prefix,
        });
    }
    json
}

/// Asks a person for the id of the key, which is no secret.
async fn ask_for_id() -> Result<String, CliError> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(CliError::message(NO_KEY));
    }
    eprint!("Application key ID: ");
    let _ = std::io::stderr().flush();
    let line = read_line().await.map_err(|error| cannot_read("id", &error))?;
    given(&line, "application key ID")
}

/// Reads the key: from a person, without showing it, or from a pipe.
async fn ask_for_key() -> Result<String, CliError> {
    let stdin = std::io::stdin();
    let key = if stdin.is_terminal() {
        rpassword::prompt_password("Application key (not shown): ")
    } else {
        read_line().await
    };
    let key = key.map_err(|error| cannot_read("key", &error))?;
    if key.trim().is_empty() && !stdin.is_terminal() {
        return Err(CliError::message(NO_KEY));
    }
    given(&key, "application key")
}

/// Reads a line of standard input beside the command, which can be stopped meanwhile.
async fn read_line() -> io::Result<String> {
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    reading.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn cannot_read(what: &str, error: &io::Error) -> CliError {
    if error.kind() == io::ErrorKind::Interrupted {
        return CliError::Interrupted("Interrupted.".to_owned());
    }
    CliError::message(format!("the {what} could not be read: {error}"))
}

fn given(line: &str, what: &str) -> Result<String, CliError> {
    match line.trim() {
        "" => Err(CliError::message(format!("no {what} was given"))),
        text => Ok(text.to_owned()),
    }
}
