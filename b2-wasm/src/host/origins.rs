//! What is known about the origins that requests go to.

use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

use wasm_bindgen::prelude::*;
use web_sys::{SecurityPolicyViolationEvent, SecurityPolicyViolationEventDisposition};

use super::globals;
use crate::task::callback;

/// What is known about the origins that requests go to.
pub(super) struct Origins {
    /// Those whose responses the page has read, so that their CORS rules allow it.
    readable: RefCell<Vec<String>>,
    /// Those that the page's Content-Security-Policy blocks.
    blocked: Rc<RefCell<Vec<String>>>,
    _listener: Option<Closure<dyn FnMut(SecurityPolicyViolationEvent)>>,
}

impl Origins {
    pub(super) fn new() -> Self {
        let blocked = Rc::new(RefCell::new(Vec::new()));
        let listener = globals::has("SecurityPolicyViolationEvent").then(|| {
            let noted = blocked.clone();
            let listener = Closure::new(move |event: SecurityPolicyViolationEvent| {
                if event.effective_directive() == "connect-src"
                    && event.disposition() == SecurityPolicyViolationEventDisposition::Enforce
                {
                    note(&noted, &event.blocked_uri());
                }
            });
            globals::add_event_listener("securitypolicyviolation", &callback(&listener));
            listener
        });
        Self { readable: RefCell::default(), blocked, _listener: listener }
    }

    /// Notes that the page has read a response to this URL.
    pub(super) fn note_readable(&self, url: &str) {
        note(&self.readable, url);
    }

    pub(super) fn is_readable(&self, url: &str) -> bool {
        self.readable.borrow().iter().any(|origin| origin == origin_of(url))
    }

    pub(super) fn is_blocked(&self, url: &str) -> bool {
        self.blocked.borrow().iter().any(|origin| origin == origin_of(url))
    }
}

fn note(origins: &RefCell<Vec<String>>, url: &str) {
    let origin = origin_of(url);
    let mut origins = origins.borrow_mut();
    if !origins.iter().any(|known| known == origin) {
        origins.push(origin.to_string());
    }
}

/// Returns scheme, host and port.
pub(super) fn origin_of(url: &str) -> &str {
    url.match_indices('/').nth(2).map_or(url, |(end, _)| &url[..end])
}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origins").field("readable", &self.readable).finish_non_exhaustive()
    }
}
