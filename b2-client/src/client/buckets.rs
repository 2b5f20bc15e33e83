//! The buckets of an account.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::future::IntoFuture;

use b2_proto::ErrorKind;
use b2_proto::api::{BucketsList, CreateBucket, DeleteBucket, ListBuckets};
use b2_proto::model::{BucketId, BucketInfo};

use super::Client;
use crate::bucket::Bucket;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::BoxFuture;

impl<H: Host> Client<H> {
    /// Creates a bucket (`b2_create_bucket`). [`Bucket::info`] gives its settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateBucketName`] if the name is taken, possibly by another account.
    pub async fn create_bucket(&self, bucket: CreateBucket) -> Result<Bucket<H>, Error> {
        let info = self.call(bucket).await?;
        self.session.save_bucket(&info.bucket_id, &info.bucket_name).await;
        Ok(Bucket::of_info(self.clone(), info))
    }

    /// Lists the buckets that the key may see (`b2_list_buckets`), with their settings ([`Bucket::info`]). A key that is
    /// restricted to buckets sees those.
    ///
    /// ```
    /// # async fn run<H: b2_client::Host>(client: b2_client::Client<H>) -> Result<(), b2_client::Error> {
    /// for bucket in client.list_buckets().await? {
    ///     println!("{} {}", bucket.id(), bucket.name());
    /// }
    /// let one = client.list_buckets().name("my-photos").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_buckets(&self) -> ListBucketsBuilder<H> {
        ListBucketsBuilder { client: self.clone(), filter: ListBuckets::default() }
    }

    /// Returns the bucket with this name if the key is restricted to it or an earlier call has seen it. Nothing is sent
    /// except the authorization, if necessary.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucket`] if the key is restricted to other buckets.
    pub async fn known_bucket(&self, name: &str) -> Result<Option<Bucket<H>>, Error> {
        // The authorization of a restricted key names its buckets.
        self.authorization().await?;
        let known = self.session.bucket_id(name).await?;
        Ok(known.map(|id| Bucket::new(self.clone(), id, name.to_owned())))
    }

    /// Returns the bucket with this name. Nothing is sent if its id is known from the key, the cache or an earlier call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonExistentBucket`], or [`ErrorKind::RestrictedBucket`] if the key is restricted to other buckets.
    pub async fn bucket(&self, name: &str) -> Result<Bucket<H>, Error> {
        if let Some(bucket) = self.known_bucket(name).await? {
            return Ok(bucket);
        }
        let mut list = ListBuckets::default();
        list.bucket_name = Some(name.to_owned());
        let BucketsList { buckets, unreadable, .. } = self.call(list).await?;
        let mut buckets = buckets.into_iter();
        if let Some(info) = buckets.find(|bucket| bucket.bucket_name.eq_ignore_ascii_case(name)) {
            self.session.save_bucket(&info.bucket_id, &info.bucket_name).await;
            return Ok(Bucket::of_info(self.clone(), info));
        }
        let is_this = |error: &b2_proto::Error| {
            error.subject().is_some_and(|subject| subject.eq_ignore_ascii_case(name))
        };
        if let Some(error) = unreadable.into_iter().find(is_this) {
            return Err(error.into());
        }
        let message =
            format!("no bucket is named '{name}'; list the buckets to see which there are");
        Err(b2_proto::Error::new(ErrorKind::NonExistentBucket, message).with_subject(name).into())
    }

    /// Returns the bucket with this id. Nothing is sent if its name is known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BucketIdNotFound`], or [`ErrorKind::RestrictedBucket`] if the key is restricted to other buckets.
    pub async fn bucket_by_id(&self, id: &BucketId) -> Result<Bucket<H>, Error> {
        self.authorization().await?.allowed.check_bucket_id(id)?;
        if let Some(name) = self.session.bucket_name(id).await {
            return Ok(Bucket::new(self.clone(), id.clone(), name));
        }
        Ok(Bucket::of_info(self.clone(), self.bucket_info(id).await?))
    }

    /// Returns the settings of a bucket as they are now.
    pub(crate) async fn bucket_info(&self, id: &BucketId) -> Result<BucketInfo, Error> {
        let mut list = ListBuckets::default();
        list.bucket_id = Some(id.clone());
        let mut buckets = self.call(list).await?.buckets.into_iter();
        if let Some(info) = buckets.find(|bucket| bucket.bucket_id == *id) {
            self.session.save_bucket(&info.bucket_id, &info.bucket_name).await;
            return Ok(info);
        }
        self.session.remove_bucket(id).await;
        let message = "no bucket has this id";
        Err(b2_proto::Error::new(ErrorKind::BucketIdNotFound, message)
            .with_subject(id.as_str())
            .into())
    }

    /// Deletes an empty bucket (`b2_delete_bucket`) and returns the settings that it had.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BucketNotEmpty`] while it holds any file version.
    pub async fn delete_bucket(&self, id: &BucketId) -> Result<BucketInfo, Error> {
        let deleted = self.call(DeleteBucket { bucket_id: id.clone() }).await;
        let gone = match &deleted {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::BucketIdNotFound,
        };
        if gone {
            self.session.remove_bucket(id).await;
        }
        deleted
    }
}

