//! `b2 sim`.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::env::{TestEnv, signal, succeeded};

/// Starts a simulator, and returns the variables that it prints.
pub(crate) fn start(env: &TestEnv, arguments: &[&str]) -> (Child, Vec<(String, String)>) {
    let mut child = env
        .anonymous(&[&["sim"], arguments].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut variables = Vec::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while variables.len() < 3 {
        let line = lines.next().unwrap().unwrap();
        if let Some((name, value)) =
            line.strip_prefix("export ").and_then(|line| line.split_once('='))
        {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    (child, variables)
}

#[test]
fn the_simulator_keeps_its_state_and_stops_cleanly() {
    let env = TestEnv::new();
    let arguments = ["--data", "data", "--key-id", "myid", "--key", "mykey", "-v"];
    let b2 = |variables: &[(String, String)], arguments: &[&str]| {
        let mut command = env.anonymous(arguments);
        command.envs(variables.iter().cloned());
        succeeded(&command.output().unwrap())
    };
    let (mut first, variables) = start(&env, &arguments);
    b2(&variables, &["bucket", "create", "my-photos", "allPrivate"]);
    signal(&first, "-TERM");
    let mut errors = String::new();
    first.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(first.wait().unwrap().success(), "{errors}");
    assert!(errors.contains("POST b2_create_bucket 200"), "{errors}");

    let (mut second, variables) = start(&env, &arguments);
    assert!(b2(&variables, &["bucket", "list"]).contains("my-photos"));
    signal(&second, "-INT");
    assert!(second.wait().unwrap().success());
}

#[test]
fn requests_above_the_limit_are_refused_and_repeated() {
    let env = TestEnv::new();
    let (mut simulator, variables) = start(&env, &["--requests-per-second", "1", "-v"]);
    let mut command = env.anonymous(&["bucket", "create", "my-photos", "allPrivate"]);
    succeeded(&command.envs(variables).output().unwrap());
    signal(&simulator, "-TERM");
    let mut errors = String::new();
    simulator.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(simulator.wait().unwrap().success(), "{errors}");
    assert!(errors.contains("POST b2_create_bucket 429 too_many_requests"), "{errors}");
    assert!(errors.contains("POST b2_create_bucket 200"), "{errors}");
    let output = env.anonymous(&["sim", "--requests-per-second", "0"]).output().unwrap();
    assert!(!output.status.success());
}

/// Requests `/sim/clock` of the simulator at this realm.
fn clock(realm: &str) -> String {
    let address = realm.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request =
        format!("GET /sim/clock HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn the_simulator_starts_at_a_time_and_is_controlled_only_if_asked_for() {
    let env = TestEnv::new();
    for (arguments, expected) in [
        (&["--now", "2030-01-01", "--control"][..], "Tue, 01 Jan 2030 00:0"),
        (&["--now", "2030-01-01"], "HTTP/1.1 404"),
    ] {
        let (mut simulator, variables) = start(&env, arguments);
        let realm = &variables.iter().find(|(name, _)| name == "B2_ENVIRONMENT").unwrap().1;
        let response = clock(realm);
        assert!(response.contains(expected), "{response}");
        signal(&simulator, "-TERM");
        assert!(simulator.wait().unwrap().success());
    }
}

#[test]
fn a_cap_refuses_what_is_above_it() {
    let env = TestEnv::new();
    let (mut simulator, variables) = start(&env, &["--storage-cap", "1kb"]);
    let b2 = |arguments: &[&str]| {
        let mut command = env.anonymous(arguments);
        command.envs(variables.iter().cloned()).output().unwrap()
    };
    succeeded(&b2(&["bucket", "create", "my-photos", "allPrivate"]));
    std::fs::write(env.path("big"), [0; 2_000]).unwrap();
    let output = b2(&["file", "upload", "my-photos", "big", "big"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains("cap"), "{errors}");
    signal(&simulator, "-TERM");
    assert!(simulator.wait().unwrap().success());
    let alone = env.anonymous(&["sim", "--replication-delay", "5"]).output().unwrap();
    assert!(!alone.status.success(), "it needs --replicate");
}
