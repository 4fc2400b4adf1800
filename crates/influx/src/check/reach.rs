//! From the URL to the first answer: each step tried by itself, so that its own cause is told.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use model::{Code, Failure, FailureKind, Finding};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use url::Url;

use super::{Ladder, bare};
use crate::{
    answer,
    http::{Answer, Client, connecting, guard, resolve, shown},
    tls::{self, Handshake},
};

/// Longest time for looking up a name, for connecting to one address, and for a handshake.
const STEP: Duration = Duration::from_secs(5);

/// How long to look closer at who gave no answer that can be read.
const CLOSER_LOOK: Duration = Duration::from_millis(1500);

/// A certificate that ends sooner is worth a warning.
const EXPIRES_SOON: TimeDelta = TimeDelta::days(14);

/// Climbs from the URL to an answer of HTTP: that to `GET ping`, a URL below `url`, which tells the product. `limit` is the longest that
/// a step may take. `None` when a step failed and was told.
pub(crate) async fn reach(ladder: &mut Ladder<'_>, client: &Client, url: &Url, ping: Url, limit: Duration) -> Option<Answer> {
    if let Err(failure) = guard::well_formed(url).and_then(|()| bare(url)) {
        ladder.failed("url", &failure, "url", None);
        return None;
    }
    ladder.passed("url", shown(url));
    let addresses = resolved(ladder, client, url, limit).await?;
    let (stream, address) = connected(ladder, url, addresses, limit).await?;
    if url.scheme() == "https" {
        let limit = ladder.within(limit.min(STEP));
        let handshake = tls::shake(client.tls(), client.roots(), url, stream, limit).await;
        secured(ladder, client, handshake)?;
    } else {
        // A server that serves one connection at a time would not come to the next.
        drop(stream);
    }
    answered(ladder, client, url, ping, address).await
}

/// The steps `policy` and `dns`: whether the URL may be asked is known for sure only when its name is resolved.
async fn resolved(ladder: &mut Ladder<'_>, client: &Client, url: &Url, limit: Duration) -> Option<Vec<SocketAddr>> {
    let judged = "nothing forbids to ask there";
    let host = url.host_str().unwrap_or_default();
    let limit = ladder.within(limit.min(STEP));
    let began = Instant::now();
    let found = match timeout(limit, resolve(client.outbound(), url)).await {
        Ok(found) => found,
        Err(_) => {
            let doing = format!("resolving {host}: no answer within {} ms", limit.as_millis());
            Err(Failure::new(FailureKind::InfluxDns, doing).coded(Code::DnsFailed))
        }
    };
    let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match found {
        Err(failure) if failure.kind == FailureKind::InfluxUrl => {
            ladder.failed("policy", &failure, "url", None);
            None
        }
        Err(failure) => {
            ladder.told(Finding::passed("policy", judged, 0));
            ladder.told(Finding::failed("dns", &failure, took, Some("url")));
            None
        }
        Ok(addresses) => {
            let listed = addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ");
            let detail = match url.domain() {
                Some(name) => format!("{name} is {listed}"),
                None => "the URL holds an address".to_owned(),
            };
            ladder.told(Finding::passed("policy", judged, 0));
            ladder.told(Finding::passed("dns", detail, took).fact("address", listed));
            Some(addresses)
        }
    }
}

/// The step `tcp`: one address after the other, until one accepts.
async fn connected(ladder: &mut Ladder<'_>, url: &Url, addresses: Vec<SocketAddr>, limit: Duration) -> Option<(TcpStream, SocketAddr)> {
    let mut failed = None;
    for address in addresses {
        let limit = ladder.within(limit.min(STEP));
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                ladder.passed_with("tcp", format!("connected to {address}"), &[("address", address.to_string())]);
                return Some((stream, address));
            }
            Ok(Err(error)) => {
                let doing = format!("connecting to {address}");
                failed = Some(Failure::new(FailureKind::InfluxUnreachable, doing).coded(connecting(error.kind())).because(error));
            }
            Err(_) => {
                let doing = format!("connecting to {address}: no answer within {} ms", limit.as_millis());
                // What one address refuses says more than another's silence.
                failed = failed.or(Some(Failure::new(FailureKind::InfluxUnreachable, doing).coded(Code::TcpTimeout)));
            }
        }
    }
    let failure =
        failed.unwrap_or_else(|| Failure::new(FailureKind::InfluxUnreachable, "the name has no address").coded(Code::TcpUnreachable));
    let advice = if failure.code() == Code::TcpRefused { local_advice(url, is_in_container()) } else { None };
    ladder.failed("tcp", &failure, "url", advice);
    None
}

