//! The buckets of an account.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use b2_proto::ErrorKind;
use b2_proto::api::{BucketsList, CreateBucket, DeleteBucket, ListBuckets};
use b2_proto::model::{self, BucketId};

use super::Client;
use crate::bucket::Bucket;
use crate::error::Error;
use crate::host::Host;

impl<H: Host> Client<H> {
    /// Makes a bucket (`b2_create_bucket`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateBucketName`] if the name is taken, by anybody.
    pub async fn create_bucket(&self, bucket: CreateBucket) -> Result<model::BucketInfo, Error> {
        let bucket = self.call(bucket).await?;
        self.remember(&bucket).await;
        Ok(bucket)
    }

    /// All buckets that the key may see (`b2_list_buckets`).
    ///
    /// A key that is restricted to buckets sees those.
    ///
    /// # Errors
    ///
    /// What B2 answers, and [`ErrorKind::UnreadableEntry`] if one of them cannot be read.
    pub async fn list_buckets(&self) -> Result<Vec<model::BucketInfo>, Error> {
        self.list_each_bucket().await?.into_iter().collect()
    }

    /// The same, with an error for each bucket that is listed in a way that cannot be read.
    ///
    /// # Errors
    ///
    /// What B2 answers.
    pub async fn list_each_bucket(&self) -> Result<Vec<Result<model::BucketInfo, Error>>, Error> {
        let authorization = self.authorization().await?;
        let allowed = authorization.allowed.restricted_to();
        let (mut buckets, mut unreadable) = (Vec::new(), Vec::new());
        if allowed.is_empty() {
            let mut list = self.call(ListBuckets::default()).await?;
            buckets.append(&mut list.buckets);
            unreadable.append(&mut list.unreadable);
            let names =
                buckets.iter().map(|bucket| (bucket.bucket_id.clone(), bucket.bucket_name.clone()));
            self.session.account().buckets_mut().replace(names);
            self.save_quietly().await;
        }
        // B2 wants such a key to name one of its buckets.
        for bucket in allowed.iter().filter(|bucket| bucket.name.is_some()) {
            let mut list = ListBuckets::default();
            list.bucket_id = Some(bucket.id.clone());
            let mut list = self.call(list).await?;
            buckets.append(&mut list.buckets);
            unreadable.append(&mut list.unreadable);
        }
        let unreadable = unreadable.into_iter().map(|error| Err(error.into()));
        Ok(buckets.into_iter().map(Ok).chain(unreadable).collect())
    }

    /// The bucket with this name, if the key is restricted to it or an earlier call has seen it. Nothing is sent
    /// but, if need be, the authorization.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucket`](b2_proto::ErrorKind::RestrictedBucket) if the key is for other buckets.
    pub async fn known_bucket(&self, name: &str) -> Result<Option<Bucket<H>>, Error> {
        // The authorization of a restricted key names its buckets.
        self.authorization().await?;
        let known = self.session.account().bucket_id(name)?;
        Ok(known.map(|id| Bucket::new(self.clone(), id, name.to_owned())))
    }

    /// The bucket with this name. If the key or an earlier call knows its id, nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonExistentBucket`], or [`ErrorKind::RestrictedBucket`] if the key is for other buckets.
    pub async fn get_bucket_by_name(&self, name: &str) -> Result<Bucket<H>, Error> {
        if let Some(bucket) = self.known_bucket(name).await? {
            return Ok(bucket);
        }
        let mut list = ListBuckets::default();
        list.bucket_name = Some(name.to_owned());
        let BucketsList { buckets, unreadable, .. } = self.call(list).await?;
        let found = buckets.iter().find(|bucket| bucket.bucket_name.eq_ignore_ascii_case(name));
        let this = |error: &b2_proto::Error| {
            error.subject().is_some_and(|subject| subject.eq_ignore_ascii_case(name))
        };
        if found.is_none()
            && let Some(error) = unreadable.into_iter().find(this)
        {
            return Err(error.into());
        }
        let bucket = found.ok_or_else(|| {
            let message =
                format!("no bucket is named '{name}'; list the buckets to see which there are");
            b2_proto::Error::new(ErrorKind::NonExistentBucket, message).with_subject(name)
        })?;
        self.remember(bucket).await;
        Ok(Bucket::new(self.clone(), bucket.bucket_id.clone(), bucket.bucket_name.clone()))
    }

    /// The bucket with this id. If an earlier call knows its name, nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BucketIdNotFound`], or [`ErrorKind::RestrictedBucket`] if the key is for other buckets.
    pub async fn get_bucket_by_id(&self, id: &BucketId) -> Result<Bucket<H>, Error> {
        self.authorization().await?.allowed.check_bucket_id(id)?;
        let known = self.session.account().buckets().name(id).map(str::to_owned);
        if let Some(name) = known {
            return Ok(Bucket::new(self.clone(), id.clone(), name));
        }
        let bucket = self.bucket_state(id).await?;
        Ok(Bucket::new(self.clone(), bucket.bucket_id, bucket.bucket_name))
    }

    /// Everything about a bucket, as it is now.
    pub(crate) async fn bucket_state(&self, id: &BucketId) -> Result<model::BucketInfo, Error> {
        let mut list = ListBuckets::default();
        list.bucket_id = Some(id.clone());
        let found =
            self.call(list).await?.buckets.into_iter().find(|bucket| bucket.bucket_id == *id);
        match found {
            Some(bucket) => {
                self.remember(&bucket).await;
                Ok(bucket)
            }
            None => {
                self.session.account().buckets_mut().forget(id);
                let message = "no bucket has this id";
                Err(b2_proto::Error::new(ErrorKind::BucketIdNotFound, message)
                    .with_subject(id.as_str())
                    .into())
            }
        }
    }

    /// Deletes an empty bucket (`b2_delete_bucket`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BucketNotEmpty`] while it holds any file version.
    pub async fn delete_bucket(&self, id: &BucketId) -> Result<model::BucketInfo, Error> {
        let deleted = self.call(DeleteBucket { bucket_id: id.clone() }).await;
        let gone = match &deleted {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::BucketIdNotFound,
        };
        if gone {
            self.session.account().buckets_mut().forget(id);
            self.save_quietly().await;
        }
        deleted
    }

    async fn remember(&self, bucket: &model::BucketInfo) {
        let known =
            self.session.account().buckets().name(&bucket.bucket_id) == Some(&bucket.bucket_name);
        if !known {
            self.session
                .account()
                .buckets_mut()
                .remember(bucket.bucket_id.clone(), &bucket.bucket_name);
            self.save_quietly().await;
        }
    }

    /// A store that cannot be written costs the next run a call, no more.
    async fn save_quietly(&self) {
        if let Err(error) = self.session.save().await {
            tracing::warn!(%error, store = self.store_location(), "the account could not be stored");
        }
    }
}
