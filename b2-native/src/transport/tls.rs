//! Settings of TLS: trusted certificates and the cryptography provider.

use b2_client::Error;
use reqwest::{Certificate, ClientBuilder};
use rustls::crypto::{CryptoProvider, ring};

use super::invalid;

/// The trusted certificates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Additional trusted certificates in PEM.
    pub(crate) roots: Vec<Vec<u8>>,
    /// Whether Mozilla's root certificates are trusted instead of the system's.
    #[cfg(feature = "webpki-roots")]
    pub(crate) webpki_roots: bool,
}

impl Settings {
    /// Applies the settings to a client.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](b2_proto::ErrorKind::InvalidInput) if a certificate cannot be read.
    pub(crate) fn apply(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        install_provider();
        let mut roots = Vec::new();
        for pem in &self.roots {
            let found = Certificate::from_pem_bundle(pem);
            roots.extend(found.map_err(|error| invalid("the root certificates", error))?);
        }
        #[cfg(feature = "webpki-roots")]
        if self.webpki_roots {
            for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
                let found = Certificate::from_der(der);
                roots.push(found.map_err(|error| invalid("the root certificates", error))?);
            }
            return Ok(builder.tls_certs_only(roots));
        }
        if !roots.is_empty() {
            builder = builder.tls_certs_merge(roots);
        }
        Ok(builder)
    }
}

/// Installs ring as the provider of cryptography for this process, unless the application has installed one.
fn install_provider() {
    if CryptoProvider::get_default().is_none() {
        // An error means that another thread has installed one meanwhile.
        let _ = ring::default_provider().install_default();
    }
}
