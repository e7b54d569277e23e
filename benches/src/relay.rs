//! The yardstick: a relay that moves bytes and knows nothing of them, on the gateway's own runtime.
//!
//! One glommio executor, two tasks for each connection, 64 KiB buffers as in the gateway: what it
//! uses is the price of receiving and sending alone.

use futures_lite::future::{or, poll_fn};
use futures_lite::{AsyncRead as _, AsyncWrite as _};
use glommio::net::{TcpListener, TcpStream};
use glommio::{LocalExecutorBuilder, Placement};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// Moved at once, bytes.
const BUFFER: usize = 64 * 1024;

/// Relays clients of `listen` to `upstream` on this thread until the process ends. `listening` is
/// called with the address once clients can connect.
///
/// # Errors
/// When io_uring is not to be had, or the listener or `listening` fails.
pub fn serve(
    listen: SocketAddr,
    upstream: SocketAddr,
    listening: impl FnOnce(SocketAddr) -> io::Result<()> + 'static,
) -> io::Result<()> {
    let executor = LocalExecutorBuilder::new(Placement::Unbound)
        .make()
        .map_err(|error| io::Error::other(error.to_string()))?;
    executor.run(async move {
        let listener = TcpListener::bind(listen).map_err(io::Error::from)?;
        listening(listener.local_addr().map_err(io::Error::from)?)?;
        loop {
            let client = listener.accept().await.map_err(io::Error::from)?;
            glommio::spawn_local(relay(client, upstream)).detach();
        }
    })
}

/// Relays one connection. Either side's end ends both.
async fn relay(client: TcpStream, upstream: SocketAddr) {
    let Ok(upstream) = TcpStream::connect(upstream).await else {
        return;
    };
    if client.set_nodelay(true).is_err() || upstream.set_nodelay(true).is_err() {
        return;
    }
    let (client, upstream) = (RefCell::new(client), RefCell::new(upstream));
    // An error ends the connection as an end does; there is nobody to tell.
    drop(or(pump(&client, &upstream), pump(&upstream, &client)).await);
}

/// Moves bytes until the source ends. The two directions share each socket and take turns by polls.
async fn pump(from: &RefCell<TcpStream>, to: &RefCell<TcpStream>) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let count =
            poll_fn(|cx| Pin::new(&mut *from.borrow_mut()).poll_read(cx, &mut buffer)).await?;
        if count == 0 {
            return Ok(());
        }
        let mut rest = &buffer[..count];
        while !rest.is_empty() {
            let count = poll_fn(|cx| Pin::new(&mut *to.borrow_mut()).poll_write(cx, rest)).await?;
            rest = &rest[count..];
        }
        glommio::executor().yield_if_needed().await;
    }
}
