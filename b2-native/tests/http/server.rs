//! A server that runs one function for each connection.

use std::future::Future;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Starts a server on a free port, and returns its URL.
pub(crate) async fn serve<F, R>(handle: F) -> String
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?secret=QUERY", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(handle(stream));
        }
    });
    url
}

/// Reads the head of a request. Returns its lines in lower case, and the bytes after it.
pub(crate) async fn read_head(stream: &mut TcpStream) -> (Vec<String>, Vec<u8>) {
    let mut seen = Vec::new();
    loop {
        if let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(seen[..end].to_vec()).unwrap();
            let lines = head.lines().map(str::to_ascii_lowercase).collect();
            return (lines, seen[end + 4..].to_vec());
        }
        assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0, "the head was cut");
    }
}

/// Returns the value of a header. Panics if it occurs twice.
pub(crate) fn header<'a>(lines: &'a [String], name: &str) -> Option<&'a str> {
    let prefix = format!("{name}: ");
    let mut values = lines.iter().filter_map(|line| line.strip_prefix(&prefix));
    let value = values.next();
    assert_eq!(values.next(), None, "{name} came twice");
    value
}

/// Reads a request with its body, by its `Content-Length`.
pub(crate) async fn read_request(stream: &mut TcpStream) -> (Vec<String>, Vec<u8>) {
    let (lines, mut body) = read_head(stream).await;
    let len = header(&lines, "content-length").map_or(0, |len| len.parse().unwrap());
    while body.len() < len {
        assert_ne!(stream.read_buf(&mut body).await.unwrap(), 0, "the body was cut");
    }
    assert_eq!(body.len(), len, "more came than was announced");
    (lines, body)
}

pub(crate) async fn answer(stream: &mut TcpStream, status: &str, body: &str) {
    let len = body.len();
    let text =
        format!("HTTP/1.1 {status}\r\nContent-Length: {len}\r\nX-Bz-Some: thing\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
}
