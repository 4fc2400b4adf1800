//! The way to the database: plain TCP that can be cut, be slow, or swallow everything.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What becomes of what goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It arrives.
    Open,
    /// Connections are ended, new ones too.
    Cut,
    /// Nothing arrives and nobody is told.
    BlackHole,
    /// Every connection is ended once it has carried so many bytes from the server.
    CutAfter(u64),
    /// What the server says comes in small pieces with pauses between, about 400 kB in a second.
    Slow,
}

/// A piece of a slow way, and the pause behind it.
const PIECE: (usize, Duration) = (4096, Duration::from_millis(10));

/// A way to a server.
pub(crate) struct Cable {
    pub(crate) port: u16,
    way: watch::Sender<Way>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    marked: AtomicU64,
    cut: AtomicU64,
    swallowed: AtomicU64,
    /// The ports from which it has gone on to the server, while connections last.
    ports: Mutex<BTreeSet<u16>>,
    carried_slowly: AtomicU64,
}

impl Cable {
    /// To `address`; counts how often `mark` goes to the server.
    pub(crate) async fn to(address: String, mark: &'static str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (way, seen) = watch::channel(Way::Open);
        let counts = Arc::new(Counts::default());
        let counted = counts.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (address, seen, counts) = (address.clone(), seen.clone(), counted.clone());
                // A connection that breaks is what this is for.
                tokio::spawn(async move { carry(near, &address, seen, &counts, mark.as_bytes()).await });
            }
        });
        Ok(Self { port, way, counts })
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// How often the mark was sent to the server.
    pub(crate) fn marked(&self) -> u64 {
        self.counts.marked.load(Ordering::Relaxed)
    }

    /// How many connections were cut.
    pub(crate) fn cut(&self) -> u64 {
        self.counts.cut.load(Ordering::Relaxed)
    }

    /// How many connections were left hanging.
    pub(crate) fn swallowed(&self) -> u64 {
        self.counts.swallowed.load(Ordering::Relaxed)
    }

    /// The ports by which the server knows the connections that are open.
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.counts.ports.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// How many bytes the server said while the way was slow.
    pub(crate) fn carried_slowly(&self) -> u64 {
        self.counts.carried_slowly.load(Ordering::Relaxed)
    }
}

async fn carry(near: TcpStream, address: &str, mut way: watch::Receiver<Way>, counts: &Counts, mark: &[u8]) -> anyhow::Result<()> {
    if *way.borrow_and_update() == Way::Cut {
        counts.cut.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    let far = TcpStream::connect(address).await.context("the server")?;
    let port = far.local_addr()?.port();
    let ports = || counts.ports.lock().unwrap_or_else(PoisonError::into_inner);
    ports().insert(port);
    let ended = carry_between(near, far, way, counts, mark).await;
    ports().remove(&port);
    ended
}

async fn carry_between(
    mut near: TcpStream,
    mut far: TcpStream,
    mut way: watch::Receiver<Way>,
    counts: &Counts,
    mark: &[u8],
) -> anyhow::Result<()> {
    let (mut up, mut down, mut carried) = (vec![0; 1 << 16], vec![0; 1 << 16], 0);
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let now = *way.borrow_and_update();
        match now {
            Way::Cut => break,
            Way::CutAfter(bytes) if carried >= bytes => break,
            Way::BlackHole => {
                counts.swallowed.fetch_add(1, Ordering::Relaxed);
                way.changed().await?;
                // What was swallowed is gone: a connection does not survive it.
                break;
            }
            Way::Open | Way::CutAfter(_) | Way::Slow => {}
        }
        let (piece, pause) = if now == Way::Slow { PIECE } else { (down.len(), Duration::ZERO) };
        tokio::select! {
            changed = way.changed() => changed?,
            read = near.read(&mut up) => {
                let bytes = read?;
                if bytes == 0 { return Ok(()) }
                count(&mut rest, &up[..bytes], mark, &counts.marked);
                far.write_all(&up[..bytes]).await?;
            }
            read = far.read(&mut down[..piece]) => {
                let bytes = read?;
                if bytes == 0 { return Ok(()) }
                carried += bytes as u64;
                near.write_all(&down[..bytes]).await?;
                if now == Way::Slow {
                    counts.carried_slowly.fetch_add(bytes as u64, Ordering::Relaxed);
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
    counts.cut.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Counts the marks, also one that lies across two reads.
fn count(rest: &mut Vec<u8>, bytes: &[u8], mark: &[u8], marked: &AtomicU64) {
    if mark.is_empty() {
        return;
    }
    rest.extend_from_slice(bytes);
    let found = rest.windows(mark.len()).filter(|window| *window == mark).count();
    marked.fetch_add(found as u64, Ordering::Relaxed);
    let from = rest.len().saturating_sub(mark.len() - 1);
    rest.drain(..from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_across_two_reads_is_counted_once() {
        let (marked, mut rest) = (AtomicU64::new(0), Vec::new());
        for part in ["SELECT 'as", "ked' asked", " as", "ke", "d"] {
            count(&mut rest, part.as_bytes(), b"asked", &marked);
        }
        assert_eq!(marked.into_inner(), 3);
    }
}
