//! How a server ends while somebody looks on.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::server::Server;

#[test]
fn a_server_that_is_asked_to_stop_ends_its_open_streams_and_waits_for_none() {
    let mut server = Server::start();
    let mut asked = TcpStream::connect(server.address()).unwrap();
    asked.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(asked, "GET /api/v1/events HTTP/1.1\r\nHost: {}\r\n\r\n", server.address()).unwrap();
    let mut stream = BufReader::new(asked);
    let mut line = String::new();
    while !line.starts_with("event: hello") {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0, "the stream ended before it began");
    }
    let stopped = Instant::now();
    assert!(server.ask_to_stop().success());
    // What is left when its time is up, after 20 s, would be cut off.
    assert!(stopped.elapsed() < Duration::from_secs(15), "{:?}", stopped.elapsed());
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("\r\n0\r\n\r\n"), "the stream does not end as an answer ends: {rest:?}");
}
