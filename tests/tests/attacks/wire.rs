//! Requests over a socket, valid or not, and their responses.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// The time after which a response has failed.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A request that is valid HTTP, with any content.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        Self { method: method.to_owned(), path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Creates a call of the API.
    pub(crate) fn call(name: &str, token: &str, body: &Value) -> Self {
        let request = Self::new("POST", format!("/b2api/v4/{name}")).body(body.to_string());
        request.with("authorization", token)
    }

    /// Sets a header, replacing those of the same name.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Removes a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        self.method = method.to_owned();
        self
    }

    /// Returns the bytes of the request on a separate connection.
    fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let has = |wanted: &str| self.headers.iter().any(|(name, _)| name == wanted);
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !has("host") {
            head += &format!("host: {host}\r\n");
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !has("content-length") {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        head += "connection: close\r\n\r\n";
        [head.as_bytes(), &self.body].concat()
    }

    pub(crate) fn send(&self, host: SocketAddr) -> Answer {
        exchange(host, &self.bytes(host), End::Open)
    }

    /// Closes the sending half after the body, whatever the declared length.
    pub(crate) fn send_and_shut(&self, host: SocketAddr) -> Answer {
        exchange(host, &self.bytes(host), End::Shut)
    }
}

/// The action of the client after it has sent everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Waits for the response.
    Open,
    /// Closes the sending half.
    Shut,
}

/// The bytes of the responses as text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
}

impl Answer {
    /// Returns the statuses of all responses on the connection.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let lines = self.text.match_indices("HTTP/1.1 ");
        lines
            .filter_map(|(at, line)| self.text.get(at + line.len()..)?.get(..3)?.parse().ok())
            .collect()
    }

    pub(crate) fn status(&self) -> u16 {
        self.statuses().into_iter().find(|status| *status != 100).unwrap_or(0)
    }

    pub(crate) fn json(&self) -> Value {
        let body = self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        let (head, _) = self.text.split_once("\r\n\r\n")?;
        let fields = head.lines().filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        values.next().map(|(_, value)| value.trim())
    }
}

/// Sends bytes on a new connection, and reads until the host closes it.
pub(crate) fn exchange(host: SocketAddr, bytes: &[u8], end: End) -> Answer {
    let mut stream = TcpStream::connect(host).expect("the host listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("it can be set");
    stream.set_write_timeout(Some(TIMEOUT)).expect("it can be set");
    // The host may close the connection before everything is sent.
    let _ = stream.write_all(bytes);
    if end == End::Shut {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut got = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => got.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the host neither answers nor closes: {error}"),
        }
    }
    Answer { text: String::from_utf8_lossy(&got).into_owned() }
}
