//! A slow link: a proxy that delays and limits what passes, as the way to a distant server does.
//!
//! It models what determines how many connections are useful: the round trip, the rate that all connections share, and the
//! window of each connection, which begins small and grows with what is acknowledged. A connection costs two round trips
//! before its first byte, as with TCP and TLS 1.3. Losses are not modelled.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// The number of bytes that are passed on at once.
const CHUNK: usize = 32 << 10;

/// The window of a new connection: ten segments of Ethernet.
const FIRST_WINDOW: usize = 14_600;

/// The largest window of a connection: half of the largest receive buffer of Linux, which also counts its own overhead.
const LARGEST_WINDOW: usize = 3 << 20;

/// The round trips before the first byte of a connection.
const SETUP_ROUND_TRIPS: u32 = 2;

/// The properties of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Properties {
    pub(crate) round_trip: Duration,
    /// In bytes per second and direction.
    pub(crate) rate: f64,
}

impl Default for Properties {
    fn default() -> Self {
        Self { round_trip: Duration::ZERO, rate: f64::INFINITY }
    }
}

impl fmt::Display for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a round trip of {} ms", self.round_trip.as_millis())?;
        match self.rate.is_finite() {
            true => write!(f, " and {} Mbit/s", self.rate * 8.0 / 1e6),
            false => Ok(()),
        }
    }
}

/// A link that accepts connections for a server until the process ends.
#[derive(Debug)]
pub(crate) struct Link {
    listener: TcpListener,
    properties: Properties,
}

impl Link {
    /// Binds the near end of a link. Connections wait until [`connect`](Self::connect).
    pub(crate) fn bind(properties: Properties) -> Result<Self> {
        Ok(Self { listener: TcpListener::bind("127.0.0.1:0")?, properties })
    }

    /// Returns the URL of the near end.
    pub(crate) fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.listener.local_addr()?))
    }

    /// Connects the link with a server.
    pub(crate) fn connect(self, server: SocketAddr) {
        let Self { listener, properties } = self;
        let [up, down] = [(); 2].map(|()| Arc::new(Wire::new(properties)));
        thread::spawn(move || {
            for client in listener.incoming() {
                let connected = client.and_then(|client| {
                    client.set_nodelay(true)?;
                    let server = TcpStream::connect(server)?;
                    server.set_nodelay(true)?;
                    let setup = properties.round_trip * SETUP_ROUND_TRIPS;
                    carry(&client, &server, &up, setup)?;
                    carry(&server, &client, &down, Duration::ZERO)
                });
                if let Err(error) = connected {
                    eprintln!("the link cannot carry a connection: {error}");
                }
            }
        });
    }
}

/// One direction of a link, which all connections share.
#[derive(Debug)]
struct Wire {
    properties: Properties,
    /// When the bytes before have left.
    free: Mutex<Instant>,
}

impl Wire {
    fn new(properties: Properties) -> Self {
        Self { properties, free: Mutex::new(Instant::now()) }
    }

    /// Waits for the turn of `len` bytes, and returns when the last of them has left.
    fn send(&self, len: usize) -> Instant {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let left = (*free).max(Instant::now())
            + Duration::from_secs_f64(len as f64 / self.properties.rate);
        *free = left;
        left
    }
}

/// Bytes, and when they arrive.
type Packet = (Instant, Vec<u8>);

