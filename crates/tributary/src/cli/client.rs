//! The client of a server's REST API: what every command but `serve`, `demo` and `copy` talks through.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use clap::Args;
use influx::http::{self, Answer, Http, Login, Method, Request, StatusCode, header};
use model::FailureKind;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    credential,
    exit::{Exit, Stop},
};
use crate::clock::MachineClock;

/// A check climbs a ladder of steps, each with a time limit of its own; this is the end of all patience.
const TIMEOUT: Duration = Duration::from_secs(600);
/// Largest answer that is read: a thousand runs, or a preview of a thousand wide rows.
const ANSWER_LIMIT: usize = 256 << 20;

/// Which server is asked, and for whom.
#[derive(Args, Clone, Debug)]
pub struct ServerOptions {
    /// Address of the server
    #[arg(
        long,
        global = true,
        env = "TRIBUTARY_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:8282",
        hide_env_values = true,
        help_heading = "Server"
    )]
    server: Url,

    /// Organization, by name or id [default: default]
    #[arg(long, global = true, env = "TRIBUTARY_ORGANIZATION", value_name = "NAME", help_heading = "Server")]
    organization: Option<String>,
}

impl ServerOptions {
    /// The organization that was named.
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }
}

/// The server asks to wait before this is asked again: too many checks.
#[derive(Debug, thiserror::Error)]
#[error("ask again in {} s", after.as_secs())]
pub struct TooSoon {
    /// For how long.
    pub after: Duration,
}

/// Speaks to one server for one organization.
#[derive(Clone)]
pub struct Client {
    http: http::Client,
    server: Url,
    organization: Option<header::HeaderValue>,
}

/// The API's words for a refusal.
#[derive(Deserialize)]
pub struct Refusal {
    error: RefusalWords,
}

#[derive(Deserialize)]
struct RefusalWords {
    #[serde(default)]
    kind: String,
    message: String,
    #[serde(default)]
    advice: String,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    code: Option<String>,
}

impl Client {
    /// A client. Nobody is contacted yet.
    ///
    /// # Errors
    /// When the URL holds a login, or the organization's name cannot be sent in a header.
    pub fn new(options: &ServerOptions) -> anyhow::Result<Self> {
        if options.server.password().is_some() {
            return Err(credential::refuse_in_url("the server's URL", "a proxy in front of the server"));
        }
        let organization = options.organization.as_deref().map(header_text).transpose()?;
        let http = Http::new(Arc::new(MachineClock))?.client(&Login::None, TIMEOUT, false)?.with_answer_limit(ANSWER_LIMIT);
        Ok(Self { http, server: options.server.clone(), organization })
    }

    /// The same server, for another organization.
    ///
    /// # Errors
    /// When the organization's name cannot be sent in a header.
    pub fn of(&self, organization: &str) -> anyhow::Result<Self> {
        Ok(Self { organization: Some(header_text(organization)?), ..self.clone() })
    }

