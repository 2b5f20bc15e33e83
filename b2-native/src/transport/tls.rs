//! The cryptography that TLS uses.

use rustls::crypto::{CryptoProvider, ring};

/// Installs ring as the provider of cryptography for this process, unless the application has installed one.
pub(crate) fn install_provider() {
    if CryptoProvider::get_default().is_none() {
        // An error means that another thread has installed one meanwhile.
        let _ = ring::default_provider().install_default();
    }
}
