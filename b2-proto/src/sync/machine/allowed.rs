//! What the key must be allowed, so that a synchronization does not end half-way.

use alloc::string::String;

use super::{Side, Sync};
use crate::account::Authorization;
use crate::error::{Error, ErrorKind};
use crate::model::Capability;
use crate::sync::options::Direction;

impl Sync {
    /// Checks that the key may do what is going to be done, so that it does not end half-way.
    pub(super) fn check_allowed(&self, authorization: &Authorization) -> Result<(), Error> {
        let options = self.context.options();
        let require = |capability: &Capability| authorization.require(capability);
        if self.context.direction != Direction::Up || options.reads_destination() {
            require(&Capability::LIST_FILES)?;
        }
        let reads = match self.context.direction {
            // Renames and what was not appended are copied.
            Direction::Up => {
                (options.track_renames || options.incremental)
                    && !options.dry_run
                    && !authorization.allowed.has(&Capability::COPY_FILES)
            }
            Direction::Down => !self.downloads_by_name(authorization),
            Direction::Copy => !self.copies_by_grant(authorization),
        };
        if reads {
            self.require_read(authorization)?;
        }
        if self.context.direction != Direction::Down && !options.dry_run {
            require(&Capability::WRITE_FILES)?;
            self.context.job.properties.also_needs().iter().try_for_each(require)?;
            if !options.removals.is_none() {
                require(&Capability::DELETE_FILES)?;
            }
        }
        let allowed = &authorization.allowed;
        let job = &self.context.job;
        for side in [&job.source, &job.destination] {
            let Side::Bucket { bucket_id, prefix } = side else { continue };
            allowed.check_bucket_id(bucket_id)?;
            if let Some(names) = &job.names {
                for name in names.iter() {
                    allowed.check_file_name(&format!("{prefix}{name}"))?;
                }
            } else if side == &job.source && !options.reads_destination() {
                // Nothing is concluded from what the source does not have, so the rest of it need not be seen.
                allowed.narrow_prefix(Some(prefix))?;
            } else {
                allowed.check_file_name(prefix)?;
            }
        }
        Ok(())
    }

    /// Checks that the key may read files.
    fn require_read(&self, authorization: &Authorization) -> Result<(), Error> {
        let result = authorization.require(&Capability::READ_FILES);
        // The visitors of a gateway never have it.
        let allowed = &authorization.allowed;
        if self.context.direction == Direction::Down || allowed.has(&Capability::COPY_FILES) {
            return result;
        }
        result.map_err(|_| {
            let message = "files cannot be copied: the application key lacks the capability readFiles; use a key that \
                           has it, or permit copies (`copy`) if this is a visitor with a grant of a gateway";
            Error::new(ErrorKind::Unauthorized, message)
        })
    }

    /// Returns whether files are copied as a gateway permits it: it lists the current versions only.
    fn copies_by_grant(&self, authorization: &Authorization) -> bool {
        authorization.allowed.has(&Capability::COPY_FILES) && self.reads_current_versions()
    }

    /// Returns whether the files of the source are their current versions.
    fn reads_current_versions(&self) -> bool {
        let job = &self.context.job;
        job.options.as_of.is_none() && !job.policies.has_times()
    }

    /// Returns whether files are downloaded by name: the account may share files and not read them, and the current
    /// versions are the ones that are downloaded.
    fn downloads_by_name(&self, authorization: &Authorization) -> bool {
        self.context.direction == Direction::Down
            && authorization.allowed.downloads_by_grant()
            && self.reads_current_versions()
    }