/// A list of buckets: set which, then await it.
#[must_use = "nothing is sent before it is awaited"]
pub struct ListBucketsBuilder<H: Host> {
    client: Client<H>,
    filter: ListBuckets,
}

impl<H: Host> ListBucketsBuilder<H> {
    /// Lists only the bucket with this name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.filter.bucket_name = Some(name.into());
        self
    }

    /// Lists only the bucket with this id.
    pub fn id(mut self, id: impl Into<BucketId>) -> Self {
        self.filter.bucket_id = Some(id.into());
        self
    }

    /// Lists only buckets of these types: `allPublic`, `allPrivate`, `restricted`, `snapshot`, `shared`. By default all
    /// types.
    pub fn bucket_types(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.filter.bucket_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Lists the buckets, with an error of the kind [`ErrorKind::UnreadableEntry`] in the place of each that B2 lists in
    /// a way that cannot be read.
    ///
    /// # Errors
    ///
    /// Every error of B2 and of the network.
    pub async fn each(self) -> Result<Vec<Result<Bucket<H>, Error>>, Error> {
        let Self { client, filter } = self;
        let authorization = client.authorization().await?;
        let allowed = authorization.allowed.restricted_to();
        let names_one = filter.bucket_id.is_some() || filter.bucket_name.is_some();
        let (mut buckets, mut unreadable) = (Vec::new(), Vec::new());
        if names_one || allowed.is_empty() {
            let all = filter == ListBuckets::default();
            let mut list = client.call(filter).await?;
            buckets.append(&mut list.buckets);
            unreadable.append(&mut list.unreadable);
            if all {
                let names = buckets.iter();
                let names = names.map(|info| (info.bucket_id.clone(), info.bucket_name.clone()));
                client.session.replace_buckets(names.collect()).await;
            }
        } else {
            // B2 wants such a key to name one of its buckets.
            for bucket in allowed.iter().filter(|bucket| bucket.name.is_some()) {
                let mut list = filter.clone();
                list.bucket_id = Some(bucket.id.clone());
                let mut list = client.call(list).await?;
                buckets.append(&mut list.buckets);
                unreadable.append(&mut list.unreadable);
            }
        }
        let buckets = buckets.into_iter().map(|info| Ok(Bucket::of_info(client.clone(), info)));
        Ok(buckets.chain(unreadable.into_iter().map(|error| Err(error.into()))).collect())
    }
}

/// Lists the buckets.
///
/// # Errors
///
/// Every error of B2 and of the network, and [`ErrorKind::UnreadableEntry`] if one of the buckets cannot be read.
impl<H: Host> IntoFuture for ListBucketsBuilder<H> {
    type Output = Result<Vec<Bucket<H>>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.each().await?.into_iter().collect() })
    }
}

impl<H: Host> fmt::Debug for ListBucketsBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListBucketsBuilder").field("filter", &self.filter).finish_non_exhaustive()
    }
}
