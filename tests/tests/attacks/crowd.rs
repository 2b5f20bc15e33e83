//! Many hostile clients at once: their resources are bounded, and a visitor's upload succeeds meanwhile.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use b2_native::gateway::Limits;
use b2_native::{ClientBuilder, NativeHost};
use b2_proto::account::Credentials;
use b2_sim::server::Storage;

use crate::alone;
use crate::site::{BUCKET, SECRET, Site, runtime, session};
use crate::suite::Suite;
use crate::wire::Answer;

/// The time after which the host has failed to end the connections.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Clients of each kind.
const EACH: usize = 50;

/// Kinds of clients.
const KINDS: usize = 6;

/// The connections that the host serves at once.
const CONNECTIONS: usize = 64;

/// The additional memory that the process may use, in bytes, while 50 clients announce 100 MB each.
const MEMORY: u64 = 100 << 20;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.connections = CONNECTIONS;
    limits.head_time = Duration::from_millis(500);
    limits.body_stall = Duration::from_millis(500);
    limits.body_time = Duration::from_secs(5);
    limits.answer_time = Duration::from_millis(500);
    limits
}

/// Returns the resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kilobytes.unwrap_or(0_u64) << 10
}

/// Connects, sends bytes, and waits until the host closes the connection. Returns the response.
fn send_and_wait(host: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(host).expect("the host listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("it can be set");
    stream.set_write_timeout(Some(TIMEOUT)).expect("it can be set");
    let _ = stream.write_all(bytes);
    let mut got = Vec::new();
    let ended = stream.read_to_end(&mut got);
    if let Err(error) = ended {
        let kind = error.kind();
        assert_eq!(kind, std::io::ErrorKind::ConnectionReset, "a connection stays open: {error}");
    }
    Answer { text: String::from_utf8_lossy(&got).into_owned() }
}

/// Returns the bytes that each kind of client sends.
fn hostile(suite: &Suite) -> [(&'static str, Arc<[u8]>); KINDS] {
    let upload = |token: &str, length: usize| {
        let path = &suite.relay.0;
        format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: {token}\r\nx-bz-file-name: u/ada/crowd.png\r\n\
             content-type: image/png\r\nx-bz-content-sha1: do_not_verify\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let bogus = [upload("bogus", 100_000_000).into_bytes(), vec![b'x'; 2_000_000]].concat();
    let right = [upload(&suite.relay.1, 4_000).into_bytes(), vec![b'x'; 100]].concat();
    let expecting =
        upload(&suite.relay.1, 4_000).replacen("\r\n", "\r\nexpect: 100-continue\r\n", 1);
    let expecting = expecting.into_bytes();
    let half = b"POST /b2api/v4/b2_list_parts HTTP/1.1\r\nhost: a\r\nx: ".to_vec();
    let all = [
        ("half a head", half),
        ("a bogus token and a large body", bogus),
        ("a body that does not come", upload("bogus", 1_000).into_bytes()),
        ("a right token and a body that stops", right),
        ("a body that does not come after 100 Continue", expecting),
        ("a handshake of TLS that stops", b"\x16\x03\x01\x02\x00\x01\x00".to_vec()),
    ];
    all.map(|(kind, bytes)| (kind, bytes.into()))
}

/// Uploads a file in parts, directly to B2, and a small one through the gateway.
async fn upload_as_visitor(host: SocketAddr) {
    let visitor = Credentials {
        realm: format!("http://{host}"),
        application_key_id: "visitor".into(),
        application_key: session("ada").into(),
    };
    let client = ClientBuilder::new(NativeHost::new().expect("it starts"))
        .credentials(visitor)
        .authorize()
        .await;
    let bucket =
        client.expect("the visitor is authorized").bucket(BUCKET).await.expect("the bucket");
    for length in [40, 4_000] {
        let name = format!("u/ada/visit-{length}.png");
        let upload = bucket.upload(content(length), &*name).content_type("image/png");
        let version = upload.await.expect("it ends right");
        assert_eq!(version.size, length as u64);
    }
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).expect("it is small")).collect()
}

#[test]
fn hostile_clients_are_ended_while_a_visitor_uploads() {
    let _alone = alone();
    let runtime = runtime();
    let suite =
        Suite::with_visitors(runtime.block_on(Site::here(Storage::Memory, limits(), SECRET)));
    let host = suite.site.host;
    let gateway = suite.site.gateway.clone().expect("it is in this process");
    let before = resident();
    let hostile = hostile(&suite);
    let clients: Vec<_> = (0..EACH)
        .flat_map(|_| hostile.clone())
        .map(|(kind, bytes)| std::thread::spawn(move || (kind, send_and_wait(host, &bytes))))
        .collect();
    // The visitor uploads while they are connected, and again afterwards.
    let visiting = runtime.spawn(async move {
        upload_as_visitor(host).await;
        upload_as_visitor(host).await;
    });
    let (mut most_open, mut most_memory) = (0, 0);
    while !clients.iter().all(std::thread::JoinHandle::is_finished) || !visiting.is_finished() {
        most_open = most_open.max(gateway.open_connections());
        most_memory = most_memory.max(resident());
        std::thread::sleep(Duration::from_millis(5));
    }
    runtime.block_on(visiting).expect("the visitor's uploads end right");
    for client in clients {
        let (kind, answer) = client.join().expect("the host closes every connection");
        let status = answer.status();
        let right = match kind {
            // Closed, with or without a response.
            "half a head" => [0, 408],
            "a handshake of TLS that stops" => [0, 400],
            "a right token and a body that stops"
            | "a body that does not come after 100 Continue" => [408, 408],
            // A client that is still sending when the connection is closed may not receive the response.
            _ => [0, 401],
        };
        assert!(right.contains(&status), "{kind}: {answer:?}");
    }
    for length in [40, 4_000] {
        let name = format!("u/ada/visit-{length}.png");
        let stored = suite.site.simulator.with(|service| service.read_file(BUCKET, &name));
        assert_eq!(stored.as_deref(), Some(&*content(length)), "{name}");
    }
    let versions = suite.site.simulator.with(|service| service.versions(BUCKET));
    assert!(versions.iter().all(|version| version.file_name != "u/ada/crowd.png"));
    assert!(most_open <= CONNECTIONS, "{most_open} connections at once");
    // There were more clients than slots.
    assert_eq!(most_open, CONNECTIONS, "the limit was not reached");
    let grown = most_memory.saturating_sub(before);
    assert!(grown < MEMORY, "{} MB more than before", grown >> 20);
    println!(
        "{} clients ended; at most {most_open} connections, {} MB more",
        KINDS * EACH,
        grown >> 20
    );
}

/// A visitor with a valid token and incomplete bodies can use the memory of one owner only.
#[test]
fn a_visitor_cannot_take_the_memory_of_others() {
    let _alone = alone();
    let runtime = runtime();
    let mut limits = Limits::default();
    limits.body_stall = Duration::from_secs(20);
    // Memory for five such bodies, of which one owner may use two.
    limits.body_memory = 20 << 10;
    limits.owner_memory = 8 << 10;
    let suite = Suite::with_visitors(runtime.block_on(Site::here(Storage::Memory, limits, SECRET)));
    let host = suite.site.host;
    let mut greedy: Vec<_> =
        (0..20).map(|_| TcpStream::connect(host).expect("it listens")).collect();
    for stream in &mut greedy {
        stream.write_all(&stopping(&suite, 4_000, 3_900)).expect("it is taken");
    }
    let gateway = suite.site.gateway.clone().expect("it is in this process");
    while gateway.open_connections() < greedy.len() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (path, token) = suite.relay_url("bob");
    let mut upload = suite.base(crate::suite::RELAY).path(path).with("authorization", token);
    upload = upload.with("x-bz-file-name", "u/bob/small.png");
    for _ in 0..20 {
        let answer = upload.send(host);
        assert_eq!(answer.status(), 200, "{answer:?}");
    }
    // The connections are still open.
    assert!(gateway.open_connections() >= greedy.len());
}

/// Returns the start of an upload of Ada that never ends.
fn stopping(suite: &Suite, length: usize, sent: usize) -> Vec<u8> {
    let (path, token) = &suite.relay;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: {token}\r\nx-bz-file-name: u/ada/crowd.png\r\n\
         content-type: image/png\r\nx-bz-content-sha1: do_not_verify\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.into_bytes(), vec![b'x'; sent]].concat()
}

