//! Something between the command and the simulator, which answers in its place where a test says so.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};

use b2_sim::server::ServerOptions;
use serde_json::{Value, json};

use crate::world::World;

/// Says what is answered to a request; the second argument asks the simulator. Without an answer, the connection stays
/// open and silent.
type Meddle = dyn Fn(&Request, &dyn Fn() -> Answer) -> Option<Answer> + Send + Sync;

/// A server that passes requests on, also as a proxy.
pub(crate) struct Between {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    to: OnceLock<SocketAddr>,
    meddle: Mutex<Arc<Meddle>>,
    seen: Mutex<Vec<Request>>,
}

impl Between {
    /// Stands before a simulator of its own, with the bucket `my-photos`, and passes everything on.
    pub(crate) fn with_bucket() -> (Self, World) {
        let between = Self::new();
        let options = ServerOptions { public_url: Some(between.url()), ..ServerOptions::default() };
        let world = World::with(options);
        between.shared.to.set(world.server.address()).unwrap();
        world.ok(&["bucket", "create", "my-photos", "allPrivate"]);
        (between, world)
    }

    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let pass: Arc<Meddle> = Arc::new(|_, pass| Some(pass()));
        let (to, seen) = (OnceLock::new(), Mutex::default());
        let shared = Arc::new(Shared { to, meddle: Mutex::new(pass), seen });
        let serving = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers so from now on, and forgets the requests so far.
    pub(crate) fn meddle(
        &self,
        meddle: impl Fn(&Request, &dyn Fn() -> Answer) -> Option<Answer> + Send + Sync + 'static,
    ) {
        *self.shared.meddle.lock().unwrap() = Arc::new(meddle);
        self.shared.seen.lock().unwrap().clear();
    }

    /// Answers this to requests whose URL contains `part`, and passes the others on.
    pub(crate) fn answer(&self, part: &'static str, answer: Answer) {
        self.meddle(move |request, pass| {
            Some(if request.target.contains(part) { answer.clone() } else { pass() })
        });
    }

    /// Changes the JSON of answers to requests whose URL contains `part`.
    pub(crate) fn edit(
        &self,
        part: &'static str,
        edit: impl Fn(&mut Value) + Send + Sync + 'static,
    ) {
        self.meddle(move |request, pass| {
            let mut answer = pass();
            if request.target.contains(part) {
                let mut json = serde_json::from_slice(&answer.body).unwrap();
                edit(&mut json);
                answer.body = json.to_string().into_bytes();
            }
            Some(answer)
        });
    }

    /// How many requests have come whose method and URL contain this.
    pub(crate) fn count(&self, part: &str) -> usize {
        let seen = self.shared.seen.lock().unwrap();
        seen.iter().filter(|request| request.target.contains(part)).count()
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        let Some(request) = Request::read(&mut stream) else {
            return;
        };
        self.seen.lock().unwrap().push(request.clone());
        let meddle = self.meddle.lock().unwrap().clone();
        let pass = || request.pass(*self.to.get().unwrap());
        match meddle(&request, &pass) {
            // A client that gives up has closed the connection.
            Some(answer) => drop(stream.write_all(&answer.to_bytes(request.is_head()))),
            None => drop(stream.read_to_end(&mut Vec::new())),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and URL, with the host where it came to a proxy.
    pub(crate) target: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines().filter(|line| !line.is_empty());
        let target = lines.next()?.strip_suffix(" HTTP/1.1")?.to_owned();
        let headers: Vec<_> = lines.map(str::to_owned).collect();
        let mut body = vec![0; length(&headers)];
        stream.read_exact(&mut body).ok()?;
        Some(Self { target, headers, body })
    }

    fn is_head(&self) -> bool {
        self.target.starts_with("HEAD ")
    }

    fn pass(&self, to: SocketAddr) -> Answer {
        let (method, url) = self.target.split_once(' ').unwrap();
        let path = match url.strip_prefix("http://") {
            Some(rest) => &rest[rest.find('/').unwrap()..],
            None => url,
        };
        let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        for line in self.headers.iter().filter(|line| !named(line, "connection")) {
            text += &format!("{line}\r\n");
        }
        let mut stream = TcpStream::connect(to).unwrap();
        stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
        stream.write_all(&self.body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter(|line| !named(line, "connection")).map(str::to_owned).collect();
        Answer { status, headers, body: answer[end + 4..].to_vec() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Answer {
    /// A page in HTML.
    pub(crate) fn page(status: u16, text: &str) -> Self {
        let body = format!("<!doctype html><html><body>{text}</body></html>").into_bytes();
        Self { status, headers: vec!["Content-Type: text/html".to_owned()], body }
    }

    pub(crate) fn json(status: u16, json: &Value) -> Self {
        let headers = vec!["Content-Type: application/json".to_owned()];
        Self { status, headers, body: json.to_string().into_bytes() }
    }

    /// An error as B2 answers it.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({ "status": status, "code": code, "message": message }))
    }

    fn to_bytes(&self, of_head: bool) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} Said\r\nConnection: close\r\n", self.status);
        for line in self.headers.iter().filter(|line| of_head || !named(line, "content-length")) {
            text += &format!("{line}\r\n");
        }
        if of_head {
            return (text + "\r\n").into_bytes();
        }
        text += &format!("Content-Length: {}\r\n\r\n", self.body.len());
        [text.as_bytes(), &self.body].concat()
    }
}

fn named(line: &str, name: &str) -> bool {
    line.split(':').next().is_some_and(|own| own.eq_ignore_ascii_case(name))
}

fn length(headers: &[String]) -> usize {
    let line = headers.iter().find(|line| named(line, "content-length"));
    line.map_or(0, |line| line.split_once(':').unwrap().1.trim().parse().unwrap())
}
