//! The host of an instance.

use wasm_bindgen::prelude::*;

use crate::host::{ServerRuntime, WebHost};

/// The host that the clients and gateways of an instance share.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Host {
    pub(super) inner: WebHost,
}

#[wasm_bindgen]
impl Host {
    /// Creates a host. `server` is given outside of browsers.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(server: Option<ServerRuntime>) -> Self {
        Self { inner: WebHost::new(server) }
    }
}
