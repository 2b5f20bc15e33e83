//! Clients with the account of the environment.

use b2_client::{ClientBuilder, Error, FromEnvironment};
use b2_proto::ErrorKind;

use crate::NativeHost;

const KEY_ID_VARIABLE: &str = "B2_APPLICATION_KEY_ID";
const KEY_VARIABLE: &str = "B2_APPLICATION_KEY";
const REALM_VARIABLE: &str = "B2_ENVIRONMENT";
const USER_AGENT_VARIABLE: &str = "B2_USER_AGENT_APPEND";

/// Uses the first of these accounts that exists:
///
/// 1. the key in the environment variables `B2_APPLICATION_KEY_ID` and `B2_APPLICATION_KEY`, of the realm in
///    `B2_ENVIRONMENT` (by default Backblaze's service);
/// 2. with the feature `sqlite`, the account that Backblaze's `b2` tool stored at
///    [`account_info_path`](crate::account_info_path).
///
/// `B2_USER_AGENT_APPEND` is appended to the `User-Agent` of all requests.
impl FromEnvironment for NativeHost {
    async fn builder_from_env() -> Result<ClientBuilder<Self>, Error> {
        builder(|name| std::env::var(name).ok().filter(|value| !value.is_empty())).await
    }
}

/// Returns the builder for the environment variables that `variable` returns.
async fn builder(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<ClientBuilder<NativeHost>, Error> {
    let mut host = NativeHost::builder();
    if let Some(product) = variable(USER_AGENT_VARIABLE) {
        host = host.user_agent_suffix(product);
    }
    let mut builder = ClientBuilder::new(host.build()?);
    if let Some(realm) = variable(REALM_VARIABLE) {
        builder = builder.realm(realm);
    }
    match (variable(KEY_ID_VARIABLE), variable(KEY_VARIABLE)) {
        (Some(id), Some(key)) => Ok(builder.key(id.trim(), key.trim())),
        (None, None) => stored(builder).await,
        (given, _) => {
            let (given, missing) = match given {
                Some(_) => (KEY_ID_VARIABLE, KEY_VARIABLE),
                None => (KEY_VARIABLE, KEY_ID_VARIABLE),
            };
            let message = format!(
                "{given} is set and {missing} is not; set both, or neither to use the stored account"
            );
            Err(b2_proto::Error::new(ErrorKind::InvalidInput, message).into())
        }
    }
}

#[cfg(feature = "sqlite")]
async fn stored(builder: ClientBuilder<NativeHost>) -> Result<ClientBuilder<NativeHost>, Error> {
    use b2_client::AccountStore;
    let store = crate::SqliteStore::new(crate::account_info_path(None)?);
    match store.load().await? {
        Some(_) => Ok(builder.store(store)),
        None => Err(no_account()),
    }
}

#[cfg(not(feature = "sqlite"))]
async fn stored(_builder: ClientBuilder<NativeHost>) -> Result<ClientBuilder<NativeHost>, Error> {
    Err(no_account())
}

fn no_account() -> Error {
    let message = format!(
        "no account: set {KEY_ID_VARIABLE} and {KEY_VARIABLE}, or store one with `b2 account authorize`"
    );
    b2_proto::Error::new(ErrorKind::MissingAccountData, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_in_the_environment_is_used() {
        let variable = |name: &str| match name {
            KEY_ID_VARIABLE => Some("id ".to_owned()),
            KEY_VARIABLE => Some("secret\n".to_owned()),
            REALM_VARIABLE => Some("http://localhost:1".to_owned()),
            _ => None,
        };
        let client = builder(variable).await.unwrap().build().await.unwrap();
        let credentials = client.account().unwrap().credentials;
        assert_eq!(credentials.application_key_id.as_str(), "id");
        assert_eq!(credentials.application_key.expose(), "secret");
        assert_eq!(credentials.realm, "http://localhost:1");
    }

    #[tokio::test]
    async fn half_a_key_is_refused() {
        let variable = |name: &str| (name == KEY_VARIABLE).then(|| "secret".to_owned());
        let error = builder(variable).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains(KEY_ID_VARIABLE));
        assert!(!format!("{error:?}").contains("secret"));
    }
}
