//! Accepts and serves connections.

use std::net::SocketAddr;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Simulator, control};

/// The size of the read buffer, in bytes. Large reads reduce the CPU time of uploads.
const BUFFER: usize = 1 << 20;

/// The time that connections have to end when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Serves connections until the server stops, then waits until they end.
pub(super) async fn accept(
    listener: TcpListener,
    simulator: Simulator,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve(stream, peer, simulator.clone(), stopped.clone()));
                }
                // Usually the process is out of file descriptors for a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, all).await;
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    simulator: Simulator,
    mut stopped: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| control::or_respond(&simulator, peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // Fails if the client closes the connection, or a fault does.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
