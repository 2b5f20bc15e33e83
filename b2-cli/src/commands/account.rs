//! `b2 account`: log in, log out, show the account.

use std::io::{self, BufRead, IsTerminal, Write};

use b2_native::Client;
use b2_proto::account::Snapshot;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::context::Context;
use crate::env;
use crate::error::CliError;

const NO_KEY: &str = "no key was given; set B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY, or give the ID as an argument \
                      and the key on standard input";

/// The subcommands of `b2 account`.
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Log in and store the account in the file that Backblaze's own tool also uses
    Authorize(Authorize),
    /// Print the account in use
    Get(Get),
    /// Log out: delete the stored account
    Clear,
}

/// The arguments of `b2 account authorize`.
#[derive(Args, Debug)]
#[command(after_help = "\
Without arguments the key is read from B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY, or else from a prompt that does
not show it. Do not give the key as an argument: shells record arguments and process lists show them. Give only the
ID, and the key at the prompt or on standard input.
To use a key without storing it, set the two variables and do not log in.

Examples:
  b2 account authorize                                  asks for both
  b2 account authorize 0012345678abcdef                 asks for the key
  b2 account authorize 0012345678abcdef < key-file      reads the key from a file
  b2 --realm http://127.0.0.1:8080 account authorize    at another server")]
pub(crate) struct Authorize {
    /// The ID of the application key
    key_id: Option<String>,
    /// The application key [default: from a prompt that does not show it]
    #[arg(hide_default_value = true)]
    key: Option<String>,
    /// The realm dev, for tests within Backblaze
    #[arg(long, hide = true, conflicts_with_all = ["staging", "realm"])]
    dev: bool,
    /// The realm staging, for tests within Backblaze
    #[arg(long, hide = true, conflicts_with = "realm")]
    staging: bool,
}

/// The arguments of `b2 account get`.
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// Also print the application key and the token
    #[arg(long)]
    show_secrets: bool,
}

impl Account {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Authorize(authorize) => authorize.run(context).await,
            Self::Get(Get { show_secrets }) => {
                let client = context.client().await?;
                client.authorization().await?;
                context.output.json(&account_json(&client, show_secrets))
            }
            Self::Clear => {
                use b2_client::AccountStore;
                let store = context.store()?;
                Ok(store.clear().await?)
            }
        }
    }
}

impl Authorize {
    async fn run(self, context: &Context) -> Result<(), CliError> {
        let id = match self.key_id.or_else(|| env::variable(env::KEY_ID)) {
            Some(id) => id,
            None => prompt_id().await?,
        };
        let key = match self.key.or_else(|| env::variable(env::KEY)) {
            Some(key) => key,
            None => prompt_key().await?,
        };
        let realm = match (self.dev, self.staging) {
            (true, _) => Some("dev"),
            (_, true) => Some("staging"),
            _ => context.realm(),
        };
        let mut credentials = context.credentials(&id, &key);
        if let Some(realm) = realm {
            credentials.realm = realm.to_owned();
            context.warn(format!("Using {}", b2_proto::account::realm_url(realm)?));
        }
        let client = context
            .client_builder(context.host()?)
            .store(context.store()?)
            .retry(context.first_retry_policy())
            .credentials(credentials)
            .authorize()
            .await?;
        context.output.json(&account_json(&client, false))
    }
}

/// Returns the account in the format of Backblaze's tool. Key and token are left out unless `secrets` is set.
fn account_json(client: &Client, secrets: bool) -> Value {
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

/// Reads the ID of the key from a prompt.
async fn prompt_id() -> Result<String, CliError> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(CliError::message(NO_KEY));
    }
    eprint!("Application key ID: ");
    let _ = std::io::stderr().flush();
    let line = read_line().await.map_err(|error| read_error("ID", &error))?;
    not_empty(&line, "application key ID")
}

/// Reads the key from a prompt that does not show it, or from a pipe.
async fn prompt_key() -> Result<String, CliError> {
    let stdin = std::io::stdin();
    let key = if stdin.is_terminal() {
        rpassword::prompt_password("Application key (not shown): ")
    } else {
        read_line().await
    };
    let key = key.map_err(|error| read_error("key", &error))?;
    if key.trim().is_empty() && !stdin.is_terminal() {
        return Err(CliError::message(NO_KEY));
    }
    not_empty(&key, "application key")
}

/// Reads a line of standard input on another thread, so that a signal can stop the command meanwhile.
async fn read_line() -> io::Result<String> {
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    reading.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn read_error(what: &str, error: &io::Error) -> CliError {
    if error.kind() == io::ErrorKind::Interrupted {
        return CliError::Interrupted("Interrupted.".to_owned());
    }
    CliError::message(format!("the {what} could not be read: {error}"))
}

fn not_empty(line: &str, what: &str) -> Result<String, CliError> {
    match line.trim() {
        "" => Err(CliError::message(format!("no {what} was given"))),
        text => Ok(text.to_owned()),
    }
}
