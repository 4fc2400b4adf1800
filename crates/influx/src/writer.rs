//! Writing a batch over HTTP so that every line is either acknowledged or known by name as refused.
//!
//! ```text
//!            ┌──────── accepted ────────▶ done
//!  a part ───┼──────── too large ───────▶ cut to half its bytes; the size is remembered for later batches
//!            ├── refused, lines named ──▶ these are rejects; the others are sent again unless the server said that it stored them
//!            └── refused, none named ───▶ halved until single lines remain; a single refused line is a reject
//! ```
//!
//! Sending a line again changes nothing in InfluxDB (same series, same time, same values), so halving works on copies even where the
//! server had stored some lines already. `b` refused lines among `n` cost at most about `2 · b · log2(n)` requests; a part that is
//! refused altogether costs one when the server says so.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use libdeflater::{CompressionLvl, Compressor};
use model::{
    Connection, Failure, FailureKind, Gzip, Reject,
    edges::{LineBatch, Traffic, Writer, Written},
};
use reqwest::{
    Method,
    header::{self, HeaderValue},
};
use url::Url;

use crate::{
    answer,
    http::{Answer, Client, Request, guard, shown},
    segment::Segment,
};

/// What a driver knows that the others do not: how its server answers a write.
#[async_trait]
pub(crate) trait Dialect: Send + Sync + 'static {
    /// Called before a batch is sent: what must hold before anything is written.
    ///
    /// # Errors
    /// `Influx*`; nothing is sent then.
    async fn ready(&self, client: &Client) -> Result<(), Failure>;

    /// Reads the answer to a request that carried the lines of `sent`.
    ///
    /// # Errors
    /// `Influx*` when the answer does not speak about the lines.
    fn read(&self, answer: &Answer, sent: &Segment) -> Result<Reply, Failure>;

    /// Most bytes of a request, before compression, that its server is known to take.
    fn largest_body(&self) -> usize;
}

/// What an answer says about the lines of its request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// All are stored.
    Accepted,
    /// The request was too large; none is stored.
    TooLarge,
    /// Some were refused.
    Refused(Refused),
}

/// Which lines were refused, as far as the server said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Lines that are certainly refused: their index in the request, ascending, and why.
    pub(crate) named: Vec<(usize, String)>,
    /// Whether the lines that are not named are certainly stored.
    pub(crate) others_stored: bool,
    /// Lines that the server's words fit, when none is named: they are sent apart from the others.
    pub(crate) suspects: Vec<usize>,
    /// Why, for a request of one line.
    pub(crate) reason: String,
}

/// A single line above this size that the server calls too large is at fault itself; below it, the server's limit is.
const LARGE_LINE_BYTES: usize = 64 * 1024;

/// Bodies smaller than this are compressed where they are; larger ones on a thread where waiting does no harm.
const SMALL_BODY_BYTES: usize = 32 * 1024;

/// Writes to one server by HTTP.
pub(crate) struct HttpWriter<D> {
    client: Client,
    url: Url,
    gzip: bool,
    in_flight: usize,
    /// Most bytes of a request, learnt from the server.
    largest: AtomicUsize,
    dialect: D,
}

impl<D: Dialect> HttpWriter<D> {
    /// A writer to `url`, which carries the query that the driver needs.
    pub(crate) fn new(client: Client, url: Url, connection: &Connection, in_flight: usize, dialect: D) -> Self {
        let gzip = match connection.gzip {
            Gzip::On => true,
            Gzip::Off => false,
            Gzip::Auto => !guard::is_loopback(&url),
        };
        Self { client, url, gzip, in_flight: in_flight.max(1), largest: AtomicUsize::new(dialect.largest_body()), dialect }
    }

