//! A B2 realm that a web application hosts itself, so that a browser uploads straight to B2 without an
//! application key near it.
//!
//! B2 answers browsers where bytes go, on upload and download URLs, and nowhere else; and an application key
//! must never be in a page. A [`Gateway`] answers the rest: the calls that an uploader, a lister and a
//! downloader need, each checked against a [`Grant`] and made with the application's own token. To a client
//! it *is* a B2 realm: authorize against its URL with whatever credential the application uses, and every
//! machine works unchanged. The bytes of files do not pass through it, except those of small ones.
//!
//! ```text
//!   page ── authorize, start, part URLs, finish ──▶ gateway ── the same, with the real token ──▶ B2
//!    └───────────────────────── parts ──────────────────────────────────────────────────────▶ B2
//! ```
//!
//! It keeps nothing. A visitor's token carries the grant, signed with HMAC-SHA-256, and so does every file id
//! that it hands out; so it can run anywhere, many times at once, and cannot take a grant back before its
//! end: make grants short. When a token has expired, a client authorizes again by itself, and the
//! application is asked again.
//!
//! A host does three things with a request: it looks at its [`Route`], asks the application about an
//! [`Authorize`](Route::Authorize), and drives the machine that an [`IncomingRequest`] becomes, with the application's own
//! account. A host that never calls [`authorize`](IncomingRequest::authorize) refuses everybody. The example `gateway` of
//! `b2-native` is such a host.
//!
//! # What protects against what
//!
//! | threat | answer |
//! | --- | --- |
//! | key in the page's source | the page has a token of the gateway. No answer holds the application's key, its account token, or a field that is not listed in this module |
//! | stolen upload URL: any name, any size, for a day | none is handed out. Parts of one large file, whose name was fixed when it was started; small files by [`SmallFiles`] |
//! | stolen part URL | it can replace parts of one unfinished file. Finishing takes the visitor's token and file id, and the SHA-1s that the page has computed: replaced parts are refused |
//! | a file that is too large | the authorization tells a client the [limits](crate::account::Allowed::uploads), and a client declares the size at the start, where it is refused |
//! | declared 1 MB, sent terabytes | at finish the sizes at B2 are added up, and what is larger than the grant, or differs from the declared size, is cancelled |
//! | many large bodies without a good token | [`receive`](Gateway::receive) checks token, end, grant and declared length from the head; a host reads no body of a refused one |
//! | an application that does not know its visitor | nobody is let in with a grant that does not pass [`Grant::check`]: for an owner or a prefix that is blank, "undefined", the whole bucket |
//! | a page that never finishes | parts are billed until they are removed. Give the bucket a lifecycle rule with `daysFromStartingToCancelingUnfinishedLargeFiles: 1`, and the account a cap and an alert: no token limits what can be *sent* |
//! | another's file | ids are bound to an owner, a prefix and a purpose, and expire. Unfinished files carry a mark of their owner, so that a visitor finds only his own. Names can be made [`Unique`](Names::Unique) |
//! | stored XSS through the content type | the grant lists content types, read strictly; [`Uploads::attachment`] and [`Grant::download_attachments`], which links to a file cannot undo |
//! | headers of downloads | file info that starts with `b2-` is the application's to set |
//! | files that cannot be deleted, or read | retention, legal hold, upload timestamps and SSE-C are not granted |
//! | tokens in logs | they travel in headers, never in URLs, and never show in `Debug` |
//! | a repeated request | file ids expire; a repeated finish is answered from the file's state; after a cancel nothing is left to act on |
//! | a guessed or changed token, or file id | compared in constant time before anything in it is read; one made for one purpose is worth nothing for another |
//! | an application key with too much power | it needs `writeFiles` and `listFiles`, `readFiles` for finishes that are repeated, `shareFiles` for downloads, and `writeKeys` only for [`SmallFiles::IssueKey`]; restrict it to the bucket |
//!
//! # Which call needs which grant
//!
//! | call | needs |
//! | --- | --- |
//! | `b2_authorize_account` | a grant of the application's |
//! | `b2_start_large_file`, `b2_get_upload_part_url`, `b2_list_parts`, `b2_list_unfinished_large_files`, `b2_finish_large_file`, `b2_cancel_large_file`, `b2_get_upload_url`, `b2_upload_file` at an upload URL of the gateway's | [`Grant::uploads`] |
//! | `b2_list_file_names` | [`Grant::list`] |
//! | `b2_get_download_authorization` | [`Grant::download`] |
//! | `b2_get_file_info` | [`Grant::uploads`] for an unfinished file of the visitor's, [`Grant::list`] for a file of a listing |
//! | any other one | is refused |
//!
//! # What the gateway cannot hold a visitor to
//!
//! - Bytes of parts go straight to B2. What they are, and how many, shows at the finish; until then they are at B2.
//! - Bytes of small files that go to a minted upload URL: of their name only the prefix.
//! - Headers of downloads that the grant does not fix. B2 lets the holder of a download authorization choose
//!   `Content-Disposition`, `Content-Language`, `Expires`, `Cache-Control`, `Content-Encoding` and `Content-Type` in
//!   the query of a link, unless the authorization fixes them. The gateway fixes those that
//!   [`info`](Uploads::info) sets for all uploads, and for attachments the first and the last. A bucket that is public
//!   needs no authorization, and shows every file as it was stored.
//! - A download authorization is good for all names that start with the one that was asked for, for anybody who has
//!   it, until the grant ends.
//!
//! # Small files
//!
//! A large file has at least two parts, all but the last of 5 MB at least. What is smaller needs an upload
//! URL:
//!
//! | | [`Relay`](SmallFiles::Relay) | [`IssueKey`](SmallFiles::IssueKey) |
//! | --- | --- | --- |
//! | name | as the grant says | under the prefix; a [`Fixed`](Names::Fixed) one as a prefix; never [`Unique`](Names::Unique) |
//! | size, content type, file info | as the grant says | anything |
//! | stolen URL | ends with the grant | ends with the key, at the latest after a day |
//! | bytes | through the gateway, in memory | straight to B2 |
//! | calls to B2 for a URL | none | three, and a key that stays until it expires |
//! | the application's key | restricted to the bucket | may make keys, so it may do everything |
//!
//! Use the relay for strangers. `IssueKey` also relies on B2 holding an upload URL to the prefix of its key.
//!
//! # What it costs
//!
//! Starting, finishing and cancelling, and getting URLs, are free at B2. A finish also lists the parts, a
//! thousand a call, which is billed; so is every page of a listing.

