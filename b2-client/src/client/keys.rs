//! The application keys of an account.

use core::future::Future;

use b2_proto::api::{CreateKey, DeleteKey, ListKeys};
use b2_proto::model::{ApplicationKey, ApplicationKeyId, FullApplicationKey};

use super::Client;
use crate::error::Error;
use crate::host::Host;
use crate::listing::{self, Listing};
use crate::maybe_send::MaybeSend;

impl<H: Host> Client<H> {
    /// Makes an application key (`b2_create_key`). Its secret is shown this once.
    ///
    /// # Errors
    ///
    /// What B2 answers. If the answer is lost, a key may have been made: list the keys.
    pub fn create_key(
        &self,
        key: CreateKey,
    ) -> impl Future<Output = Result<FullApplicationKey, Error>> + MaybeSend + use<H> {
        self.call(key)
    }

    /// All application keys of the account, by id (`b2_list_keys`).
    pub fn list_keys(&self) -> Listing<ApplicationKey> {
        let mut list = ListKeys::default();
        list.max_key_count = Some(listing::PAGE);
        listing::walk(self.clone(), list)
    }

    /// The key with this id, if there is one (`b2_list_keys`).
    ///
    /// # Errors
    ///
    /// What B2 answers.
    pub async fn get_key(&self, id: &ApplicationKeyId) -> Result<Option<ApplicationKey>, Error> {
        let mut list = ListKeys::default();
        list.start_application_key_id = Some(id.clone());
        list.max_key_count = Some(1);
        let keys = self.call(list).await?.keys;
        Ok(keys.into_iter().find(|key| key.application_key_id == *id))
    }

    /// Deletes an application key; its tokens stop working (`b2_delete_key`).
    ///
    /// # Errors
    ///
    /// What B2 answers.
    pub fn delete_key(
        &self,
        id: ApplicationKeyId,
    ) -> impl Future<Output = Result<ApplicationKey, Error>> + MaybeSend + use<H> {
        self.call(DeleteKey { application_key_id: id })
    }
}
