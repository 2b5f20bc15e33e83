//! A proxy between the command and the simulator, which can replace responses.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};

use b2_sim::server::ServerOptions;
use serde_json::{Value, json};

use crate::env::TestEnv;

/// Returns the response to a request. The second argument forwards the request to the simulator. With `None`, the
/// connection stays open without a response.
type Intercept = dyn Fn(&Request, &dyn Fn() -> Answer) -> Option<Answer> + Send + Sync;

/// A server that forwards requests to a simulator. It can also be used as an HTTP proxy.
pub(crate) struct TestProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    to: OnceLock<SocketAddr>,
    intercept: Mutex<Arc<Intercept>>,
    seen: Mutex<Vec<Request>>,
}

impl TestProxy {
    /// Starts a simulator with the bucket `my-photos`, and a proxy that forwards every request to it.
    pub(crate) fn with_bucket() -> (Self, TestEnv) {
        let proxy = Self::new();
        let options = ServerOptions { public_url: Some(proxy.url()), ..ServerOptions::default() };
        let env = TestEnv::with(options);
        proxy.shared.to.set(env.server.address()).unwrap();
        env.ok(&["bucket", "create", "my-photos", "allPrivate"]);
        (proxy, env)
    }

    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let forward: Arc<Intercept> = Arc::new(|_, forward| Some(forward()));
        let (to, seen) = (OnceLock::new(), Mutex::default());
        let shared = Arc::new(Shared { to, intercept: Mutex::new(forward), seen });
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

    /// Replaces the function that responds, and resets the count of requests.
    pub(crate) fn intercept(
        &self,
        intercept: impl Fn(&Request, &dyn Fn() -> Answer) -> Option<Answer> + Send + Sync + 'static,
    ) {
        *self.shared.intercept.lock().unwrap() = Arc::new(intercept);
        self.shared.seen.lock().unwrap().clear();
    }

    /// Responds with `answer` to requests whose URL contains `part`, and forwards the others.
    pub(crate) fn answer(&self, part: &'static str, answer: Answer) {
        self.intercept(move |request, forward| {
            Some(if request.target.contains(part) { answer.clone() } else { forward() })
        });
    }

    /// Changes the JSON of responses to requests whose URL contains `part`.
    pub(crate) fn edit(
        &self,
        part: &'static str,
        edit: impl Fn(&mut Value) + Send + Sync + 'static,
    ) {
        self.intercept(move |request, forward| {
            let mut answer = forward();
            if request.target.contains(part) {
                let mut json = serde_json::from_slice(&answer.body).unwrap();
                edit(&mut json);
                answer.body = json.to_string().into_bytes();
            }
            Some(answer)
        });
    }

    /// Returns the number of requests whose method and URL contain `part`.
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
        let intercept = self.intercept.lock().unwrap().clone();
        let forward = || request.forward(*self.to.get().unwrap());
        match intercept(&request, &forward) {
            // Fails if the client has closed the connection.
            Some(answer) => drop(stream.write_all(&answer.to_bytes(request.is_head()))),
            None => drop(stream.read_to_end(&mut Vec::new())),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The method and the URL, which is absolute in a request to an HTTP proxy.
    pub(crate) target: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    /// Returns the body, which is JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

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

    fn forward(&self, to: SocketAddr) -> Answer {
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
        Answer { status, headers, body: answer[end + 4..].to_vec(), cut: None }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
    /// The number of bytes of the body after which the connection is closed.
    cut: Option<usize>,
}

impl Answer {
    /// Returns an HTML page.
    pub(crate) fn page(status: u16, text: &str) -> Self {
        let body = format!("<!doctype html><html><body>{text}</body></html>").into_bytes();
        Self { status, headers: vec!["Content-Type: text/html".to_owned()], body, cut: None }
    }

    pub(crate) fn json(status: u16, json: &Value) -> Self {
        let headers = vec!["Content-Type: application/json".to_owned()];
        Self { status, headers, body: json.to_string().into_bytes(), cut: None }
    }

    /// Returns an error in the format of B2.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({ "status": status, "code": code, "message": message }))
    }

    /// Returns the length of the body.
    #[cfg(unix)]
    pub(crate) fn len(&self) -> usize {
        self.body.len()
    }

    /// Closes the connection after this number of bytes of the body.
    #[cfg(unix)]
    pub(crate) fn cut(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    fn to_bytes(&self, of_head: bool) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} Status\r\nConnection: close\r\n", self.status);
        for line in self.headers.iter().filter(|line| of_head || !named(line, "content-length")) {
            text += &format!("{line}\r\n");
        }
        if of_head {
            return (text + "\r\n").into_bytes();
        }
        text += &format!("Content-Length: {}\r\n\r\n", self.body.len());
        let sent = self.cut.unwrap_or(self.body.len()).min(self.body.len());
        [text.as_bytes(), &self.body[..sent]].concat()
    }
}

fn named(line: &str, name: &str) -> bool {
    line.split(':').next().is_some_and(|own| own.eq_ignore_ascii_case(name))
}

fn length(headers: &[String]) -> usize {
    let line = headers.iter().find(|line| named(line, "content-length"));
    line.map_or(0, |line| line.split_once(':').unwrap().1.trim().parse().unwrap())
}
