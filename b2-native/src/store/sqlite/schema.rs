//! The tables of b2sdk, and its six migrations.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};

/// The value that b2sdk uses for old files without one.
pub(super) const ABSOLUTE_MINIMUM_PART_SIZE: u64 = 5_000_000;

const BASE: &str = "
    CREATE TABLE IF NOT EXISTS update_done (update_number INT NOT NULL);
    CREATE TABLE IF NOT EXISTS account (
        account_id TEXT NOT NULL,
        application_key TEXT NOT NULL,
        account_auth_token TEXT NOT NULL,
        api_url TEXT NOT NULL,
        download_url TEXT NOT NULL,
        minimum_part_size INT NOT NULL,
        realm TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS bucket (bucket_name TEXT NOT NULL, bucket_id TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS bucket_upload_url (
        bucket_id TEXT NOT NULL,
        upload_url TEXT NOT NULL,
        upload_auth_token TEXT NOT NULL
    );
";

/// Replaces `minimum_part_size` with two columns.
const TWO_SIZES: &str = "
    CREATE TABLE tmp_account (
        account_id TEXT NOT NULL,
        application_key TEXT NOT NULL,
        account_auth_token TEXT NOT NULL,
        api_url TEXT NOT NULL,
        download_url TEXT NOT NULL,
        absolute_minimum_part_size INT NOT NULL,
        recommended_part_size INT NOT NULL,
        realm TEXT NOT NULL,
        allowed TEXT,
        account_id_or_app_key_id TEXT,
        s3_api_url TEXT
    );
    INSERT INTO tmp_account
    SELECT account_id, application_key, account_auth_token, api_url, download_url, 5000000,
        minimum_part_size, realm, allowed, account_id_or_app_key_id, s3_api_url
    FROM account;
    DROP TABLE account;
    ALTER TABLE tmp_account RENAME TO account;
";

/// Migrates a database of any version, or an empty one, to the newest version. Migrations are recorded like in b2sdk.
pub(super) fn upgrade(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(BASE)?;
    for step in 1..=6 {
        let sql = "SELECT COUNT(*) FROM update_done WHERE update_number = ?1";
        let done: i64 = transaction.query_row(sql, [step], |row| row.get(0))?;
        if done > 0 {
            continue;
        }
        match step {
            1 => transaction.execute_batch("ALTER TABLE account ADD COLUMN allowed TEXT")?,
            2 => transaction
                .execute_batch("ALTER TABLE account ADD COLUMN account_id_or_app_key_id TEXT")?,
            3 => transaction.execute_batch("ALTER TABLE account ADD COLUMN s3_api_url TEXT")?,
            4 => transaction.execute_batch(TWO_SIZES)?,
            // Steps 5 and 6 are the same: some versions wrote the old format into new files.
            _ => many_buckets(transaction)?,
        }
        transaction.execute("INSERT INTO update_done (update_number) VALUES (?1)", [step])?;
    }
    Ok(())
}

/// Converts `allowed` from one bucket to a list of buckets.
fn many_buckets(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let sql = "SELECT allowed FROM account LIMIT 1";
    let stored: Option<Option<String>> =
        transaction.query_row(sql, [], |row| row.get(0)).optional()?;
    let Some(Some(stored)) = stored else {
        return Ok(());
    };
    let Ok(mut allowed) = serde_json::from_str(&stored) else {
        return Ok(());
    };
    if modernize(&mut allowed) {
        transaction.execute("UPDATE account SET allowed = ?1", params![allowed.to_string()])?;
    }
    Ok(())
}

/// Converts `allowed` to the newest format, and returns whether it was changed.
pub(super) fn modernize(allowed: &mut Value) -> bool {
    let Some(fields) = allowed.as_object_mut() else {
        return false;
    };
    if fields.contains_key("buckets") {
        return false;
    }
    let id = fields.remove("bucketId").unwrap_or_default();
    let name = fields.remove("bucketName").unwrap_or_default();
    let buckets = if id.is_null() { Value::Null } else { json!([{ "id": id, "name": name }]) };
    fields.insert("buckets".to_owned(), buckets);
    true
}