/// Carries bytes from one socket to another, on threads of their own.
fn carry(from: &TcpStream, to: &TcpStream, wire: &Arc<Wire>, setup: Duration) -> io::Result<()> {
    let (mut from, mut to, wire) = (from.try_clone()?, to.try_clone()?, Arc::clone(wire));
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // The other end learns of a broken connection as of an ended one.
        let _ = take(&mut from, &sender, &wire, setup);
    });
    thread::spawn(move || {
        let _ = deliver(&receiver, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    Ok(())
}

/// Takes bytes from a socket as the window of its connection permits.
fn take(from: &mut TcpStream, to: &Sender<Packet>, wire: &Wire, setup: Duration) -> io::Result<()> {
    let round_trip = wire.properties.round_trip;
    let mut window = Window::default();
    let mut buffer = vec![0; CHUNK];
    let set_up = Instant::now() + setup;
    loop {
        let available = loop {
            match window.available(Instant::now()) {
                Ok(available) => break available,
                Err(acknowledged) => sleep_until(acknowledged),
            }
        };
        let read = from.read(&mut buffer[..available.min(CHUNK)])?;
        if read == 0 {
            return Ok(());
        }
        sleep_until(set_up);
        let left = wire.send(read);
        window.sent(read, left + round_trip);
        if to.send((left + round_trip / 2, buffer[..read].to_vec())).is_err() {
            return Ok(());
        }
    }
}

fn deliver(from: &Receiver<Packet>, to: &mut TcpStream) -> io::Result<()> {
    for (arrival, bytes) in from {
        sleep_until(arrival);
        to.write_all(&bytes)?;
    }
    Ok(())
}

fn sleep_until(time: Instant) {
    thread::sleep(time.saturating_duration_since(Instant::now()));
}

/// The window of a connection: how many bytes may be under way.
#[derive(Debug)]
struct Window {
    size: usize,
    under_way: usize,
    /// What was sent, and when it is acknowledged.
    sent: VecDeque<(Instant, usize)>,
}

impl Default for Window {
    fn default() -> Self {
        Self { size: FIRST_WINDOW, under_way: 0, sent: VecDeque::new() }
    }
}

impl Window {
    fn sent(&mut self, len: usize, acknowledged: Instant) {
        self.under_way += len;
        self.sent.push_back((acknowledged, len));
    }

    /// Returns how many bytes may be sent, or the time of the next acknowledgement if none may.
    fn available(&mut self, now: Instant) -> Result<usize, Instant> {
        while let Some((acknowledged, len)) = self.sent.front().copied()
            && acknowledged <= now
        {
            self.sent.pop_front();
            self.under_way -= len;
            // It doubles with each round trip in which all of it is used.
            self.size = (self.size + len).min(LARGEST_WINDOW);
        }
        match (self.size.saturating_sub(self.under_way), self.sent.front()) {
            (0, Some((acknowledged, _))) => Err(*acknowledged),
            (available, _) => Ok(available),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_doubles_with_each_round_trip() {
        let (start, round_trip) = (Instant::now(), Duration::from_millis(40));
        let mut window = Window::default();
        let mut now = start;
        for expected in [FIRST_WINDOW, 2 * FIRST_WINDOW, 4 * FIRST_WINDOW] {
            let available = window.available(now).unwrap();
            assert_eq!(available, expected);
            window.sent(available, now + round_trip);
            assert_eq!(window.available(now), Err(now + round_trip));
            now += round_trip;
        }
        assert_eq!(now, start + 3 * round_trip);
        for _ in 0..20 {
            let available = window.available(now).unwrap();
            window.sent(available, now + round_trip);
            now += round_trip;
        }
        assert_eq!(window.available(now), Ok(LARGEST_WINDOW));
    }

    #[test]
    fn bytes_pass_in_both_directions() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let properties = Properties { round_trip: Duration::from_millis(2), rate: 1e9 };
        let link = Link::bind(properties).unwrap();
        let near = link.url().unwrap();
        link.connect(server.local_addr().unwrap());
        let echo = thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            stream.write_all(&bytes).unwrap();
        });
        let begin = Instant::now();
        let mut client = TcpStream::connect(near.trim_start_matches("http://")).unwrap();
        let sent: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
        client.write_all(&sent).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut received = Vec::new();
        client.read_to_end(&mut received).unwrap();
        echo.join().unwrap();
        assert!(received == sent);
        // Two for the connection, and one there and back.
        assert!(begin.elapsed() >= 3 * properties.round_trip);
    }
}
