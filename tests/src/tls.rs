//! A certificate authority that lives as long as one test.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;

use crate::process::{HarnessError, attempted};

/// Issues certificates for `localhost` and 127.0.0.1 and makes clients that trust only them.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// A new authority with a new key.
    ///
    /// # Errors
    /// When the key cannot be made.
    pub fn new() -> Result<Self, HarnessError> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "wiremask test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = attempted("make a key", KeyPair::generate())?;
        let issuer = attempted(
            "sign the authority",
            CertifiedIssuer::self_signed(params, key),
        )?;
        Ok(Self { issuer })
    }

    /// Writes a new certificate and its key (mode 0600) as PEM.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn issue(&self, certificate: &Path, key: &Path) -> Result<(), HarnessError> {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = attempted("name a certificate", CertificateParams::new(names))?;
        let pair = attempted("make a key", KeyPair::generate())?;
        let signed = attempted("sign a certificate", params.signed_by(&pair, &self.issuer))?;
        attempted(
            "write the certificate",
            fs::write(certificate, signed.pem()),
        )?;
        attempted("write the key", fs::write(key, pair.serialize_pem()))?;
        let private = fs::Permissions::from_mode(0o600);
        attempted("close the key to others", fs::set_permissions(key, private))
    }

    /// Writes the authority's own certificate as PEM, for `ca =` and `sslrootcert`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), HarnessError> {
        attempted("write the authority", fs::write(path, self.issuer.pem()))
    }

    /// A TLS client that accepts certificates of this authority only. `alpn` holds protocol
    /// names, `postgresql` for direct TLS.
    ///
    /// # Errors
    /// When rustls refuses the configuration.
    pub fn client(&self, alpn: &[&str]) -> Result<Arc<ClientConfig>, HarnessError> {
        let mut roots = RootCertStore::empty();
        let own: CertificateDer<'static> = self.issuer.der().clone();
        attempted("trust the authority", roots.add(own))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = attempted("configure TLS", versions)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(Arc::new(config))
    }
}
