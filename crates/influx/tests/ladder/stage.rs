//! Scenes: what is checked, with all that must live while it is, and what must be true of it afterwards.

use std::{any::Any, pin::Pin, sync::Arc};

use chrono::{DateTime, Utc};
use influx::{Drivers, http::Outbound};
use model::{
    Clock, Code, Connection, Id, Kapacitor, SecretField, Target,
    edges::{ConnectionAccess, KapacitorAccess},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::servers::{Scripted, Seen};

/// The database or bucket of scripted servers.
pub(crate) const PLACE: &str = "orders";

/// The organization of scripted InfluxDB 2.
pub(crate) const ORGANIZATION: &str = "acme";

/// The token that scripted InfluxDB 2 and 3 take.
pub(crate) const TOKEN: &str = "secret";

/// A login that nobody takes, made so that it can be found wherever it might be repeated.
pub(crate) const WRONG: &str = "canary-4f1d77";

/// What is checked.
pub(crate) enum Subject {
    Connection(ConnectionAccess),
    Kapacitor(KapacitorAccess),
}

/// What must be true afterwards; the reason why it is not.
type Proof = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// What is checked, and how it is judged beyond step, code and field.
pub(crate) struct Scene {
    pub(crate) subject: Subject,
    pub(crate) drivers: Drivers,
    /// The code that this machine gives instead of the fault's own.
    pub(crate) instead: Option<Code>,
    /// Words that detail or advice of the finding must hold.
    pub(crate) words: Vec<String>,
    /// Facts that some finding must hold.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What no finding may hold, beyond the secrets of the subject.
    pub(crate) hidden: Vec<String>,
    pub(crate) proofs: Vec<Proof>,
    /// Servers, sockets and folders, which end when they are dropped.
    _kept: Vec<Box<dyn Any + Send>>,
}

impl Scene {
    fn of(subject: Subject) -> Self {
        let (words, facts, hidden, proofs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { subject, drivers: drivers(), instead: None, words, facts, hidden, proofs, _kept: Vec::new() }
    }

    pub(crate) fn connection(target: Target, login: Option<&str>) -> Self {
        let access = ConnectionAccess::new(Connection::new(target), login.map(SecretString::from));
        Self::of(Subject::Connection(access))
    }

    /// An InfluxDB 1 that asks for no login.
    pub(crate) fn v1(url: &Url) -> Self {
        Self::connection(Target::v1(url.clone(), PLACE), None)
    }

    pub(crate) fn v2(url: &Url) -> Self {
        let (organization, bucket) = (ORGANIZATION.to_owned(), PLACE.to_owned());
        Self::connection(Target::V2 { url: url.clone(), organization, bucket }, Some(TOKEN))
    }

    pub(crate) fn v3(url: &Url) -> Self {
        Self::connection(Target::v3(url.clone(), PLACE), Some(TOKEN))
    }

    pub(crate) fn folder(path: &str) -> Self {
        Self::connection(Target::File { folder: path.to_owned() }, None)
    }

    pub(crate) fn kapacitor(url: &Url, login: Option<(&str, &str)>) -> Self {
        let mut kapacitor = Kapacitor::new(Id::new(&Machine), url.clone());
        kapacitor.username = login.map(|(user, _)| user.to_owned());
        let secrets = login.map(|(_, password)| (SecretField::Password, SecretString::from(password))).into_iter().collect();
        Self::of(Subject::Kapacitor(KapacitorAccess { kapacitor, secrets }))
    }

    /// Changes the connection.
    #[must_use]
    pub(crate) fn with(mut self, change: impl FnOnce(&mut ConnectionAccess)) -> Self {
        match &mut self.subject {
            Subject::Connection(access) => change(access),
            Subject::Kapacitor(_) => panic!("this scene is of a Kapacitor"),
        }
        self
    }

    /// Sets the time limit of one request.
    #[must_use]
    pub(crate) fn patient_ms(mut self, limit_ms: u32) -> Self {
        match &mut self.subject {
            Subject::Connection(access) => access.connection.timeout_ms = limit_ms,
            Subject::Kapacitor(access) => access.kapacitor.timeout_ms = limit_ms,
        }
        self
    }

    /// Gives one more secret.
    #[must_use]
    pub(crate) fn secret(mut self, field: SecretField, value: &str) -> Self {
        let secrets = match &mut self.subject {
            Subject::Connection(access) => &mut access.secrets,
            Subject::Kapacitor(access) => &mut access.secrets,
        };
        secrets.insert(field, SecretString::from(value));
        self
    }

    /// Under this outbound policy.
    #[must_use]
    pub(crate) fn guarded(mut self, outbound: Outbound) -> Self {
        self.drivers = Drivers::guarded(Arc::new(Machine), Arc::new(outbound)).unwrap();
        self
    }

    #[must_use]
    pub(crate) fn says(mut self, words: impl Into<String>) -> Self {
        self.words.push(words.into());
        self
    }

    #[must_use]
    pub(crate) fn tells(mut self, fact: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((fact, value.into()));
        self
    }

    #[must_use]
    pub(crate) fn hides(mut self, text: impl Into<String>) -> Self {
        self.hidden.push(text.into());
        self
    }

    /// Expects another code on this machine.
    #[must_use]
    pub(crate) fn expecting(mut self, code: Code) -> Self {
        self.instead = Some(code);
        self
    }

    /// Keeps this alive until the scene ends.
    #[must_use]
    pub(crate) fn keeping(mut self, kept: impl Any + Send) -> Self {
        self._kept.push(Box::new(kept));
        self
    }

    #[must_use]
    pub(crate) fn proven(mut self, proof: impl Future<Output = Result<(), String>> + Send + 'static) -> Self {
        self.proofs.push(Box::pin(proof));
        self
    }

    /// Keeps a scripted server and lets it prove that it was only asked: that it keeps what it kept and was sent no line.
    #[must_use]
    pub(crate) fn on(self, server: Scripted) -> Self {
        let server = Arc::new(server);
        let had = server.with(|script| format!("{:?}", script.places));
        let kept = Arc::clone(&server);
        self.keeping(kept).proven(async move {
            server.with(|script| {
                if format!("{:?}", script.places) != had {
                    return Err(format!("the server keeps something else than before: {:?}", script.places));
                }
                only_asked(&script.seen)
            })
        })
    }

    /// The URL that is checked.
    pub(crate) fn url(&self) -> Option<&Url> {
        match &self.subject {
            Subject::Connection(access) => access.connection.target.url(),
            Subject::Kapacitor(access) => Some(&access.kapacitor.url),
        }
    }

    /// All that no finding may hold.
    pub(crate) fn all_hidden(&self) -> Vec<String> {
        let secrets = match &self.subject {
            Subject::Connection(access) => &access.secrets,
            Subject::Kapacitor(access) => &access.secrets,
        };
        let secrets = secrets.values().map(|secret| secret.expose_secret().to_owned());
        // The token of scripted servers is too plain a word to look for.
        secrets.filter(|secret| secret != TOKEN && !secret.is_empty()).chain(self.hidden.iter().cloned()).collect()
    }
}

/// Whether these requests only asked: they carry no line, and nothing that a server would do but to answer.
pub(crate) fn only_asked(requests: &[Seen]) -> Result<(), String> {
    for seen in requests {
        let asks = match (seen.method.as_str(), seen.path.as_str()) {
            ("GET" | "HEAD", _) => seen.body.is_empty(),
            ("POST", path) if path.ends_with("/query") => seen.body.starts_with(b"q=SHOW+"),
            // The trial of the right to write.
            ("POST", path) if path.ends_with("/write") || path.ends_with("/write_lp") => seen.body.is_empty(),
            _ => false,
        };
        if !asks {
            return Err(format!("{} {} with {} bytes does more than ask", seen.method, seen.path, seen.body.len()));
        }
    }
    Ok(())
}

pub(crate) fn drivers() -> Drivers {
    Drivers::new(Arc::new(Machine)).unwrap()
}

/// The machine's own time: real servers and certificates are judged by it.
pub(crate) struct Machine;

impl Clock for Machine {
    #[allow(clippy::disallowed_methods)]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
    fn entropy(&self) -> [u8; 16] {
        [7; 16]
    }
}

/// The same address under https.
pub(crate) fn https(url: &Url) -> Url {
    url.as_str().replacen("http:", "https:", 1).parse().unwrap()
}
