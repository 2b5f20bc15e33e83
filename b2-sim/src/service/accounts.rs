//! The accounts of the service.

use super::Service;
use crate::config::Credentials;
use crate::state::Key;

impl Service {
    /// Adds an account and returns its master key, whose ID is that of the account.
    ///
    /// Accounts have buckets and keys of their own. To one account, the buckets and files of another do not exist, except
    /// for names of buckets, which are unique among all, and downloads from public buckets. Files are not copied between
    /// accounts by `b2_copy_file`, but replicated if rules and keys of both say so.
    pub fn add_account(&mut self) -> Credentials {
        let credentials = Credentials::new(self.state.ids.account_id(), self.state.ids.key());
        self.put_account(&credentials);
        credentials
    }

    /// Adds the account of a master key, or replaces its master key.
    pub fn put_account(&mut self, credentials: &Credentials) {
        self.state.keys.insert(credentials.key_id.clone(), Key::master(credentials));
    }

    /// Returns the master keys of all accounts.
    #[must_use]
    pub fn accounts(&self) -> Vec<Credentials> {
        let masters = self.state.keys.values().filter(|key| key.is_master());
        masters.map(|key| Credentials { key_id: key.id.clone(), key: key.secret.clone() }).collect()
    }
}
