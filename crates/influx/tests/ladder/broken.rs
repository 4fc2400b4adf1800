//! Servers that misbehave below HTTP: sockets that refuse, fall silent, break off, say something else or never end.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// How a server misbehaves once a connection is accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// Closes at once.
    Closes,
    /// Reads a little, then resets the connection.
    Resets,
    /// Reads and never answers.
    Silent,
    /// Speaks first, then reads.
    Greets(&'static [u8]),
    /// Says this once something was asked, then closes.
    Says(&'static [u8]),
    /// Says this once something was asked, one byte after every pause, for ever.
    Drips(&'static [u8], Duration),
    /// Says the first once something was asked, then the second for ever.
    Floods(&'static [u8], &'static [u8]),
}

/// A server that misbehaves. Dropping it closes its port.
pub(crate) struct Broken {
    address: SocketAddr,
    received: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Broken {
    /// On a free port of the loopback interface.
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::<Mutex<Vec<u8>>>::default();
        let log = Arc::clone(&received);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(behave(stream, manner, Arc::clone(&log)));
            }
        });
        Self { address, received, task }
    }

    pub(crate) fn url(&self, scheme: &str) -> Url {
        format!("{scheme}://{}", self.address).parse().unwrap()
    }

    /// Whether it was sent requests without a body only; `https` proves nothing, because no handshake ever succeeds here.
    pub(crate) fn was_only_asked(received: &Arc<Mutex<Vec<u8>>>) -> Result<(), String> {
        let received = String::from_utf8_lossy(&received.lock().unwrap()).into_owned();
        let words = ["POST ", "PUT ", "PATCH ", "DELETE "];
        match words.iter().find(|word| received.contains(*word)) {
            Some(word) => Err(format!("{word} was sent to a server that nobody knows yet")),
            None => Ok(()),
        }
    }

    pub(crate) fn received(&self) -> Arc<Mutex<Vec<u8>>> {
        Arc::clone(&self.received)
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn behave(mut stream: TcpStream, manner: Manner, log: Arc<Mutex<Vec<u8>>>) {
    let mut heard = vec![0; 16 * 1024];
    match manner {
        Manner::Closes => {}
        Manner::Resets => {
            let _ = stream.read(&mut heard[..1]).await;
            // What is not read yet makes the kernel answer with a reset.
        }
        Manner::Silent => while hear(&mut stream, &mut heard, &log).await {},
        Manner::Greets(greeting) => {
            if stream.write_all(greeting).await.is_ok() {
                while hear(&mut stream, &mut heard, &log).await {}
            }
        }
        Manner::Says(text) => {
            if hear(&mut stream, &mut heard, &log).await {
                let _ = stream.write_all(text).await;
                let _ = stream.shutdown().await;
            }
        }
        Manner::Drips(text, pause) => {
            if hear(&mut stream, &mut heard, &log).await {
                let mut ticks = tokio::time::interval(pause);
                for byte in text.iter().cycle() {
                    ticks.tick().await;
                    if stream.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                }
            }
        }
        Manner::Floods(beginning, for_ever) => {
            if hear(&mut stream, &mut heard, &log).await && stream.write_all(beginning).await.is_ok() {
                let mut piece = Vec::with_capacity(64 * 1024 + for_ever.len());
                while piece.len() < 64 * 1024 {
                    piece.extend_from_slice(for_ever);
                }
                while stream.write_all(&piece).await.is_ok() {}
            }
        }
    }
}

/// Reads a little; `false` when the other side is gone.
async fn hear(stream: &mut TcpStream, heard: &mut [u8], log: &Mutex<Vec<u8>>) -> bool {
    match stream.read(heard).await {
        Ok(0) | Err(_) => false,
        Ok(bytes) => {
            log.lock().unwrap().extend_from_slice(&heard[..bytes]);
            true
        }
    }
}

/// A port that is taken and on which nobody listens: the machine refuses every connection to it.
pub(crate) struct Closed {
    _socket: TcpSocket,
    address: SocketAddr,
}

impl Closed {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = socket.local_addr().unwrap();
        Self { _socket: socket, address }
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://{}", self.address).parse().unwrap()
    }
}

/// A port whose queue of connections is full: the machine drops what asks for one more, as a firewall does.
pub(crate) struct BlackHole {
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
    address: SocketAddr,
}

impl BlackHole {
    pub(crate) async fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        while let Ok(connected) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
            waiting.push(connected.unwrap());
            assert!(waiting.len() < 1000, "the queue never fills");
        }
        Self { _listener: listener, _waiting: waiting, address }
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://{}", self.address).parse().unwrap()
    }
}
