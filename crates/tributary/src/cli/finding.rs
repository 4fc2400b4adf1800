//! Findings on the terminal: the ladder of a check, rung by rung.

use model::{Finding, Verdict};
use serde::Deserialize;
use serde_json::Value;

use super::{
    client::Client,
    exit::{Exit, Stop},
    output::{self, Format},
};

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
            Some(Check::deserialize(&answer)?)
        }
        Format::Table => follow(client, path, body).await?,
    };
    match checked {
        Some(Check { passed: true }) => Ok(Exit::Done),
        Some(Check { passed: false }) => Ok(Exit::Failed),
        None => Err(Stop::with(Exit::Unreachable, "the server broke off in the middle of the check")),
    }
}

/// Prints the steps as they come; the check's end, unless it was broken off.
async fn follow(client: &Client, path: &[&str], body: &Value) -> anyhow::Result<Option<Check>> {
    let mut events = Events::default();
    let mut checked = None;
    let mut outcome = Ok(());
    let mut piece = |bytes: &[u8]| {
        for (name, data) in events.read(bytes) {
            let told = match name.as_str() {
                "finding" => serde_json::from_str(&data).map_err(anyhow::Error::from).and_then(|finding| Ok(print_one(&finding)?)),
                "checked" => serde_json::from_str(&data).map(|end| checked = Some(end)).map_err(anyhow::Error::from),
                _ => Ok(()),
            };
            if outcome.is_ok() {
                outcome = told;
            }
        }
    };
    client.watch(path, body, &mut piece).await?;
    outcome.map(|()| checked)
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

/// Prints one step and, when something is to be done, what.
///
/// # Errors
/// When standard output cannot be written.
fn print_one(finding: &Finding) -> std::io::Result<()> {
    output::line(render(finding))
}

fn render(finding: &Finding) -> String {
    let mark = match finding.verdict {
        Verdict::Passed => "✓",
        Verdict::Warning => "!",
        Verdict::Failed => "✗",
    };
    let mut text = format!("{mark} {:<14} {:>6} ms  {}", finding.step, finding.took_ms, finding.detail);
    if let Some(advice) = &finding.advice {
        text.push_str(&format!("\n{:28}try: {advice}", ""));
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
