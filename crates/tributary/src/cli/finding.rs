//! Findings on the terminal: the ladder of a check, rung by rung.

use model::{Finding, Verdict};
use serde::Deserialize;
use serde_json::Value;

use super::{
    client::Client,
    exit::Exit,
    output::{self, Format},
};

/// A whole check as the API answers it.
#[derive(Deserialize)]
struct Check {
    findings: Vec<Finding>,
}

/// Asks the server for a check by a request to `path` and tells its steps.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub async fn check(client: &Client, path: &[&str], body: &Value, format: Format) -> anyhow::Result<Exit> {
    print(&client.post(path, body).await?, format)
}

/// Prints a whole check. Ends with [`Exit::Failed`] when a step failed.
///
/// # Errors
/// When the answer is no check, or cannot be printed.
fn print(answer: &Value, format: Format) -> anyhow::Result<Exit> {
    let check = Check::deserialize(answer)?;
    match format {
        Format::Json => output::json(answer)?,
        Format::Table => {
            for finding in &check.findings {
                print_one(finding)?;
            }
        }
    }
    Ok(exit(&check.findings))
}

/// Prints one step and, when something is to be done, what.
///
/// # Errors
/// When standard output cannot be written.
fn print_one(finding: &Finding) -> std::io::Result<()> {
    output::line(render(finding))
}

/// What a check with these findings ends with. A check that found nothing at all did not succeed.
fn exit(findings: &[Finding]) -> Exit {
    match findings.last() {
        Some(last) if last.verdict != Verdict::Failed => Exit::Done,
        _ => Exit::Failed,
    }
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
    fn the_last_step_decides() {
        let failed = Finding::failed("tcp", &Failure::new(FailureKind::InfluxUnreachable, "x"), 1, None);
        let passed = Finding::passed("url", "x", 1);
        let warned = Finding::warning("write", "x", 1, "y");
        assert_eq!(exit(&[passed.clone(), warned]), Exit::Done);
        assert_eq!(exit(&[passed, failed]), Exit::Failed);
        assert_eq!(exit(&[]), Exit::Failed);
    }
}
