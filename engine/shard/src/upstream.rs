//! Connections to the upstream: TCP, TLS as configured, and startup with the held credential.

use crate::cancel::{self, Target};
use crate::pool::Pool;
use crate::receive::Receiver;
use crate::transport::Transport;
use futures_lite::AsyncReadExt;
use futures_lite::future::{or, poll_fn};
use glommio::net::TcpStream;
use glommio::timer::Timer;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};
use wiremask_datapath::policy::{Policy, TlsMode, Upstream};
use wiremask_protocols::postgres::startup::ALPN;
use wiremask_protocols::postgres::upstream::{
    UpstreamError, UpstreamOptions, UpstreamReady, UpstreamStartup, UpstreamStep,
};

/// A cancellation that is not delivered within this time is given up.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is ready for commands.
pub(crate) struct Connected {
    pub transport: Transport,
    /// What came behind the first ReadyForQuery.
    pub receiver: Receiver,
    pub ready: UpstreamReady,
    pub address: SocketAddr,
}

/// As whom, and where to.
pub(crate) struct Login<'a> {
    pub upstream: &'a Upstream,
    pub user: &'a str,
    pub database: &'a str,
    pub parameters: Vec<(String, String)>,
    pub protocol_minor: u16,
}

/// Why there is no connection. Holds no credential, and no text of the upstream's.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// No address of the upstream answered in time.
    Unreachable(io::Error),
    /// The TLS handshake or the verification of the certificate failed.
    Tls(io::Error),
    /// The configured roots or name cannot be used.
    TlsConfig(rustls::Error),
    /// The connection broke during startup.
    Broken,
    /// The upstream's answer.
    Startup(UpstreamError),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "the upstream cannot be reached: {error}"),
            Self::Tls(error) => write!(f, "TLS with the upstream failed: {error}"),
            Self::TlsConfig(error) => {
                write!(f, "TLS towards the upstream is misconfigured: {error}")
            }
            Self::Broken => f.write_str("the upstream closed the connection during startup"),
            Self::Startup(error) => error.fmt(f),
        }
    }
}

impl ConnectError {
    /// What the client is told.
    pub fn sqlstate(&self) -> [u8; 5] {
        match self {
            // What is wrong with the gateway's own credential is not the client's business.
            Self::Startup(UpstreamError::Refused { sqlstate }) if !sqlstate.starts_with(b"28") => {
                *sqlstate
            }
            _ => *b"08001",
        }
    }
}

/// TLS configurations of a shard, by policy generation and upstream.
#[derive(Default)]
pub(crate) struct TlsClients(RefCell<HashMap<(u64, String), Arc<ClientConfig>>>);

impl TlsClients {
    /// The configuration for an upstream, or `None` if it is spoken to in clear.
    fn of(
        &self,
        generation: u64,
        upstream: &Upstream,
    ) -> Result<Option<Arc<ClientConfig>>, ConnectError> {
        if upstream.tls == TlsMode::Disable {
            return Ok(None);
        }
        let key = (generation, upstream.name.clone());
        if let Some(known) = self.0.borrow().get(&key) {
            return Ok(Some(Arc::clone(known)));
        }
        let config = Arc::new(client_config(upstream)?);
        let mut known = self.0.borrow_mut();
        known.retain(|(old, _), _| *old == generation);
        known.insert(key, Arc::clone(&config));
        Ok(Some(config))
    }
}

fn client_config(upstream: &Upstream) -> Result<ClientConfig, ConnectError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(ConnectError::TlsConfig)?;
    let verifier: Arc<dyn ServerCertVerifier> = match upstream.tls {
        TlsMode::Disable | TlsMode::Require => Arc::new(Unverified(provider)),
        TlsMode::VerifyCa | TlsMode::VerifyFull => {
            let roots = Arc::new(roots(upstream)?);
            let inner = WebPkiServerVerifier::builder_with_provider(roots, provider)
                .build()
                .map_err(|e| ConnectError::TlsConfig(rustls::Error::General(e.to_string())))?;
            if upstream.tls == TlsMode::VerifyFull {
                inner
            } else {
                Arc::new(AnyName(inner))
            }
        }
    };
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

fn roots(upstream: &Upstream) -> Result<RootCertStore, ConnectError> {
    let mut store = RootCertStore::empty();
    match &upstream.ca {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| {
                    ConnectError::TlsConfig(rustls::Error::General("the ca file is not PEM".into()))
                })?;
                store.add(certificate).map_err(ConnectError::TlsConfig)?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(store)
}

