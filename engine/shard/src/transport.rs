//! One side's connection: a TCP socket, plain or inside TLS.
//!
//! Everything above this file reads and writes through poll functions and cannot tell the difference.

use futures_lite::{AsyncRead, AsyncWrite};
use futures_rustls::{TlsAcceptor, TlsConnector, TlsStream};
use glommio::net::TcpStream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// A peer that vanished is noticed after about this time without traffic.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_PROBES: u32 = 6;

/// A connection.
pub(crate) enum Transport {
    /// In clear.
    Plain(Socket),
    /// Inside TLS, as server or as client.
    Tls(Box<TlsStream<Replayed>>),
    /// Being upgraded, or given up: reads as closed.
    Gone,
}

impl Transport {
    /// A connection that was just made or accepted: small segments leave at once, and a vanished peer
    /// is noticed.
    ///
    /// # Errors
    /// Those of the socket, which is broken then.
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL)
            .with_retries(KEEPALIVE_PROBES);
        stream.set_nodelay(true)?;
        SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
        Ok(Self::Plain(Socket(stream)))
    }

    /// Becomes the server end of a TLS connection. `received` are bytes that were already read and
    /// belong to the handshake.
    ///
    /// # Errors
    /// A failed handshake; the connection is gone then.
    pub async fn accept_tls(
        &mut self,
        config: Arc<ServerConfig>,
        received: Vec<u8>,
    ) -> io::Result<()> {
        let replayed = self.begin_tls(received)?;
        let stream = TlsAcceptor::from(config).accept(replayed).await?;
        *self = Self::Tls(Box::new(TlsStream::Server(stream)));
        Ok(())
    }

    /// Becomes the client end of a TLS connection.
    ///
    /// # Errors
    /// A failed handshake; the connection is gone then.
    pub async fn connect_tls(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> io::Result<()> {
        let replayed = self.begin_tls(Vec::new())?;
        let stream = TlsConnector::from(config).connect(name, replayed).await?;
        *self = Self::Tls(Box::new(TlsStream::Client(stream)));
        Ok(())
    }

    fn begin_tls(&mut self, received: Vec<u8>) -> io::Result<Replayed> {
        match std::mem::replace(self, Self::Gone) {
            Self::Plain(socket) => Ok(Replayed { received, socket }),
            Self::Tls(_) | Self::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// The protocol that was negotiated by ALPN.
    pub fn alpn(&self) -> Option<&[u8]> {
        match self {
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol(),
            Self::Plain(_) | Self::Gone => None,
        }
    }

    /// The peer's certificate in DER.
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        match self {
            Self::Tls(stream) => Some(stream.get_ref().1.peer_certificates()?.first()?.as_ref()),
            Self::Plain(_) | Self::Gone => None,
        }
    }

    /// Writes some of `bytes`.
    pub fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => Pin::new(&mut socket.0).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Hands everything that was written to the kernel.
    pub fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Says that nothing more will be written: close_notify inside TLS, FIN on the socket.
    pub fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => Pin::new(&mut socket.0).poll_close(context),
            Self::Tls(stream) => Pin::new(stream).poll_close(context),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }

    /// Ends both directions now.
    pub fn shut(&mut self) {
        *self = Self::Gone;
    }
}

/// A socket that is shut down when it is dropped. Dropping alone would leave it open until the kernel
/// has cancelled the readiness poll that still refers to it.
pub(crate) struct Socket(TcpStream);

impl Drop for Socket {
    fn drop(&mut self) {
        // It fails when the peer was faster, which is as good.
        drop(SockRef::from(&self.0).shutdown(std::net::Shutdown::Both));
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(socket) => Pin::new(&mut socket.0).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Gone => Poll::Ready(Ok(0)),
        }
    }
}

/// A socket of which some bytes were already read.
pub(crate) struct Replayed {
    received: Vec<u8>,
    socket: Socket,
}

impl AsyncRead for Replayed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.received.is_empty() {
            return Pin::new(&mut self.socket.0).poll_read(context, buffer);
        }
        let count = self.received.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.received[..count]);
        self.received.drain(..count);
        if self.received.is_empty() {
            self.received = Vec::new(); // it lives as long as the session
        }
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Replayed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket.0).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket.0).poll_close(context)
    }
}
