//! A B2 realm that a web application hosts, so that browsers upload straight to B2 without an application key.
//!
//! B2 answers pages at upload and download URLs only, and an application key must never be in a page. A [`Gateway`]
//! answers the other calls that an uploader, a lister and a downloader need. It checks each against a [`Grant`] and makes
//! it with the application's own token. To a client the gateway *is* a B2 realm: the client authorizes at the gateway's
//! URL with a credential of the application, and every machine works unchanged. File contents do not pass through the
//! gateway, except those of small files.
//!
//! ```text
//!   page ── authorize, start, part URLs, finish ──▶ gateway ── the same, with the real token ──▶ B2
//!    └───────────────────────── parts ──────────────────────────────────────────────────────▶ B2
//! ```
//!
//! The gateway stores nothing. A visitor's token contains the grant, signed with HMAC-SHA-256, and so does every file id
//! that it returns. Any number of instances can run anywhere. A grant cannot be revoked, so grants should be short: when a
//! token expires, the client authorizes again, and the application decides again.
//!
//! A host looks at the [`Route`] of a request, asks the application for a grant if it is
//! [`Authorize`](Route::Authorize), and runs the machine that the [`IncomingRequest`] becomes, with the application's own
//! account. A host that never calls [`authorize`](IncomingRequest::authorize) refuses everything. The example `gateway` of
//! `b2-native` is such a host.
//!
//! # Threats
//!
//! | threat | protection |
//! | --- | --- |
//! | key in the page's source | the page has a token of the gateway. No response contains the application's key, its account token, or a field that is not listed in this module |
//! | stolen upload URL: any name, any size, for a day | visitors get no upload URLs of the application's key. Parts belong to one large file, whose name is set when it is started; small files are uploaded according to [`SmallFiles`] |
//! | stolen part URL | it can replace parts of one unfinished file. Finishing takes the visitor's token and file id, and the SHA-1s that the page computed, so replaced parts are refused |
//! | a file that is too large | the authorization announces the [limits](crate::account::Allowed::uploads), and the size that a client declares is checked when the file is started |
//! | declared 1 MB, sent terabytes | the finish adds up the sizes of the parts at B2, and cancels a file that is larger than the grant permits, or has another size than was declared |
//! | many large bodies without a valid token | [`receive`](Gateway::receive) checks token, expiration, grant and declared length by the head; a host does not read the body of a refused request |
//! | an application whose own check fails | [`Grant::check`] refuses grants for an owner or a prefix that is blank or "undefined", and for the whole bucket |
//! | a copy as a way to other files | the id of the source is one that this visitor was given. The gateway looks it up before each copy: it must be in the bucket and under the prefix, and readable with [`Grant::download`] or an own upload. Destinations are in the same bucket |
//! | a copy as a way around the limits of uploads | name, size of the copied range, content type and file info are checked as those of an upload. The gateway sends the metadata itself, also where they are those of the source, so no copy gets a forbidden content type, a header for downloads, or the mark of another owner |
//! | a deletion of other files | the id is one that this visitor was given, with the name of the file. The gateway looks it up before it deletes it: it must be stored in the bucket and under the prefix. Names are hidden under the prefix only. Without [`Grant::delete`] nothing is hidden or deleted |
//! | a page that never finishes | parts are billed until they are deleted. Give the bucket a lifecycle rule with `daysFromStartingToCancelingUnfinishedLargeFiles: 1`, and the account a cap and an alert: no token limits how much can be *sent* |
//! | files of another owner | ids are bound to an owner, a prefix and a purpose, and expire. Unfinished files carry a mark of their owner, and a visitor sees the own ones only. Names can be made [`Unique`](Names::Unique) |
//! | stored XSS through the content type | the grant lists content types, which are parsed strictly; [`Uploads::attachment`] and [`Grant::download_attachments`], which links to a file cannot undo |
//! | headers of downloads | only the application can set file info that starts with `b2-` |
//! | files that cannot be deleted, or read | retention, legal hold, upload timestamps and SSE-C are never granted, neither for uploads nor for copies; deletions never bypass governance |
//! | tokens in logs | they are sent in headers, never in URLs, and `Debug` hides them |
//! | a repeated request | file ids expire; the response to a repeated finish is made from the file's state; after a cancel there is nothing left |
//! | a guessed or changed token or file id | the signature is compared in constant time before the content is parsed, and is valid for one purpose only |
//! | an application key with too many capabilities | it needs `writeFiles` and `listFiles`, `readFiles` for finishes that are repeated and for copies, `shareFiles` for downloads, `deleteFiles` for deletions, and `writeKeys` only for [`SmallFiles::IssueKey`]; restrict it to the bucket |
//!
//! The page `www/gateway/THREATS.md` names the tests of each row.
//!
//! # Tokens
//!
//! A visitor's token, a file ID, the cursor of a listing and the token of a relay are signed texts with three fields that are
//! separated by dots, each in letters, digits, `-` and `_`:
//!
//! ```text
//! 1 . base64url(claims) . base64url(HMAC-SHA-256(secret, "b2 gateway 1 " purpose "\0" base64url(claims)))
//! ```
//!
//! - `1` is the version of the format. The encoding is base64url without padding, and a text has at most 16 KiB.
//! - The claims are JSON: of a token the grant and its end (`expires`, in milliseconds since 1970), of a file ID B2's file ID,
//!   the owner, the prefix and the end. They are not encrypted: a visitor can read them.
//! - The purpose is one of `visit` (the token of a session), `relay`, `unfinished`, `stored` and `cursor`. It is part of the
//!   signed bytes only, so that a text is valid for the purpose that it was signed for.
//! - The signature is compared in constant time, before the claims are parsed.
//!
//! # New secrets
//!
//! The first secret signs, and all secrets verify, so a secret is replaced without an end of sessions and uploads. With several
//! instances, an instance may receive a token of another one that has the new configuration already, so there are three steps:
//!
//! 1. All instances get the new secret as the [previous](GatewayConfig::previous_secret) one: they accept it.
//! 2. Then the new secret becomes the first, and the old one the previous: the new one signs.
//! 3. When everything that the old one has signed has expired, it is removed: tokens after the lifetime of the longest grant,
//!    file IDs of unfinished uploads after [`file_id_lifetime`](GatewayConfig::file_id_lifetime). A visitor whose unfinished upload
//!    has the mark of a removed secret starts it again.
//!
//! If a secret is known to others, it is replaced at once, without the other steps: all visitors authorize again, which clients
//! do by themselves.
//!
//! # Calls and grants
//!
//! | call | needs |
//! | --- | --- |
//! | `b2_authorize_account` | a grant of the application |
//! | `b2_start_large_file`, `b2_get_upload_part_url`, `b2_list_parts`, `b2_list_unfinished_large_files`, `b2_finish_large_file`, `b2_cancel_large_file`, `b2_get_upload_url`, `b2_upload_file` at an upload URL of the gateway | [`Grant::uploads`] |
//! | `b2_copy_file`, `b2_copy_part` | [`Grant::copy`], with the limits of [`Grant::uploads`] |
//! | `b2_hide_file`, `b2_delete_file_version` | [`Grant::delete`] |
//! | `b2_list_file_names` | [`Grant::list`] |
//! | `b2_get_download_authorization` | [`Grant::download`] |
//! | `b2_get_file_info` | [`Grant::uploads`] for an unfinished file of the owner, [`Grant::list`] or [`Grant::copy`] for a stored file |
//! | any other | is refused |
//!
//! # What the gateway cannot enforce
//!
//! - The contents and the size of parts, which go straight to B2, until the file is finished.
//! - The contents of small files that go to a URL of [`SmallFiles::IssueKey`]; of their names only the prefix.
//! - Headers of downloads that the grant does not fix. B2 lets the holder of a download authorization choose
//!   `Content-Disposition`, `Content-Language`, `Expires`, `Cache-Control`, `Content-Encoding` and `Content-Type` in
//!   the query of a link, unless the authorization fixes them. The gateway fixes those that
//!   [`info`](Uploads::info) sets for all uploads, and for attachments the first and the last. A public bucket needs no
//!   authorization, and returns every file with its stored headers.
//! - Who uses a download authorization: it is valid for all names with its prefix, for any holder, until the grant
//!   expires.
//!
//! # Small files
//!
//! A large file has at least two parts, all but the last of at least 5 MB. Smaller files need an upload URL:
//!
//! | | [`Relay`](SmallFiles::Relay) | [`IssueKey`](SmallFiles::IssueKey) |
//! | --- | --- | --- |
//! | name | as the grant says | under the prefix; a [`Fixed`](Names::Fixed) one as a prefix; never [`Unique`](Names::Unique) |
//! | size, content type, file info | as the grant says | any |
//! | a stolen URL is valid | until the grant expires | until the key expires, at most a day |
//! | contents | through the gateway, in memory | straight to B2 |
//! | calls to B2 for a URL | none | three, and a key that exists until it expires |
//! | the application's key | restricted to the bucket | may create keys, so in effect it may do everything |
//!
//! Use the relay for visitors that are not trusted. `IssueKey` also relies on B2 restricting an upload URL to the prefix
//! of its key.
//!
//! # Costs
//!
//! B2 does not bill starting, finishing and cancelling, and getting URLs. A finish also lists the parts, with one billed
//! call for each thousand; listings are billed for each page. A copy is billed, and so is the lookup of its source, and that of a file that is deleted. Copies
//! need no bandwidth of the visitor, so a visitor fills the bucket with them faster than with uploads.

mod authorize;
mod calls;
mod config;
mod copy;
mod cors;
mod file_ids;
mod finish;
mod forward;
mod forwarded;
mod grant;
mod incoming;
mod issue_key;
mod names;
mod refusal;
mod relay;
mod removal;
mod responder;
mod response;
mod route;
mod sequence;
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

/// A B2 realm for the visitors of a web application. See the [module's documentation](self).
#[derive(Clone, Debug)]
pub struct Gateway {
    config: Arc<GatewayConfig>,
}

impl Gateway {
    /// Creates a gateway.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if a secret is too short, or the URL or an origin is
    /// invalid.
    pub fn new(config: GatewayConfig) -> Result<Self, Error> {
        config.check().map(|config| Self { config: Arc::new(config) })
    }

    /// Returns the retry policy of the gateway. The client that runs it should use the same for its account, since a
    /// visitor waits for its authorization, too.
    #[must_use]
    pub fn retry(&self) -> RetryPolicy {
        self.config.retry
    }
}

#[cfg(test)]
mod tests;