/// `require`: encrypted, but with whomever. The handshake's signatures are still verified.
#[derive(Debug)]
struct Unverified(Arc<rustls::crypto::CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// `verify-ca`: a trusted chain, whatever the name.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // The chain is verified before the name, so an error about the name means that it is trusted.
        match self
            .0
            .verify_server_cert(certificate, intermediates, name, ocsp, now)
        {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Connects and logs in. The caller sets the deadline of it all; each address has `connect_timeout_ms`.
pub(crate) async fn connect(
    policy: &Policy,
    login: Login<'_>,
    clients: &TlsClients,
    pool: &Rc<Pool>,
) -> Result<Connected, ConnectError> {
    let tls = clients.of(policy.generation, login.upstream)?;
    let patience = Duration::from_millis(policy.limits.connect_timeout_ms);
    let (mut transport, address) = reach(&login.upstream.addresses, patience).await?;
    let mut receiver = Receiver::new(Rc::clone(pool));
    let mut startup = UpstreamStartup::new(UpstreamOptions {
        user: login.user.to_owned(),
        database: login.database.to_owned(),
        parameters: login.parameters,
        protocol_minor: login.protocol_minor,
        tls: tls.is_some(),
        password: login.upstream.password.clone(),
    });
    let mut out = Vec::new();
    loop {
        let (consumed, step) = startup
            .advance(receiver.unconsumed(), &mut out)
            .map_err(ConnectError::Startup)?;
        receiver.consume(consumed);
        send(&mut transport, &mut out).await?;
        match step {
            UpstreamStep::Bytes => receive(&mut transport, &mut receiver).await?,
            UpstreamStep::StartTls => {
                if receiver.len() > 0 {
                    return Err(ConnectError::Startup(UpstreamError::Protocol));
                }
                let Some(config) = tls.clone() else {
                    return Err(ConnectError::Startup(UpstreamError::Protocol));
                };
                start_tls(&mut transport, config, login.upstream).await?;
                startup
                    .tls_started(transport.peer_certificate(), &mut out)
                    .map_err(ConnectError::Startup)?;
                send(&mut transport, &mut out).await?;
                receive(&mut transport, &mut receiver).await?;
            }
            UpstreamStep::Ready => {
                return Ok(Connected {
                    transport,
                    receiver,
                    ready: startup.finish(),
                    address,
                });
            }
        }
    }
}

async fn start_tls(
    transport: &mut Transport,
    config: Arc<ClientConfig>,
    upstream: &Upstream,
) -> Result<(), ConnectError> {
    let name = ServerName::try_from(upstream.server_name.clone()).map_err(|_| {
        ConnectError::TlsConfig(rustls::Error::General(
            "server_name is not a host name".into(),
        ))
    })?;
    transport
        .connect_tls(config, name)
        .await
        .map_err(ConnectError::Tls)
}

/// The first address that answers.
async fn reach(
    addresses: &[SocketAddr],
    patience: Duration,
) -> Result<(Transport, SocketAddr), ConnectError> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        let connected = async { TcpStream::connect(*address).await.map_err(io::Error::from) };
        let too_late = async {
            Timer::new(patience).await;
            Err(io::ErrorKind::TimedOut.into())
        };
        match or(connected, too_late).await.and_then(Transport::new) {
            Ok(transport) => return Ok((transport, *address)),
            Err(error) => last = error,
        }
    }
    Err(ConnectError::Unreachable(last))
}

async fn send(transport: &mut Transport, out: &mut Vec<u8>) -> Result<(), ConnectError> {
    write_all(transport, out)
        .await
        .map_err(|_| ConnectError::Broken)?;
    out.clear();
    Ok(())
}

async fn receive(transport: &mut Transport, receiver: &mut Receiver) -> Result<(), ConnectError> {
    let need = receiver.len() + 1;
    let received =
        poll_fn(|context| receiver.poll_receive(context, Pin::new(transport), need)).await;
    match received {
        Ok(count) if count > 0 => Ok(()),
        Ok(_) | Err(_) => Err(ConnectError::Broken),
    }
}

/// Writes everything and flushes.
pub(crate) async fn write_all(transport: &mut Transport, bytes: &[u8]) -> io::Result<()> {
    let mut written = 0;
    while written < bytes.len() {
        match poll_fn(|context| transport.poll_write(context, &bytes[written..])).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => written += count,
        }
    }
    poll_fn(|context| transport.poll_flush(context)).await
}

/// Delivers a cancellation on a connection of its own and waits until the upstream has taken it.
pub(crate) async fn cancel(target: &Target, clients: &TlsClients) -> Result<(), ConnectError> {
    let Some(upstream) = target.policy.upstreams.get(target.upstream) else {
        return Err(ConnectError::Broken);
    };
    let deliver = async {
        let tls = clients.of(target.policy.generation, upstream)?;
        let patience = Duration::from_millis(target.policy.limits.connect_timeout_ms);
        let (mut transport, _) = reach(&[target.address], patience).await?;
        if let Some(config) = tls {
            // libpq encrypts cancellations since version 17; a server takes them either way.
            write_all(&mut transport, &[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
                .await
                .map_err(|_| ConnectError::Broken)?;
            let mut answer = [0; 1];
            transport
                .read_exact(&mut answer)
                .await
                .map_err(|_| ConnectError::Broken)?;
            if answer != *b"S" {
                return Err(ConnectError::Startup(UpstreamError::TlsUnavailable));
            }
            start_tls(&mut transport, config, upstream).await?;
        }
        write_all(&mut transport, &cancel::request(target))
            .await
            .map_err(|_| ConnectError::Broken)?;
        // The upstream closes when it has passed the signal on.
        drop(transport.read(&mut [0; 1]).await);
        Ok(())
    };
    let too_late = async {
        Timer::new(CANCEL_TIMEOUT).await;
        Err(ConnectError::Unreachable(io::ErrorKind::TimedOut.into()))
    };
    or(deliver, too_late).await
}
