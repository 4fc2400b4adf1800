//! A server of its own for a test, and the command line that asks it.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command as Process, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use assert_cmd::Command;
use tempfile::TempDir;

/// A running server with a data directory, a shop's database and a folder for lines. Ends with the test.
pub(crate) struct Server {
    child: Child,
    address: String,
    words: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    dir: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) words: String,
}

impl Server {
    /// Starts one and waits until it says where it serves.
    pub(crate) fn start() -> Self {
        Self::start_with(|_, _| {})
    }

    /// The same after `prepare`, which may fill the test's folder and add to the command line and the environment.
    pub(crate) fn start_with(prepare: impl FnOnce(&Path, &mut Process)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("lines")).unwrap();
        let mut serve = process();
        serve.current_dir(dir.path()).args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(dir.path().join("data"));
        prepare(dir.path(), &mut serve);
        let mut child = serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the server ended at once: {said}");
            said.push_str(&line);
            if let Some((_, address)) = line.trim_end().split_once("serves http://") {
                break address.to_owned();
            }
        };
        let words = Arc::new(Mutex::new(said));
        let kept = words.clone();
        let reader = thread::spawn(move || {
            // Read to the end, so that the server never waits for somebody who listens.
            for line in lines.lines().map_while(Result::ok) {
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        Self { child, address, words, reader: Some(reader), dir }
    }

    /// A file or folder of the test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Its process.
    #[allow(dead_code, reason = "the tests of the command line do without")]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it serves: `127.0.0.1:41234`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The command line, pointed at this server.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::from_std(process());
        command.env("TRIBUTARY_SERVER", format!("http://{}", self.address)).current_dir(self.dir.path());
        command
    }

    /// Runs one command, its words cut at spaces.
    pub(crate) fn run(&self, words: &str) -> Done {
        self.run_words(&words.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs one command.
    pub(crate) fn run_words(&self, words: &[&str]) -> Done {
        done(self.command().args(words))
    }

    /// Runs one command that must succeed.
    pub(crate) fn ok(&self, words: &[&str]) -> Done {
        let done = self.run_words(words);
        assert_eq!(done.code, 0, "{words:?}: {done:?}");
        done
    }

    /// The body of the API's answer to a GET, byte by byte.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        body.to_owned()
    }

    /// A shop with a few orders, and everything but the series: connection `lines`, database `shop`, query `orders`, group `hourly`.
    pub(crate) fn with_shop() -> Self {
        let server = Self::start();
        let shop = rusqlite::Connection::open(server.path("shop.db")).unwrap();
        shop.execute_batch(
            "CREATE TABLE orders (created DATETIME, country TEXT, amount REAL);
             INSERT INTO orders VALUES
                ('2026-11-21 13:04:59', 'DE', 1.0), ('2026-11-21 13:05:00', 'DE', 10.5), ('2026-11-21 13:30:00', 'FR', 20.0),
                ('2026-11-21 14:04:59', 'DE', 4.5), ('2026-11-21 14:05:00', 'FR', 8.0);",
        )
        .unwrap();
        server.ok(&["connection", "create", "lines", "--driver", "file", "--folder", "lines"]);
        server.ok(&["database", "create", "shop", "--url", "sqlite:shop.db"]);
        server.ok(&["query", "create", "orders", "--database", "shop", "--sql", ORDERS]);
        server.ok(&["group", "create", "hourly", "--cron", "0 * * * *", "--time-zone", "Europe/Berlin"]);
        server
    }

    /// Asks the server to stop, as a person does, and waits until it has.
    #[allow(dead_code, reason = "most tests do not look at how it ends")]
    pub(crate) fn ask_to_stop(&mut self) -> ExitStatus {
        Process::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap()
    }

    /// Ends the server and gives all that it said on standard error.
    pub(crate) fn stop(mut self) -> String {
        self.end();
        self.words.lock().unwrap().clone()
    }

    fn end(&mut self) {
        // Both fail only when the server has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Orders of the window by country.
pub(crate) const ORDERS: &str = "SELECT country, count(*) AS orders, sum(amount) AS amount FROM orders \
    WHERE created >= :window_start AND created < :window_end GROUP BY country ORDER BY country";

/// Runs a command to its end.
pub(crate) fn done(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        words: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The built binary, without any setting of the machine that the tests run on.
pub(crate) fn process() -> Process {
    let mut process = Process::new(env!("CARGO_BIN_EXE_tributary"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TRIBUTARY_") {
            process.env_remove(name);
        }
    }
    process
}