/// A thousand idle clients, or clients with incomplete heads, do not keep a visitor from being served.
pub(crate) fn many_connections(suite: &mut Suite) {
    const COUNT: usize = 1_000;
    let host = suite.site.host;
    suite.class("connections", |suite| {
        let silent: Vec<_> = (0..COUNT)
            .map(|number| {
                let mut stream = TcpStream::connect(host).expect("the host listens");
                let word: &[u8] = [&b""[..], b"P", b"POST /b2api", b"\x16\x03\x01"][number % 4];
                let _ = stream.write_all(word);
                stream
            })
            .collect();
        for _ in 0..3 {
            let request = suite.base("b2_list_parts");
            suite.harmless("a visitor among 1,000 others", &request, |answer| {
                answer.status() == 200
            });
        }
        drop(silent);
    });
}

/// The response is larger than the buffers, and the client does not read it.
#[test]
fn a_client_that_does_not_read_is_ended() {
    let _alone = alone();
    let runtime = runtime();
    let suite =
        Suite::with_visitors(runtime.block_on(Site::here(Storage::Memory, limits(), SECRET)));
    let gateway = suite.site.gateway.clone().expect("it is in this process");
    // The listing has several megabytes, more than the buffers of a connection.
    suite.site.simulator.with(|service| {
        for number in 0..10_000 {
            let name = format!("u/ada/{number:05}-{}", "x".repeat(200));
            service.put_file(b2_proto::time::Timestamp::from_millis(1), BUCKET, &name, "");
        }
    });
    let mut body = suite.body("b2_list_file_names");
    body["maxFileCount"] = 10_000.into();
    let body = body.to_string();
    let request = format!(
        "POST /b2api/v4/b2_list_file_names HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\ncontent-length: {}\r\n\r\n{body}",
        suite.token("ada"),
        body.len()
    );
    let mut stream = TcpStream::connect(suite.site.host).expect("the host listens");
    stream.write_all(request.as_bytes()).expect("it is taken");
    // Only the start of the response is read.
    let mut first = [0; 12];
    stream.set_read_timeout(Some(TIMEOUT)).expect("it can be set");
    stream.read_exact(&mut first).expect("it is answered");
    assert_eq!(&first, b"HTTP/1.1 200");
    let waiting = std::time::Instant::now();
    while gateway.open_connections() > 0 {
        assert!(waiting.elapsed() < TIMEOUT, "the connection stays open");
        std::thread::sleep(Duration::from_millis(5));
    }
}
