//! What the one server answers side by side: the API, Chronograf's, and the console.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use crate::server::Server;

fn get(server: &Server, path: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_console_is_everywhere_but_where_the_apis_are() {
    let server = Server::start_with(|dir, serve| {
        let console = dir.join("console");
        fs::create_dir(&console).unwrap();
        fs::write(console.join("index.html"), "<!doctype html>the console").unwrap();
        serve.arg("--console").arg(console);
    });
    for (path, status, part) in [
        ("/", "200", "the console"),
        ("/connections/018f", "200", "the console"),
        ("/health", "200", "\"ok\""),
        ("/api/v1/connections", "200", "\"items\""),
        ("/api/v1/conections", "404", "\"not_found\""),
        ("/api", "404", "\"not_found\""),
        ("/api/v2/connections", "404", "\"not_found\""),
        ("/chronograf/v1/me", "200", "\"links\""),
        ("/chronograf/v1/nothing", "404", "\"message\""),
        ("/chronograf", "404", "nothing at this path"),
    ] {
        let answer = get(&server, path);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(part), "{path}: {answer}");
    }
    assert!(!server.stop().contains("console         none"));
}

#[test]
fn a_server_without_a_console_says_so_when_it_starts() {
    let server = Server::start_with(|dir, serve| {
        serve.arg("--console").arg(dir.join("nothing"));
    });
    assert!(get(&server, "/").contains("This Tributary has no console"));
    assert!(server.stop().contains("console         none"));
}
