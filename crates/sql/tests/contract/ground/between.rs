//! What stands between Tributary and a server: something that falls silent, and a pooler that gives each transaction another session.

use std::sync::{Arc, Mutex};

use model::{Engine, edges::DatabaseAccess};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_util::sync::CancellationToken;

/// The database by another port.
fn through(access: &DatabaseAccess, port: u16) -> DatabaseAccess {
    let mut access = access.clone();
    let (Engine::Postgres(server) | Engine::Mysql(server)) = &mut access.database.engine else { panic!("a file") };
    server.port = Some(port);
    access
}

fn address(access: &DatabaseAccess) -> (String, u16) {
    let (Engine::Postgres(server) | Engine::Mysql(server)) = &access.database.engine else { panic!("a file") };
    (server.host.clone(), server.port.expect("the tests know the port"))
}

/// Passes everything on, until it passes on nothing any more and closes nothing either: a server that is gone without a word, or a
/// firewall that has forgotten the connection.
pub(crate) struct Falling {
    access: DatabaseAccess,
    silent: CancellationToken,
}

impl Falling {
    /// Falls silent when it is told to, and in front of whatever the client sends with these words in it.
    pub(crate) async fn before(access: &DatabaseAccess, words: &str) -> Self {
        let (listener, silent) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), CancellationToken::new());
        let (server, words, falls) = (address(access), words.as_bytes().to_vec(), silent.clone());
        let access = through(access, listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (client_reads, client_writes) = client.into_split();
                let (server_reads, server_writes) = TcpStream::connect(server.clone()).await.unwrap().into_split();
                tokio::spawn(pass(client_reads, server_writes, falls.clone(), words.clone()));
                tokio::spawn(pass(server_reads, client_writes, falls.clone(), Vec::new()));
            }
        });
        Self { access, silent }
    }

    /// The database behind it.
    pub(crate) fn access(&self) -> DatabaseAccess {
        self.access.clone()
    }

    /// From now on.
    pub(crate) fn fall_silent(&self) {
        self.silent.cancel();
    }

    /// Waits until it is.
    pub(crate) async fn is_silent(&self) {
        self.silent.cancelled().await;
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, silent: CancellationToken, words: Vec<u8>) {
    let mut some = vec![0; 1 << 16];
    loop {
        let read = tokio::select! {
            biased;
            () = silent.cancelled() => break,
            read = from.read(&mut some) => read.unwrap_or(0),
        };
        if read == 0 {
            return;
        }
        let passes = &some[..read];
        if !words.is_empty() && passes.windows(words.len()).any(|part| part == words) {
            silent.cancel();
            break;
        }
        if to.write_all(passes).await.is_err() {
            return;
        }
    }
    // Neither end hears anything again, not even that it is over.
    std::future::pending::<()>().await;
}

/// A pooler of PostgreSQL as far as a test needs one: it has one session of its own in reserve, and the first client that ends its first
/// transaction goes on in that. It closes no session of the server, whoever hangs up.
pub(crate) struct Pooler(DatabaseAccess);

impl Pooler {
    /// The session in reserve is that of the first client.
    pub(crate) async fn of(access: &DatabaseAccess) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = address(access);
        let access = through(access, listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            let reserve = Arc::new(Mutex::new(None));
            let mut is_first = true;
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let session = TcpStream::connect(server.clone()).await.unwrap();
                tokio::spawn(serve(client, session, reserve.clone(), is_first));
                is_first = false;
            }
        });
        Self(access)
    }

    /// The database behind it.
    pub(crate) fn access(&self) -> DatabaseAccess {
        self.0.clone()
    }
}

type Reserve = Arc<Mutex<Option<(OwnedReadHalf, OwnedWriteHalf)>>>;

async fn serve(client: TcpStream, session: TcpStream, reserve: Reserve, is_first: bool) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = session.into_split();
    let (mut asked, mut answered, mut messages) = (vec![0; 1 << 16], vec![0; 1 << 16], Vec::new());
    let (mut idle, mut is_there, mut left) = (0, true, Vec::new());
    loop {
        tokio::select! {
            read = from_client.read(&mut asked), if is_there => match read.unwrap_or(0) {
                // The session goes on with what it was told: it is not for the pooler to stop it.
                0 => is_there = false,
                read => to_server.write_all(&asked[..read]).await.unwrap(),
            },
            read = from_server.read(&mut answered) => {
                let read = read.unwrap_or(0);
                if read == 0 {
                    return;
                }
                is_there = is_there && to_client.write_all(&answered[..read]).await.is_ok();
                messages.extend_from_slice(&answered[..read]);
                let ready = take_messages(&mut messages).into_iter().rfind(|(kind, _)| *kind == b'Z');
                match ready {
                    // What it was told has come to its end.
                    Some(_) if !is_there => return,
                    // In no transaction: once after the login, and at the end of each transaction.
                    Some((_, state)) if state == b"I" => idle += 1,
                    _ => continue,
                }
                if is_first && idle == 1 {
                    *reserve.lock().unwrap() = Some((from_server, to_server));
                    // The first client hears nothing more, and is not hung up on.
                    return std::future::pending().await;
                }
                let other = if idle == 2 { reserve.lock().unwrap().take() } else { None };
                if let Some(other) = other {
                    left.push((std::mem::replace(&mut from_server, other.0), std::mem::replace(&mut to_server, other.1)));
                }
            }
        }
    }
}

/// Takes the messages that have come whole: the type of each, and what is in it.
fn take_messages(bytes: &mut Vec<u8>) -> Vec<(u8, Vec<u8>)> {
    let mut messages = Vec::new();
    while let Some(length) = bytes.get(1..5).map(|length| u32::from_be_bytes(length.try_into().unwrap()) as usize) {
        if bytes.len() <= length {
            break;
        }
        let message: Vec<u8> = bytes.drain(..=length).collect();
        messages.push((message[0], message[5..].to_vec()));
    }
    messages
}
