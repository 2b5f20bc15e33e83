//! The application keys of an account.

use core::future::Future;

use b2_proto::api::{CreateKey, DeleteKey, ListKeys};
use b2_proto::model::{ApplicationKey, ApplicationKeyId, FullApplicationKey};

use super::Client;
use crate::error::Error;
use crate::host::Host;
use crate::listing::{ListBuilder, PAGE};
use crate::maybe_send::MaybeSend;

impl<H: Host> Client<H> {
    /// Creates an application key (`b2_create_key`). Its secret is in this response only.
    ///
    /// # Errors
    ///
    /// Every error of B2 and of the network. If the response is lost, a key may have been created: list the keys.
    pub fn create_key(
        &self,
        key: CreateKey,
    ) -> impl Future<Output = Result<FullApplicationKey, Error>> + MaybeSend + use<H> {
        self.call(key)
    }

    /// Lists the application keys of the account, by id (`b2_list_keys`).
    pub fn list_keys(&self) -> ListBuilder<H, ListKeys> {
        let mut list = ListKeys::default();
        list.max_key_count = Some(PAGE);
        ListBuilder::new(self.clone(), list)
    }

    /// Returns the key with this id, if there is one (`b2_list_keys`).
    ///
    /// # Errors
    ///
    /// Every error of B2 and of the network.
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
    /// Every error of B2 and of the network.
    pub fn delete_key(
        &self,
        id: ApplicationKeyId,
    ) -> impl Future<Output = Result<ApplicationKey, Error>> + MaybeSend + use<H> {
        self.call(DeleteKey { application_key_id: id })
    }
}
