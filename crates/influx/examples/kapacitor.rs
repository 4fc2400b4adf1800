//! A Kapacitor that answers as the real ones were recorded, and sends nothing: for the console's browser tests (`web/e2e/harness/kapacitor.ts`)
//! and for trying things out by hand.
//!
//! ```sh
//! cargo run -p influx --example kapacitor                        # 1.5.6, which asks for no login
//! cargo run -p influx --example kapacitor 1.8.3 scribe:secret    # with a version and a login
//! ```
//!
//! It says its URL in its first line and ends with its standard input. A line there is a wish, and is answered by a line of JSON:
//!
//! ```text
//! sent                               what service tests sent until now
//! runs SECTION                       what the elements of a section run with, secrets too
//! file SECTION {"option": value}     Kapacitor's own file has these options
//! task ID TYPE DATABASE POLICY       there is a task, which executes; with `disabled` behind it none that does; with other words one that
//!                                    does not for this reason
//! refuses ADDRESS                    nobody listens at addresses that begin so
//! says ADDRESS STATUS TEXT           what listens there answers so
//! ```

#[path = "../tests/servers/mod.rs"]
mod servers;

use std::{
    error::Error,
    io::{BufRead, Write, stdin, stdout},
};

use serde_json::{Value, json};
use servers::{
    Kind, Rights, Script, Scripted,
    kapacitor::{FarSide, Sent, TaskState},
};

/// Nothing of this is for a terminal: whoever started it reads it.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let version = arguments.next().unwrap_or_else(|| "1.5.6".to_owned());
    let mut script = Script::new(Kind::Kapacitor, &[]);
    script.version = Some(version.clone());
    if let Some(login) = arguments.next() {
        script = script.login(&login, Rights::All);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let server = runtime.block_on(Scripted::start(script));
    let mut out = stdout().lock();
    writeln!(out, "{}", server.url().as_str().trim_end_matches('/'))?;
    out.flush()?;
    for line in stdin().lock().lines() {
        let answer = fulfil(&server, &version, &line?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn fulfil(server: &Scripted, version: &str, line: &str) -> Outcome<Value> {
    let (wish, rest) = line.split_once(' ').unwrap_or((line, ""));
    let words: Vec<&str> = rest.split(' ').collect();
    server.with(|script| {
        let alerting = &mut script.alerting;
        match (wish, words.as_slice()) {
            ("sent", _) => return Ok(alerting.sent.iter().map(Sent::to_json).collect()),
            ("runs", [section]) => return Ok(json!(alerting.runs(version, section))),
            ("file", [section, ..]) => alerting.in_file(section, serde_json::from_str(rest[section.len()..].trim())?),
            ("task", [id, kind, database, policy, state @ ..]) => {
                let state = match state.join(" ").as_str() {
                    "" => TaskState::Executing,
                    "disabled" => TaskState::Disabled,
                    error => TaskState::Failed(error.to_owned()),
                };
                alerting.task(id, kind, &[(database, policy)], &state);
            }
            ("refuses", [address]) => alerting.far_side(address, FarSide::Refuses),
            ("says", [address, status, text @ ..]) => alerting.far_side(address, FarSide::Says(status.parse()?, text.join(" "))),
            _ => return Err(format!("no wish is written so: {line}").into()),
        }
        Ok(Value::Null)
    })
}
