//! A minimal HTTP/1.1 client: one connection, one request after the other.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::Result;

/// The size of reads and writes, in bytes.
pub(crate) const CHUNK: usize = 256 * 1024;

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects to the server of an `http` URL.
    pub(crate) fn to(url: &str) -> Result<Self> {
        let stream = TcpStream::connect(split(url)?.0)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(CHUNK, stream) })
    }

    /// Sends the head of a request and the start of its body.
    pub(crate) fn send(&mut self, url: &str, head: &Head<'_>, with: &[u8]) -> Result<()> {
        let (host, path) = split(url)?;
        let mut bytes = format!("{} {path} HTTP/1.1\r\nHost: {host}\r\n", head.method).into_bytes();
        for (name, value) in head.headers {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        write!(bytes, "Content-Length: {}\r\n\r\n", head.length)?;
        bytes.extend_from_slice(with);
        Ok(self.write(&bytes)?)
    }

    /// Sends more of the body.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads the head of a successful response and returns the length of its body.
    pub(crate) fn read_head(&mut self) -> Result<u64> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let success = line.split(' ').nth(1).is_some_and(|code| code.starts_with('2'));
        let status = line.trim_end().to_owned();
        let mut length = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().ok();
                }
                Some(_) => {}
                None => break,
            }
        }
        let length = length.ok_or_else(|| format!("{status}, without a length"))?;
        if success {
            return Ok(length);
        }
        let mut body = String::new();
        self.stream.by_ref().take(length).read_to_string(&mut body)?;
        Err(format!("{status}: {body}").into())
    }

    /// Passes the body to `each` as it arrives.
    pub(crate) fn receive(
        &mut self,
        mut left: u64,
        mut each: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        while left > 0 {
            let bytes = self.stream.fill_buf()?;
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let len = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            each(&bytes[..len])?;
            self.stream.consume(len);
            left -= len as u64;
        }
        Ok(())
    }

    /// Reads a whole response.
    pub(crate) fn collect(&mut self) -> Result<Vec<u8>> {
        let length = self.read_head()?;
        let mut body = Vec::new();
        self.receive(length, |bytes| {
            body.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(body)
    }
}

/// The head of a request.
pub(crate) struct Head<'a> {
    /// `GET` or `POST`.
    pub(crate) method: &'a str,
    /// All headers but `Host` and `Content-Length`.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// The length of the body, in bytes.
    pub(crate) length: u64,
}

/// Splits a URL into host with port, and path.
fn split(url: &str) -> Result<(&str, &str)> {
    let rest = url.strip_prefix("http://").ok_or_else(|| format!("{url} is not an http URL"))?;
    let at = rest.find('/').unwrap_or(rest.len());
    let path = if at == rest.len() { "/" } else { &rest[at..] };
    Ok((&rest[..at], path))
}
