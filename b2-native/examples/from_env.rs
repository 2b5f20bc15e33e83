//! Lists the buckets of the account in the environment.
//!
//! The account is that of the variables `B2_APPLICATION_KEY_ID` and `B2_APPLICATION_KEY`, or the one that
//! `b2 account authorize` stored. `B2_ENVIRONMENT` selects another realm, such as a simulator, whose variables `b2 sim`
//! prints:
//!
//! ```text
//! cargo run -p b2-cli -- sim          # prints three `export` lines; run them in another shell
//! cargo run -p b2-native --example from_env
//! ```

use std::error::Error;

use b2_native::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env().await?;
    println!("account {}", client.authorization().await?.account_id);
    for bucket in client.list_buckets().await? {
        println!("{} {}", bucket.id(), bucket.name());
    }
    Ok(())
}
