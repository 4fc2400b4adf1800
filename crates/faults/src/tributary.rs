//! The program under test: started, killed, asked.

use std::{
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use reqwest::Method;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::{
    clock::Clock,
    influx::{client, free_port},
};

/// A `tributary serve` in a data directory, over the lives of several processes.
pub(crate) struct Tributary {
    program: PathBuf,
    data: PathBuf,
    log: PathBuf,
    pub(crate) clock: Clock,
    port: u16,
    http: reqwest::Client,
    child: Option<Child>,
}

/// What came of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Started {
    /// It serves.
    Serves,
    /// It came to the point where it had been told to end before it served.
    Ended,
}

impl Tributary {
    pub(crate) fn new(program: PathBuf, data: PathBuf, log: PathBuf) -> anyhow::Result<Self> {
        let clock = Clock::new(log.with_file_name("clock"))?;
        Ok(Self { program, data, log, clock, port: free_port()?, http: client()?, child: None })
    }

    /// Starts it; with `abort_at` it ends by itself at that point (`page.before_advance:3`).
    pub(crate) async fn start(&mut self, abort_at: Option<&str>) -> anyhow::Result<Started> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.program);
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--check-every", "off", "--data-dir"]).arg(&self.data);
        command.current_dir(self.log.parent().context("a folder for the log")?).env_remove("TRIBUTARY_ABORT_AT");
        command.env("TRIBUTARY_CLOCK_AHEAD_FILE", &self.clock.file);
        if let Some(abort_at) = abort_at {
            command.env("TRIBUTARY_ABORT_AT", abort_at);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        self.child = Some(command.spawn().with_context(|| format!("starting {}", self.program.display()))?);
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if self.has_ended()? {
                ensure!(abort_at.is_some(), "tributary ended by itself:\n{}", self.tail());
                return Ok(Started::Ended);
            }
            if self.http.get(format!("http://127.0.0.1:{}/ready", self.port)).send().await.is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(Started::Serves);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("tributary does not answer:\n{}", self.tail())
    }

    /// Whether the process is gone.
    pub(crate) fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(match &mut self.child {
            Some(child) => child.try_wait()?.is_some(),
            None => true,
        })
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ends_within(&mut self, limit: Duration) -> bool {
        match &mut self.child {
            Some(child) => tokio::time::timeout(limit, child.wait()).await.is_ok(),
            None => true,
        }
    }

    /// Ends it with SIGKILL.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        ensure!(!self.has_ended()?, "tributary ended by itself:\n{}", self.tail());
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// How often its log says this word.
    pub(crate) fn told(&self, word: &str) -> anyhow::Result<usize> {
        Ok(self.log()?.matches(word).count())
    }

    fn log(&self) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(&self.log)?).into_owned())
    }

    /// The end of what it said.
    pub(crate) fn tail(&self) -> String {
        let text = self.log().unwrap_or_default();
        let from = text.char_indices().rev().nth(3000).map_or(0, |(at, _)| at);
        text[from..].to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.send(Method::PATCH, path, Some(body)).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, format!("http://127.0.0.1:{}/api/v1{path}", self.port));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.with_context(|| format!("asking {path}"))?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path} answers {status}: {text}");
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }

    /// How many runs there are by status, with the first reason of those that failed.
    pub(crate) async fn runs(&self) -> anyhow::Result<String> {
        let counts = self.get("/runs/counts").await?;
        let list = counts.get("items").unwrap_or(&counts).as_array().cloned().unwrap_or_default();
        let mut words: Vec<String> = Vec::new();
        let mut by: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
        for count in &list {
            *by.entry(count["status"].as_str().unwrap_or_default().to_owned()).or_default() += count["runs"].as_u64().unwrap_or_default();
        }
        for (status, runs) in by {
            words.push(format!("{runs} {status}"));
        }
        Ok(words.join(", "))
    }

    /// Why runs failed, each reason once, at most a few.
    pub(crate) async fn reasons(&self, status: &str) -> anyhow::Result<Vec<String>> {
        let runs = self.get(&format!("/runs?status={status}&limit=200")).await?;
        let mut reasons: Vec<String> = Vec::new();
        for run in runs["items"].as_array().into_iter().flatten() {
            let reason = run["reason"]["message"].as_str().unwrap_or("no reason").to_owned();
            if !reasons.contains(&reason) && reasons.len() < 8 {
                reasons.push(reason);
            }
        }
        Ok(reasons)
    }
}