    async fn send(&self, body: Bytes, traffic: &mut Traffic) -> Result<Answer, Failure> {
        let mut request = Request::new(Method::POST, self.url.clone());
        let body = if self.gzip && !body.is_empty() {
            request = request.header(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            compressed(body).await?
        } else {
            body
        };
        traffic.requests += 1;
        traffic.bytes += body.len() as u64;
        self.client.send(request.body("text/plain; charset=utf-8", body)).await
    }

    /// Sends one part and settles what the answer leaves open.
    async fn settle(
        &self,
        part: Segment,
        left: &mut Vec<Segment>,
        rejects: &mut Rejects<'_>,
        traffic: &mut Traffic,
    ) -> Result<(), Failure> {
        let largest = self.largest.load(Ordering::Relaxed);
        if part.body().len() > largest && part.len() > 1 {
            left.extend(part.pieces(largest).into_iter().rev());
            return Ok(());
        }
        let answer = self.send(part.body().clone(), traffic).await?;
        match self.dialect.read(&answer, &part)? {
            Reply::Accepted => {}
            Reply::TooLarge if part.len() > 1 => {
                let learnt = part.body().len().div_ceil(2);
                self.largest.fetch_min(learnt, Ordering::Relaxed);
                left.extend(part.pieces(learnt).into_iter().rev());
            }
            Reply::TooLarge if part.body().len() > LARGE_LINE_BYTES => {
                rejects.add(&part, 0, format!("the line is larger than the server takes: {}", answer.message()));
            }
            Reply::TooLarge => {
                let doing = format!("writing one line of {} bytes to {}: {}", part.body().len(), shown(&self.url), answer.message());
                return Err(Failure::new(FailureKind::InfluxTooLarge, doing));
            }
            Reply::Refused(refused) if !refused.named.is_empty() => {
                let named = refused.named;
                let others = (!refused.others_stored && named.len() < part.len()).then(|| {
                    let mut indices = named.iter().map(|(index, _)| *index).peekable();
                    part.pick(|index| indices.next_if_eq(&index).is_none())
                });
                for (index, reason) in named {
                    rejects.add(&part, index, reason);
                }
                left.extend(others);
            }
            Reply::Refused(refused) if part.len() <= 1 => rejects.add(&part, 0, refused.reason),
            Reply::Refused(refused) if !refused.suspects.is_empty() && refused.suspects.len() < part.len() => {
                let is_suspect = |index| refused.suspects.binary_search(&index).is_ok();
                left.push(part.pick(is_suspect));
                left.push(part.pick(|index| !is_suspect(index)));
            }
            Reply::Refused(_) => {
                let (first, second) = part.halves();
                left.push(second);
                left.push(first);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl<D: Dialect> Writer for HttpWriter<D> {
    fn in_flight(&self) -> usize {
        self.in_flight
    }

    async fn write(&self, batch: &LineBatch, traffic: &mut Traffic) -> Result<Written, Failure> {
        if batch.lines == 0 {
            return Ok(Written::default());
        }
        self.dialect.ready(&self.client).await?;
        let mut rejects = Rejects { batch, found: Vec::new(), bytes: 0 };
        let mut left = vec![Segment::whole(batch)];
        while let Some(part) = left.pop() {
            self.settle(part, &mut left, &mut rejects, traffic).await?;
        }
        let Rejects { mut found, bytes, .. } = rejects;
        found.sort_by_key(|reject| reject.row);
        Ok(Written {
            points: u64::from(batch.lines).saturating_sub(found.len() as u64),
            bytes: (batch.body.len() as u64).saturating_sub(bytes),
            rejects: found,
        })
    }

    async fn finish(&self) -> Result<(), Failure> {
        Ok(())
    }
}

/// The refused lines of one batch.
struct Rejects<'a> {
    batch: &'a LineBatch,
    found: Vec<Reject>,
    bytes: u64,
}

impl Rejects<'_> {
    fn add(&mut self, part: &Segment, index: usize, reason: String) {
        let Some((number, text)) = part.line(index) else { return };
        self.bytes += text.len() as u64 + 1;
        let kept = &text[..text.len().min(Reject::MAX_LINE_BYTES)];
        // A cut inside a character leaves an incomplete one, which is dropped.
        let line = match std::str::from_utf8(kept) {
            Ok(whole) => whole.to_owned(),
            Err(error) => String::from_utf8_lossy(&kept[..error.valid_up_to()]).into_owned(),
        };
        self.found.push(Reject { row: self.batch.row_of(number), line: Some(line), reason, values: None });
    }
}

async fn compressed(body: Bytes) -> Result<Bytes, Failure> {
    if body.len() < SMALL_BODY_BYTES {
        return gzip(&body);
    }
    let failed = |error| Failure::new(FailureKind::Internal, "compressing a batch").because(error);
    tokio::task::spawn_blocking(move || gzip(&body)).await.map_err(failed)?
}

fn gzip(body: &[u8]) -> Result<Bytes, Failure> {
    // Level 1: 0, which the library calls the fastest, does not compress at all.
    let level = CompressionLvl::new(1).map_err(|error| Failure::new(FailureKind::Internal, format!("compressing a batch: {error:?}")))?;
    let mut compressor = Compressor::new(level);
    let mut packed = vec![0; compressor.gzip_compress_bound(body.len())];
    let size = compressor
        .gzip_compress(body, &mut packed)
        .map_err(|error| Failure::new(FailureKind::Internal, "compressing a batch").because(error.to_string()))?;
    packed.truncate(size);
    Ok(packed.into())
}

/// The failure of a write that this answer stands for.
pub(crate) fn refusal(answer: &Answer, url: &Url) -> Failure {
    answer::failure(answer, &format!("writing to {}", shown(url)))
}