/// The step `tls`.
fn secured(ladder: &mut Ladder<'_>, client: &Client, handshake: Handshake) -> Option<()> {
    let settings = client.tls();
    let took = ladder.lap();
    let certificate = handshake.presented.as_ref();
    let mut facts = certificate.map(|(presented, _)| presented.facts()).unwrap_or_default();
    let protocol = match handshake.outcome {
        Ok(protocol) => protocol,
        Err(failure) => {
            let code = failure.code();
            if let Some((presented, _)) = certificate.filter(|(presented, _)| code == Code::TlsWrongName && !presented.names.is_empty()) {
                facts.push(("names", presented.names.join(", ")));
            }
            ladder.told(with(Finding::failed("tls", &failure, took, Some(settings.field_of(code))), facts));
            return None;
        }
    };
    facts.push(("protocol", protocol.to_owned()));
    let ends = certificate.and_then(|(presented, at)| Some((presented.not_after?, presented.not_after? - *at)));
    let finding = if settings.trusts_anyone() {
        let detail = format!("{protocol}, with whoever answers: any certificate is accepted");
        Finding::warning("tls", detail, took, Code::TlsUnverified.advice()).coded(Code::TlsUnverified)
    } else if let Some((until, left)) = ends.filter(|(_, left)| *left < EXPIRES_SOON && !settings.pins()) {
        let detail = format!("{protocol}; the certificate expires on {}, in {} days", until.format("%Y-%m-%d"), left.num_days());
        Finding::warning("tls", detail, took, Code::TlsExpiring.advice()).coded(Code::TlsExpiring)
    } else {
        let trusted = if settings.pins() { "the certificate is the pinned one" } else { "the certificate verifies" };
        Finding::passed("tls", format!("{protocol}; {trusted}"), took)
    };
    ladder.told(with(finding, facts));
    Some(())
}

fn with(finding: Finding, facts: Vec<(&str, String)>) -> Finding {
    facts.into_iter().fold(finding, |finding, (name, value)| finding.fact(name, value))
}

/// The step `http`.
async fn answered(ladder: &mut Ladder<'_>, client: &Client, url: &Url, ping: Url, address: SocketAddr) -> Option<Answer> {
    let hurried = ladder.hurried(client.clone());
    let answer = match hurried.get(ping.clone()).await {
        Ok(answer) => answer,
        Err(failure) => {
            let failure = if url.scheme() == "http" { looked_closer(ladder, client, &ping, address, failure).await } else { failure };
            ladder.failed("http", &failure, client.tls().field_of(failure.code()), None);
            return None;
        }
    };
    if let Some(failure) = answer::of_the_way(&answer, url) {
        let took = ladder.lap();
        ladder.told(Finding::failed("http", &failure, took, Some("url")).fact("status", answer.status.as_u16().to_string()));
        return None;
    }
    let status = answer.status.as_u16().to_string();
    ladder.passed_with("http", format!("answers with {status}"), &[("status", status)]);
    Some(answer)
}

/// The same failure, or a more exact one: the HTTP library does not tell what it could not read, nor whether who broke off speaks TLS.
async fn looked_closer(ladder: &mut Ladder<'_>, client: &Client, ping: &Url, address: SocketAddr, failure: Failure) -> Failure {
    if !matches!(failure.code(), Code::HttpNeedsTls | Code::HttpForeign | Code::HttpBroken) {
        return failure;
    }
    let place = shown(ping);
    let needs_tls = || Failure::new(FailureKind::InfluxTls, format!("{place} answers only to https")).coded(Code::HttpNeedsTls);
    let said = timeout(ladder.within(CLOSER_LOOK), first_bytes(ping, address)).await.ok().and_then(Result::ok).unwrap_or_default();
    match said.as_slice() {
        [TLS_ALERT, 3, ..] => needs_tls(),
        [] if tls::speaks_tls(client.roots(), ping, address, ladder.within(CLOSER_LOOK)).await => needs_tls(),
        said if !said.is_empty() && !said.starts_with(b"HTTP/") => {
            Failure::new(FailureKind::InfluxProduct, format!("what answers at {place} does not speak HTTP")).coded(Code::HttpForeign)
        }
        _ if failure.code() == Code::HttpBroken => failure,
        _ => Failure::new(FailureKind::InfluxUnreachable, format!("the answer of {place} breaks off or cannot be read"))
            .coded(Code::HttpBroken),
    }
}

/// How a record of TLS begins that says what is wrong (RFC 8446, 5.1).
const TLS_ALERT: u8 = 21;

/// The first bytes that come back to a plain question, asked without a login.
async fn first_bytes(ping: &Url, address: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let host = ping.host_str().unwrap_or_default();
    let question = format!("GET {} HTTP/1.1\r\nHost: {host}:{}\r\nConnection: close\r\n\r\n", ping.path(), address.port());
    // Who speaks first may have broken off already; what it said can still be read.
    let _ = stream.write_all(question.as_bytes()).await;
    let mut said = vec![0; 16];
    let mut length = 0;
    while length < 5 {
        match stream.read(&mut said[length..]).await? {
            0 => break,
            bytes => length += bytes,
        }
    }
    said.truncate(length);
    Ok(said)
}

/// What helps when nobody listens on this machine.
fn local_advice(url: &Url, is_in_container: bool) -> Option<String> {
    if !guard::is_loopback(url) {
        return None;
    }
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let container = if is_in_container {
        format!(
            "Tributary runs in a container, and there `{host}` is the container itself: the machine around it is `host.docker.internal`"
        )
    } else {
        format!("from inside a container `{host}` is the container itself")
    };
    Some(format!("nothing listens on port {port} of this machine: {}; {container}", Code::TcpRefused.advice()))
}

fn is_in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|sign| std::path::Path::new(sign).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_by_this_machine_tells_what_localhost_is_inside_a_container() {
        let local = Url::parse("http://localhost:9092").unwrap();
        let outside = local_advice(&local, false).unwrap();
        assert!(outside.contains("9092") && outside.contains("container") && !outside.contains("host.docker.internal"), "{outside}");
        assert!(local_advice(&local, true).unwrap().contains("`host.docker.internal`"));
        assert_eq!(local_advice(&Url::parse("http://influx.example.org").unwrap(), true), None);
    }
}
