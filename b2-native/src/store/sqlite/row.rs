//! The row of the account, and the names of its buckets.

use std::collections::HashMap;

use b2_proto::account::{Allowed, Authorization, BucketNames, Credentials, Snapshot};
use b2_proto::model::BucketId;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Transaction, params};

use super::schema::{self, ABSOLUTE_MINIMUM_PART_SIZE};

/// Reads a database of any version, by the names of its columns. Returns `None` if there is no account, and `Some(None)`
/// if its key is missing.
pub(super) fn read(transaction: &Transaction<'_>) -> rusqlite::Result<Option<Option<Snapshot>>> {
    if !has_table(transaction, "account")? {
        return Ok(None);
    }
    let mut statement = transaction.prepare("SELECT * FROM account LIMIT 1")?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let row = statement.query_row([], |row| {
        let column = |(index, name): (usize, &String)| Ok((name.clone(), row.get(index)?));
        names.iter().enumerate().map(column).collect::<rusqlite::Result<_>>().map(Row)
    });
    let Some(row) = row.optional()? else {
        return Ok(None);
    };
    let Some(credentials) = row.credentials() else {
        return Ok(Some(None));
    };
    let authorization = row.authorization();
    let buckets = buckets(transaction)?;
    Ok(Some(Some(Snapshot { credentials, authorization, buckets })))
}

/// Replaces the row. The names of buckets are kept if the account is the same and no names are given.
pub(super) fn write(transaction: &Transaction<'_>, snapshot: &Snapshot) -> rusqlite::Result<()> {
    let Snapshot { credentials, authorization, buckets } = snapshot;
    let sql = "SELECT account_id FROM account
        WHERE realm = ?1 AND (account_id = ?2 OR account_id_or_app_key_id = ?3) LIMIT 1";
    let id = authorization.as_ref().map(|authorization| authorization.account_id.as_str());
    let key_id = credentials.application_key_id.as_str();
    let same: Option<String> = transaction
        .query_row(sql, params![credentials.realm, id, key_id], |row| row.get(0))
        .optional()?;

    // An empty token means no authorization, also for b2sdk, which then authorizes again.
    let none = || Authorization::new(same.clone().unwrap_or_default().into(), "".into(), "", "");
    let authorization = authorization.clone().unwrap_or_else(none);
    let allowed = serde_json::to_string(&authorization.allowed)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    transaction.execute_batch("DELETE FROM account; DELETE FROM bucket_upload_url")?;
    transaction.execute(
        "INSERT INTO account (account_id, account_id_or_app_key_id, application_key,
            account_auth_token, api_url, download_url, recommended_part_size,
            absolute_minimum_part_size, realm, allowed, s3_api_url)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            authorization.account_id.as_str(),
            key_id,
            credentials.application_key.expose(),
            authorization.token.expose(),
            authorization.api_url,
            authorization.download_url,
            authorization.recommended_part_size.cast_signed(),
            authorization.absolute_minimum_part_size.cast_signed(),
            credentials.realm,
            allowed,
            authorization.s3_api_url,
        ],
    )?;
    if same.is_none() || !buckets.is_empty() {
        transaction.execute("DELETE FROM bucket", [])?;
        let sql = "INSERT INTO bucket (bucket_name, bucket_id) VALUES (?1, ?2)";
        let mut statement = transaction.prepare(sql)?;
        for (id, name) in buckets.iter() {
            statement.execute([name, id.as_str()])?;
        }
    }
    Ok(())
}

/// Removes the row and the names.
pub(super) fn clear(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    for table in ["account", "bucket", "bucket_upload_url"] {
        if has_table(transaction, table)? {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
    }
    Ok(())
}

fn has_table(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
    transaction.query_row(sql, [name], |row| row.get::<_, i64>(0)).map(|count| count > 0)
}

fn buckets(transaction: &Transaction<'_>) -> rusqlite::Result<BucketNames> {
    if !has_table(transaction, "bucket")? {
        return Ok(BucketNames::default());
    }
    let mut statement = transaction.prepare("SELECT bucket_id, bucket_name FROM bucket")?;
    let rows = statement.query_map([], |row| {
        Ok((BucketId::new(row.get::<_, String>(0)?), row.get::<_, String>(1)?))
    })?;
    rows.collect()
}

/// The columns of the row, by name.
struct Row(HashMap<String, Value>);

impl Row {
    fn text(&self, column: &str) -> Option<&str> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn size(&self, column: &str) -> Option<u64> {
        match self.0.get(column) {
            Some(Value::Integer(size)) => u64::try_from(*size).ok(),
            _ => None,
        }
    }

    fn credentials(&self) -> Option<Credentials> {
        let key_id = self.text("account_id_or_app_key_id").or_else(|| self.text("account_id"))?;
        Some(Credentials {
            realm: self.text("realm")?.to_owned(),
            application_key_id: key_id.into(),
            application_key: self.text("application_key")?.into(),
        })
    }

    /// Returns the authorization, or `None` if it is missing or invalid.
    fn authorization(&self) -> Option<Authorization> {
        let token = self.text("account_auth_token").filter(|token| !token.is_empty())?;
        let account_id = self.text("account_id")?;
        let urls = (self.text("api_url")?, self.text("download_url")?);
        let mut authorization = Authorization::new(account_id.into(), token.into(), urls.0, urls.1);
        self.text("s3_api_url").unwrap_or_default().clone_into(&mut authorization.s3_api_url);
        authorization.recommended_part_size =
            self.size("recommended_part_size").or_else(|| self.size("minimum_part_size"))?;
        authorization.absolute_minimum_part_size =
            self.size("absolute_minimum_part_size").unwrap_or(ABSOLUTE_MINIMUM_PART_SIZE);
        if let Some(allowed) = self.text("allowed") {
            authorization.allowed = self::allowed(allowed)?;
        }
        Some(authorization)
    }
}

fn allowed(text: &str) -> Option<Allowed> {
    let mut value = serde_json::from_str(text).ok()?;
    schema::modernize(&mut value);
    serde_json::from_value(value).ok()
}
