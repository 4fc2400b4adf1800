//! Findings on the terminal: the ladder of a check, rung by rung.

use influx::http::Method;
use model::{Finding, Verdict};
use serde::Deserialize;
use serde_json::Value;

use super::{
    client::{Client, Refusal},
    exit::{Exit, Stop},
    output::{self, Format},
};

/// Facts that the detail of a step does not repeat and that people copy from here: into `--pin`, or into a mail to whoever runs the server.
const TLS_FACTS: [&str; 4] = ["subject", "issuer", "not_after", "sha256"];

/// A whole check as the API answers it.
#[derive(Deserialize)]
struct Check {
    passed: bool,
}

/// Asks the server for a check by a request to `path` and tells its steps, each as soon as it is known. Ends with [`Exit::Failed`] when
/// one failed.
///
/// # Errors
/// When the server cannot be reached, refuses, or breaks off.
pub async fn check(client: &Client, path: &[&str], body: &Value, format: Format) -> anyhow::Result<Exit> {
    let checked = match format {
        Format::Json => {
            let answer = client.post(path, body).await?;
            output::json(&answer)?;
            Check::deserialize(&answer)?
        }
        Format::Table => match follow(client, Method::POST, path, body, output::line).await? {
            Some((_, data)) => serde_json::from_str(&data)?,
            None => return Err(broke_off()),
        },
    };
    Ok(if checked.passed { Exit::Done } else { Exit::Failed })
}

/// Saves by a request to `path`: the server checks first, and each step is told, on standard error, as soon as it is known. With
/// `unverified` nothing is checked. Gives the saved object.
///
/// # Errors
/// When the server cannot be reached, refuses, breaks off, or a step failed: then nothing was saved.
pub async fn save(client: &Client, method: Method, path: &[&str], body: &Value, unverified: bool, format: Format) -> anyhow::Result<Value> {
    if unverified {
        return client.send(method, path, &[("check", "skip")], body).await;
    }
    if format == Format::Json {
        return client.send(method, path, &[], body).await;
    }
    let say = |line: String| {
        output::say(line);
        Ok(())
    };
    match follow(client, method, path, body, say).await? {
        Some((event, data)) if event == "saved" => Ok(serde_json::from_str(&data)?),
        Some((_, data)) => Err(serde_json::from_str::<Refusal>(&data)?
            .into_error(Exit::Config)
            .context("not saved; --unverified saves it as it stands, unchecked")),
        None => Err(broke_off()),
    }
}

fn broke_off() -> anyhow::Error {
    Stop::with(Exit::Unreachable, "the server broke off in the middle of the check")
}

/// Prints the steps as they come; gives the event that ends them, unless they were broken off.
async fn follow(
    client: &Client,
    method: Method,
    path: &[&str],
    body: &Value,
    print: impl Fn(String) -> std::io::Result<()> + Send + Sync,
) -> anyhow::Result<Option<(String, String)>> {
    let mut events = Events::default();
    let mut end = None;
    let mut outcome = Ok(());
    let mut piece = |bytes: &[u8]| {
        for (name, data) in events.read(bytes) {
            if name != "finding" {
                end = Some((name, data));
                continue;
            }
            let told = serde_json::from_str(&data).map_err(anyhow::Error::from).and_then(|finding| Ok(print(render(&finding))?));
            if outcome.is_ok() {
                outcome = told;
            }
        }
    };
    client.watch(method, path, body, &mut piece).await?;
    outcome.map(|()| end)
}

/// Server-sent events out of pieces of a body (WHATWG HTML, 9.2.6), as far as Tributary's API uses them: a name and one line of data.
#[derive(Default)]
struct Events {
    rest: Vec<u8>,
    name: String,
    data: String,
}

impl Events {
    /// The events that this piece completes, each a name and its data.
    fn read(&mut self, piece: &[u8]) -> Vec<(String, String)> {
        self.rest.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            match line.split_once(':').map(|(field, value)| (field, value.strip_prefix(' ').unwrap_or(value))) {
                Some(("event", value)) => self.name = value.to_owned(),
                Some(("data", value)) => self.data = value.to_owned(),
                None if line.is_empty() && !self.data.is_empty() => {
                    events.push((std::mem::take(&mut self.name), std::mem::take(&mut self.data)));
                }
                _ => {}
            }
        }
        events
    }
}

/// One step and, when something is to be done, what.
fn render(finding: &Finding) -> String {
    let mark = match finding.verdict {
        Verdict::Passed => "✓",
        Verdict::Warning => "!",
        Verdict::Failed => "✗",
    };
    let mut text = format!("{mark} {:<14} {:>6} ms  {}", finding.step, finding.took_ms, finding.detail);
    for (name, fact) in finding.facts.iter().filter(|(name, _)| TLS_FACTS.contains(&name.as_str())) {
        text.push_str(&format!("\n{:28}{name}: {fact}", ""));
    }
    if let Some(advice) = &finding.advice {
        let code = finding.code.map(|code| format!(" [{}]", code.as_str())).unwrap_or_default();
        text.push_str(&format!("\n{:28}try: {advice}{code}", ""));
    }
    text
}

#[cfg(test)]
mod tests {
    use model::{Failure, FailureKind};

    use super::*;

    #[test]
    fn a_step_that_failed_says_what_to_do() {
        let failure = Failure::new(FailureKind::InfluxUnreachable, "connecting to 127.0.0.1:1");
        let text = render(&Finding::failed("tcp", &failure, 3, Some("url")));
        assert!(text.starts_with("✗ tcp                 3 ms  connecting to 127.0.0.1:1\n"), "{text}");
        assert!(text.contains("try: check that InfluxDB runs"), "{text}");
    }

    #[test]
    fn events_are_read_across_the_borders_of_pieces() {
        let mut events = Events::default();
        let body = b"event: finding\ndata: {\"a\":\"b: c\"}\n\n:\n\nevent:checked\r\ndata:{}\r\n\r\n";
        let read: Vec<(String, String)> = body.chunks(5).flat_map(|piece| events.read(piece)).collect();
        let expected = [("finding", r#"{"a":"b: c"}"#), ("checked", "{}")];
        assert_eq!(read, expected.map(|(name, data)| (name.to_owned(), data.to_owned())));
    }
}