mod authorize;
mod calls;
mod config;
mod cors;
mod file_ids;
mod finish;
mod forward;
mod grant;
mod incoming;
mod issue_key;
mod names;
mod refusal;
mod relay;
mod responder;
mod response;
mod route;
mod session;
mod signer;
mod uploads;
mod validate;

use alloc::sync::Arc;

pub use config::{GatewayConfig, SmallFiles};
pub use grant::Grant;
pub use incoming::IncomingRequest;
pub use names::Names;
pub use responder::{GatewayEvent, Responder};
pub use route::Route;
pub use uploads::{DECLARED_SIZE, Uploads};

use crate::error::Error;
use crate::retry::RetryPolicy;

/// Answers visitors in the place of B2.
#[derive(Clone, Debug)]
pub struct Gateway {
    config: Arc<GatewayConfig>,
}

impl Gateway {
    /// A gateway.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if a secret is too short to be one, or the
    /// URL is none.
    pub fn new(config: GatewayConfig) -> Result<Self, Error> {
        config.check().map(|config| Self { config: Arc::new(config) })
    }

    /// How long the gateway tries a call to B2: also for the account that it is run with, or a visitor waits for it as
    /// long as that one is patient.
    #[must_use]
    pub fn retry(&self) -> RetryPolicy {
        self.config.retry
    }
}

#[cfg(test)]
mod tests;
