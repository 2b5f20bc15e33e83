//! The environment of a test: a simulator, a folder, and the command.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use b2_sim::server::{Server, ServerOptions};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A simulator and a temporary folder in which the command runs.
pub(crate) struct TestEnv {
    pub(crate) server: Server,
    folder: tempfile::TempDir,
    // Dropped last: the server runs on it.
    _runtime: Runtime,
}

impl TestEnv {
    pub(crate) fn new() -> Self {
        Self::with(ServerOptions::default())
    }

    pub(crate) fn with(mut options: ServerOptions) -> Self {
        options.config.absolute_minimum_part_size = 1_000;
        options.config.recommended_part_size = 100_000;
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(Server::bind("127.0.0.1:0", options)).unwrap();
        Self { server, folder: tempfile::tempdir().unwrap(), _runtime: runtime }
    }

    /// Returns an environment with the bucket `my-photos`.
    pub(crate) fn with_bucket() -> Self {
        let env = Self::new();
        env.ok(&["bucket", "create", "my-photos", "allPrivate"]);
        env
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Returns the command with the account in its environment variables.
    pub(crate) fn b2(&self, arguments: &[&str]) -> Command {
        let credentials = self.server.credentials();
        let mut command = self.anonymous(arguments);
        command
            .env("B2_ENVIRONMENT", self.server.realm())
            .env("B2_APPLICATION_KEY_ID", &credentials.key_id)
            .env("B2_APPLICATION_KEY", credentials.key.expose());
        command
    }

    /// Returns the command without an account.
    pub(crate) fn anonymous(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_b2"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("B2_ACCOUNT_INFO", self.path("account"))
            .stdin(Stdio::null());
        command
    }

    /// Returns another program with the command as its last arguments.
    #[cfg(target_os = "linux")]
    pub(crate) fn wrapped(&self, program: &[&str], arguments: &[&str]) -> Command {
        let plain = self.b2(arguments);
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).arg(plain.get_program()).args(plain.get_args());
        command.env_clear().stdin(Stdio::null()).current_dir(self.folder.path());
        for (name, value) in plain.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command
    }

    /// Returns the command, run as a user without root privileges: `nobody` if root runs the tests.
    #[cfg(target_os = "linux")]
    pub(crate) fn unprivileged(&self, arguments: &[&str]) -> Command {
        use std::os::unix::fs::MetadataExt;

        let own = std::fs::metadata(self.folder.path()).unwrap();
        if own.uid() != 0 {
            return self.b2(arguments);
        }
        // That user may not have access to the folders above the binary.
        let copy = self.path("b2-for-all");
        std::fs::copy(env!("CARGO_BIN_EXE_b2"), &copy).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(copy);
        let plain = self.b2(arguments);
        command.args(plain.get_args()).env_clear().stdin(Stdio::null());
        command.current_dir(self.folder.path());
        for (name, value) in plain.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.env("PATH", "/usr/bin:/bin");
        command
    }

    /// Runs the command, which must succeed, and returns its output.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        succeeded(&self.b2(arguments).output().unwrap())
    }

    /// Runs the command, which must succeed, and returns the JSON that it prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.ok(arguments);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Runs the command, which must succeed, and returns its standard error.
    pub(crate) fn note(&self, arguments: &[&str]) -> String {
        let output = self.b2(arguments).output().unwrap();
        succeeded(&output);
        String::from_utf8(output.stderr).unwrap()
    }

    /// Runs the command, which must fail with code 1, and returns its standard error.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        failed(&self.b2(arguments).output().unwrap(), 1)
    }

    /// Returns the number of requests to an operation.
    pub(crate) fn requests(&self, operation: &str) -> usize {
        self.server.with(|service| {
            service.log().filter(|exchange| exchange.operation == operation).count()
        })
    }

    /// Returns the number of requests to all operations.
    pub(crate) fn all_requests(&self) -> usize {
        self.server.with(|service| service.log().count())
    }

    /// Returns the names in a folder, including hidden ones.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// Checks that a command succeeded, and returns its output.
pub(crate) fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {errors}", output.status);
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Checks the exit code, and returns the standard error, which must have the prefix of errors and contain no panic.
pub(crate) fn failed(output: &Output, code: i32) -> String {
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    if code == 1 {
        // Backblaze's tool prints no other prefix for a missing bucket.
        assert!(errors.contains("ERROR: ") || errors.contains("Bucket not found: "), "{errors}");
    }
    errors
}

/// Runs a command with this standard input.
pub(crate) fn run_with_input(mut command: Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// Sends a signal with `kill`, since the standard library can only send `SIGKILL`.
pub(crate) fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir()
}