    /// What is at `path`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn get(&self, path: &[&str]) -> anyhow::Result<Value> {
        self.get_with(path, &[]).await
    }

    /// The same with a query.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_with(&self, path: &[&str], query: &[(&str, String)]) -> anyhow::Result<Value> {
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.answer(Request::new(Method::GET, self.url_with(path, &query)?)).await
    }

    /// Sends a body to `path`.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.answer(Request::new(Method::POST, self.url(path)?).json(body)?).await
    }

    /// Sends a body to `path` by this method and with this query.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn send(&self, method: Method, path: &[&str], query: &[(&str, &str)], body: &Value) -> anyhow::Result<Value> {
        self.answer(Request::new(method, self.url_with(path, query)?).json(body)?).await
    }

    /// Changes what is at `path`: an absent member keeps, `null` clears.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn patch(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.answer(Request::new(Method::PATCH, self.url(path)?).json(body)?).await
    }

    /// The same, if the revision is still this one.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn patch_revision(&self, path: &[&str], body: &Value, revision: i64) -> anyhow::Result<Value> {
        let expected = header::HeaderValue::from_str(&format!("\"{revision}\""))?;
        self.answer(Request::new(Method::PATCH, self.url(path)?).json(body)?.header(header::IF_MATCH, expected)).await
    }

    /// Deletes what is at `path`.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn delete(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.answer(Request::new(Method::DELETE, self.url_with(path, query)?)).await
    }

    /// Sends a body to `path` by this method and hands on the answer, a stream of server-sent events, piece by piece as it arrives.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn watch(&self, method: Method, path: &[&str], body: &Value, piece: &mut (dyn FnMut(&[u8]) + Send)) -> anyhow::Result<()> {
        let request = Request::new(method, self.url(path)?).json(body)?;
        self.piece_by_piece(self.addressed(request, "text/event-stream"), piece).await
    }

    /// Hands on what is at `path`, in whichever form it comes, piece by piece as it arrives.
    ///
    /// # Errors
    /// As [`Client::get`], and when the answer breaks off.
    pub async fn stream(&self, path: &[&str], query: &[(&str, String)], piece: &mut (dyn FnMut(&[u8]) + Send)) -> anyhow::Result<()> {
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = Request::new(Method::GET, self.url_with(path, &query)?);
        self.piece_by_piece(self.addressed(request, "*/*"), piece).await
    }

    async fn piece_by_piece(&self, request: Request, piece: &mut (dyn FnMut(&[u8]) + Send)) -> anyhow::Result<()> {
        let mut piece_of_success = |status: StatusCode, bytes: &[u8]| {
            if status.is_success() {
                piece(bytes);
            }
        };
        let answer = self.http.pour(request, &mut piece_of_success).await.map_err(|failure| self.unreachable(&failure))?;
        if answer.status.is_success() { Ok(()) } else { Err(refused(&answer)) }
    }

    /// The URL of `path` below the API's root; each part is one segment, whatever characters it holds.
    fn url(&self, path: &[&str]) -> anyhow::Result<Url> {
        let mut url = http::endpoint(&self.server, "/api/v1", &[]);
        for part in path {
            // A URL has no way to say these two as a name.
            if matches!(*part, "." | "..") {
                return Err(Stop::with(Exit::Usage, format!("`{part}` cannot be asked for by its name; give its id")));
            }
        }
        url.path_segments_mut().map_err(|()| Stop::with(Exit::Usage, "the server's URL cannot have a path"))?.extend(path);
        Ok(url)
    }

    fn url_with(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Url> {
        let mut url = self.url(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// The same request, for this organization and asking for this form of answer.
    fn addressed(&self, request: Request, accept: &'static str) -> Request {
        let request = request.header(header::ACCEPT, header::HeaderValue::from_static(accept));
        match &self.organization {
            Some(organization) => request.header(header::HeaderName::from_static("tributary-organization"), organization.clone()),
            None => request,
        }
    }

    async fn answer(&self, request: Request) -> anyhow::Result<Value> {
        let request = self.addressed(request, "application/json");
        let answer = self.http.send(request).await.map_err(|failure| self.unreachable(&failure))?;
        if answer.truncated {
            return Err(Stop::with(Exit::Failed, "the answer is too large; ask for less with --limit"));
        }
        if !answer.status.is_success() {
            return Err(refused(&answer));
        }
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body)
            .with_context(|| format!("{} did not answer in JSON; is it a Tributary server?", http::shown(&self.server)))
    }

    fn unreachable(&self, failure: &model::Failure) -> anyhow::Error {
        let exit = match failure.kind {
            FailureKind::InfluxUrl => Exit::Usage,
            FailureKind::Internal => Exit::Internal,
            _ => Exit::Unreachable,
        };
        let server = http::shown(&self.server);
        with_advice(
            exit,
            format!("no Tributary server answers on {server} ({})", failure.chain()),
            "start one with `tributary serve`, or say where it is with --server or TRIBUTARY_SERVER",
        )
    }
}

/// An error with one line of advice.
pub fn with_advice(exit: Exit, message: impl AsRef<str>, advice: impl AsRef<str>) -> anyhow::Error {
    Stop::with(exit, format!("{}\n  try: {}", message.as_ref(), advice.as_ref()))
}

fn refused(answer: &Answer) -> anyhow::Error {
    let exit = exit_of(answer.status);
    let error = match answer.json::<Refusal>() {
        Some(refusal) => refusal.into_error(exit),
        None => Stop::with(exit, format!("the server answered {}: {}", answer.status, answer.message())),
    };
    match answer.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs) {
        Some(after) if answer.status == StatusCode::TOO_MANY_REQUESTS => error.context(TooSoon { after }),
        _ => error,
    }
}

impl Refusal {
    /// The error that it is to a person. It ends with `exit`, unless the refusal itself says better.
    pub fn into_error(self, exit: Exit) -> anyhow::Error {
        let Self { error } = self;
        let is_failed_check = error.kind == "check_failed";
        let kind: Option<FailureKind> = serde_json::from_value(Value::String(error.kind)).ok();
        // A refusal that stands for a failed database or InfluxDB ends with the code of that failure.
        let exit = match kind {
            _ if is_failed_check => Exit::Failed,
            Some(kind) if exit != Exit::Permission => Exit::of(kind),
            _ => exit,
        };
        let field =
            error.field.filter(|field| !error.message.contains(field.as_str())).map(|field| format!(" (`{field}`)")).unwrap_or_default();
        let code = error.code.map(|code| format!(" [{code}]")).unwrap_or_default();
        let message = format!("{}{field}{code}", error.message);
        if error.advice.is_empty() { Stop::with(exit, message) } else { with_advice(exit, message, error.advice) }
    }
}

fn exit_of(status: StatusCode) -> Exit {
    match status {
        StatusCode::NOT_FOUND => Exit::NotFound,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Exit::Permission,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Exit::Unreachable,
        status if status.is_client_error() => Exit::Config,
        _ => Exit::Internal,
    }
}

fn header_text(text: &str) -> anyhow::Result<header::HeaderValue> {
    // The server reads the header as UTF-8.
    header::HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| Stop::with(Exit::Usage, format!("the organization `{text}` cannot be named in a header; give its id")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(server: &str, organization: Option<&str>) -> anyhow::Result<Client> {
        Client::new(&ServerOptions { server: server.parse().unwrap(), organization: organization.map(str::to_owned) })
    }

    #[test]
    fn a_name_is_one_segment_whatever_it_holds() {
        let client = client("http://h/proxy/", None).unwrap();
        assert_eq!(client.url(&["queries", "a/b ?#%", "try"]).unwrap().as_str(), "http://h/proxy/api/v1/queries/a%2Fb%20%3F%23%25/try");
        assert!(client.url(&["queries", ".."]).is_err());
    }

    #[test]
    fn a_server_url_with_a_password_is_refused_without_repeating_it() {
        let error = client("http://bob:hunter2@h", None).err().unwrap();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn an_organization_that_no_header_can_carry_is_refused() {
        assert!(client("http://h", Some("a\nb")).is_err());
        assert!(client("http://h", Some("Köln")).is_ok());
    }
}
