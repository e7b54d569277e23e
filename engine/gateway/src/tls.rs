//! TLS towards clients: reading the certificate, and exchanging it while serving.

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The protocol name that direct TLS must negotiate
/// (<https://www.postgresql.org/docs/17/protocol-flow.html#PROTOCOL-FLOW-SSL>).
const ALPN: &[u8] = b"postgresql";

/// Why a certificate cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateError {
    /// No certificate in the file.
    NoCertificate,
    /// No private key in the file.
    NoKey,
    /// The key is of a kind that is not supported.
    KeyKind,
    /// The key does not belong to the certificate.
    Mismatch,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCertificate => "the file holds no PEM certificate",
            Self::NoKey => "the file holds no PEM private key",
            Self::KeyKind => "the private key is of a kind that is not supported",
            Self::Mismatch => "the private key does not belong to the certificate",
        })
    }
}

/// A certificate chain with its key, from the contents of two PEM files.
pub fn certified_key(chain: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, CertificateError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|_| CertificateError::NoCertificate)?;
    if chain.is_empty() {
        return Err(CertificateError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| CertificateError::NoKey)?;
    let key = ring::sign::any_supported_type(&key).map_err(|_| CertificateError::KeyKind)?;
    let certified = CertifiedKey::new(chain, key);
    certified
        .keys_match()
        .map_err(|_| CertificateError::Mismatch)?;
    Ok(Arc::new(certified))
}

/// How many certificates a PEM file holds; an error when it is not readable as such.
pub fn count_certificates(pem: &[u8]) -> Result<usize, CertificateError> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map(|all| all.len())
        .map_err(|_| CertificateError::NoCertificate)
}

/// The certificate in use. A handshake takes the newest one, so a renewed certificate needs no
/// restart.
#[derive(Debug)]
pub struct Certificate(RwLock<Arc<CertifiedKey>>);

impl Certificate {
    /// Starts with this one.
    pub fn new(key: Arc<CertifiedKey>) -> Arc<Self> {
        Arc::new(Self(RwLock::new(key)))
    }

    /// Later handshakes use this one.
    pub fn replace(&self, key: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = key;
    }

    /// TLS 1.2 and 1.3 with this certificate.
    ///
    /// # Errors
    /// Never for the protocol versions that are compiled in.
    pub fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let key = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&key))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pem() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn a_key_must_belong_to_its_certificate() {
        let (certificate, key) = pem();
        let (_, other_key) = pem();
        for (chain, key, expect) in [
            (&*certificate, &*key, None),
            (&certificate, &other_key, Some(CertificateError::Mismatch)),
            (&certificate, &certificate, Some(CertificateError::NoKey)),
            (&key, &key, Some(CertificateError::NoCertificate)),
            ("", &key, Some(CertificateError::NoCertificate)),
        ] {
            assert_eq!(
                certified_key(chain.as_bytes(), key.as_bytes()).err(),
                expect
            );
        }
    }

    #[test]
    fn a_new_certificate_is_used_without_a_new_configuration() {
        let (first, second) = (pem(), pem());
        let [first, second] =
            [first, second].map(|(c, k)| certified_key(c.as_bytes(), k.as_bytes()).unwrap());
        let certificate = Certificate::new(Arc::clone(&first));
        let config = certificate.server_config().unwrap();
        assert_eq!(config.alpn_protocols, [b"postgresql".to_vec()]);
        certificate.replace(Arc::clone(&second));
        let current = certificate.0.read().unwrap();
        assert!(Arc::ptr_eq(&current, &second));
    }
}