    /// Returns the name of the bucket to download from by name; `None` if files are downloaded by id.
    pub(super) fn bucket_to_download_from(
        &self,
        authorization: &Authorization,
    ) -> Result<Option<String>, Error> {
        if !self.downloads_by_name(authorization) {
            return Ok(None);
        }
        self.context.job.source_bucket.clone().map(Some).ok_or_else(|| {
            let message =
                "this account may download by name only, and the name of the bucket is not known";
            Error::new(ErrorKind::Unauthorized, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::account::{Authorized, Generation};
    use crate::machine::{Action, Input, Machine as _, Step};
    use crate::model::{BucketId, LegalHold};
    use crate::secret::Secret;
    use crate::sync::{CompareBy, NewSync, Removals};
    use crate::time::{Instant, Timestamp};

    /// Authorizes a synchronization with these capabilities, within `u/`. Returns the error with which it ends.
    fn refusal(
        to_bucket: bool,
        prefix: &str,
        capabilities: &[Capability],
        change: impl FnOnce(&mut NewSync),
    ) -> Option<Error> {
        let bucket_id = BucketId::from("b");
        let bucket = Side::Bucket { bucket_id, prefix: prefix.into() };
        let (source, destination) =
            if to_bucket { (Side::Local, bucket) } else { (bucket, Side::Local) };
        let mut job = NewSync::new(source, destination, Timestamp::from_millis(0));
        job.source_bucket = Some("media".into());
        change(&mut job);
        let mut sync = Sync::new(job, 1);
        let Step::Start(task, Action::Auth { .. }) = sync.poll(Instant::ORIGIN) else {
            panic!("it does not ask for an authorization");
        };
        let url = "https://api.example";
        let mut authorization = Authorization::new("a".into(), Secret::new("t"), url, url);
        authorization.allowed.capabilities = capabilities.to_vec();
        authorization.allowed.name_prefix = Some("u/".into());
        let authorization = Arc::new(authorization);
        let authorized = Authorized { generation: Generation::default(), authorization };
        sync.handle(Instant::ORIGIN, task, Input::Auth(Ok(authorized)));
        match sync.poll(Instant::ORIGIN) {
            Step::Done(Err(error)) => Some(error),
            _ => None,
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        use Capability as C;
        let visitor = [C::LIST_FILES, C::WRITE_FILES, C::SHARE_FILES];
        let lacks = |to_bucket, prefix, capabilities: &[Capability], removals| {
            refusal(to_bucket, prefix, capabilities, |job| job.options.removals = removals)
                .map(|error| error.message().to_owned())
                .unwrap_or_default()
        };
        assert_eq!(lacks(true, "u/a/", &visitor, Removals::None), "");
        assert_eq!(lacks(false, "u/a/", &visitor, Removals::None), "");
        assert!(lacks(true, "u/", &visitor, Removals::Delete).contains("deleteFiles"));
        assert!(lacks(true, "u/", &visitor[..1], Removals::None).contains("writeFiles"));
        assert!(lacks(true, "u/", &visitor[1..], Removals::None).contains("listFiles"));
        assert!(lacks(false, "u/", &visitor[..2], Removals::None).contains("readFiles"));
        assert!(lacks(true, "v/", &visitor, Removals::None).contains("'u/'"));
    }

    #[test]
    fn copies_need_a_key_that_reads_or_a_grant_that_copies() {
        use Capability as C;
        let visitor = [C::LIST_FILES, C::WRITE_FILES, C::SHARE_FILES];
        let lacks = |capability: Option<C>, change: fn(&mut NewSync)| {
            let capabilities = [&visitor[..], capability.as_slice()].concat();
            let refusal = refusal(true, "u/b/", &capabilities, |job| {
                job.source = Side::Bucket { bucket_id: BucketId::from("b"), prefix: "u/a/".into() };
                change(job);
            });
            refusal.map(|error| error.message().to_owned()).unwrap_or_default()
        };
        let as_of: fn(&mut NewSync) = |job| job.options.as_of = Some(Timestamp::from_millis(1));
        assert_eq!(lacks(Some(C::READ_FILES), |_| {}), "");
        assert_eq!(lacks(Some(C::READ_FILES), as_of), "");
        assert_eq!(lacks(Some(C::COPY_FILES), |_| {}), "");
        // A gateway lists current versions only.
        assert!(lacks(Some(C::COPY_FILES), as_of).contains("lacks the capability readFiles; use"));
        let message = lacks(None, |_| {});
        assert!(message.contains("readFiles") && message.contains("`copy`"), "{message}");
    }

    #[test]
    fn uploads_that_copy_need_a_key_that_reads_or_a_grant_that_copies() {
        use Capability as C;
        let visitor = [C::LIST_FILES, C::WRITE_FILES, C::DELETE_FILES];
        let is_refused = |capability: Option<C>, change: fn(&mut NewSync)| {
            let capabilities = [&visitor[..], capability.as_slice()].concat();
            let refused = refusal(true, "u/a/", &capabilities, change);
            refused.is_some_and(|error| error.message().contains("readFiles"))
        };
        let changes: [fn(&mut NewSync); 2] = [
            |job| job.options.incremental = true,
            |job| {
                (job.options.track_renames, job.options.removals) = (true, Removals::Delete);
            },
        ];
        for change in changes {
            assert!(is_refused(None, change));
            assert!(!is_refused(Some(C::READ_FILES), change));
            assert!(!is_refused(Some(C::COPY_FILES), change));
        }
    }

    #[test]
    fn a_key_that_may_only_write_transfers_everything() {
        use Capability as C;
        let all = |to_bucket, prefix, capabilities: &[Capability], change: fn(&mut NewSync)| {
            let refused = refusal(to_bucket, prefix, capabilities, |job| {
                job.options.compare = CompareBy::Always;
                change(job);
            });
            refused.map(|error| error.message().to_owned()).unwrap_or_default()
        };
        assert_eq!(all(true, "u/a/", &[C::WRITE_FILES], |_| {}), "");
        let hold = |job: &mut NewSync| job.properties.legal_hold = Some(LegalHold::On);
        assert!(all(true, "u/", &[C::WRITE_FILES], hold).contains("writeFileLegalHolds"));
        assert!(all(true, "", &[C::WRITE_FILES], |_| {}).contains("'u/'"));
        assert!(all(false, "u/", &[C::READ_FILES], |_| {}).contains("listFiles"));
        // Of a larger folder, what the key may see is downloaded.
        assert_eq!(all(false, "", &[C::READ_FILES, C::LIST_FILES], |_| {}), "");
        assert!(all(false, "v/", &[C::READ_FILES, C::LIST_FILES], |_| {}).contains("'u/'"));
    }

    #[test]
    fn given_names_must_be_allowed() {
        use Capability as C;
        let names = |prefix, names: &[&str]| {
            let names = names.iter().map(|name| String::from(*name)).collect::<Vec<_>>();
            let error = refusal(true, prefix, &[C::LIST_FILES, C::WRITE_FILES], |job| {
                job.names = Some(names.into());
            });
            error.map(|error| error.message().to_owned()).unwrap_or_default()
        };
        assert_eq!(names("", &["u/a", "u/b/c"]), "");
        assert!(names("", &["a", "u/b"]).contains("'u/'"));
    }

    #[test]
    fn only_current_versions_are_downloaded_by_name() {
        let visitor = vec![Capability::LIST_FILES, Capability::SHARE_FILES];
        let earlier = |job: &mut NewSync| job.options.as_of = Some(Timestamp::from_millis(1));
        let error = refusal(false, "u/", &visitor, earlier).unwrap();
        assert!(error.message().contains("readFiles"), "{error}");
        let error = refusal(false, "u/", &visitor, |job| job.source_bucket = None).unwrap();
        assert!(error.message().contains("by name only"), "{error}");
    }
}
