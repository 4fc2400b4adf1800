//! What files and the environment declare, made true in the store: added, changed, removed.
//!
//! Declaring the same again changes nothing. One declaration that cannot be followed stops no other: it is reported, and what it declared
//! last stays as it is. Nobody is contacted.
//!
//! ```text
//! declarations ─▶ plan: whose, which id, which number ─▶ remove what nobody declares ─▶ put what is declared ─▶ outcomes
//! ```

mod apply;
mod plan;
mod report;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, PoisonError},
};

use chrono::{DateTime, Utc};
use foreign::{Broken, FoundConnection, FoundKapacitor, FoundOrganization, Remark};
use model::Origin;
use tokio::sync::Mutex;

use super::{App, Refusal};
use apply::Applied;
pub use report::{Change, Changed, FileKind, Outcome, OutcomeState, Shown};

/// One file or variable, and what it says.
#[derive(Debug)]
pub struct Declaration {
    /// The file or variable.
    pub origin: Origin,
    /// What it declares, as its file name tells.
    pub kind: FileKind,
    /// What it says, or why that cannot be read.
    pub says: Result<Says, Broken>,
    /// What is to be told about it besides.
    pub warnings: Vec<Remark>,
    /// The lines of its fields, from 1; fields in lower case.
    pub lines: BTreeMap<String, usize>,
}

impl Declaration {
    /// The line of a field, if it stands in one.
    fn line_of(&self, field: &str) -> Option<usize> {
        self.lines.get(&field.to_ascii_lowercase()).copied()
    }
}

/// What a file or variable declares.
#[derive(Debug)]
#[expect(missing_docs, reason = "a variant is what it holds")]
pub enum Says {
    Organization(FoundOrganization),
    Connection(Box<FoundConnection>),
    Kapacitor(Box<FoundKapacitor>),
}

/// All that is declared.
#[derive(Debug, Default)]
pub struct Declared {
    /// In the order in which they come first: what the environment declares, then files by name.
    pub declarations: Vec<Declaration>,
    /// Whether the folder of files was read. When it was not, whatever files declared before stays.
    pub files_are_known: bool,
}

/// What came of following declarations.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// One for each declaration, in their order.
    pub outcomes: Vec<Outcome>,
    /// What is different from before.
    pub changes: Vec<Change>,
}

/// The folder of files as it was last seen, for those who ask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    /// The folder; `None` when this server reads none.
    pub folder: Option<PathBuf>,
    /// When the folder was last looked at.
    pub watched_at: Option<DateTime<Utc>>,
    /// Why the folder cannot be read: then what it said last is in force.
    pub problem: Option<String>,
    /// What came of each file and variable.
    pub outcomes: Vec<Outcome>,
}

/// What is known about declarations while the server runs. Clones share it.
#[derive(Clone, Default)]
pub struct Provisioning(Arc<Known>);

#[derive(Default)]
struct Known {
    resources: std::sync::Mutex<Arc<Resources>>,
    /// What was put, so that a server with hundreds of files writes only what is new. Held while declarations are followed.
    applied: Mutex<Applied>,
}

impl App {
    /// Makes the store what is declared: adds, changes, and removes what nobody declares any more.
    ///
    /// # Errors
    /// When the store fails. Then some of it may be done; following the same again does the rest.
    pub async fn provision(&self, declared: &Declared) -> Result<Followed, Refusal> {
        let mut applied = self.provisioning.0.applied.lock().await;
        let plan = plan::make(self, declared).await?;
        let mut followed = apply::apply(self, declared, plan, &mut applied).await.inspect_err(|_| *applied = Applied::default())?;
        for (outcome, declaration) in followed.outcomes.iter_mut().zip(&declared.declarations) {
            if let Some(problem) = &mut outcome.problem
                && problem.line.is_none()
            {
                problem.line = problem.field.as_deref().and_then(|field| declaration.line_of(field));
            }
        }
        Ok(followed)
    }

    /// The folder of files as it was last seen.
    pub fn resources(&self) -> Arc<Resources> {
        self.provisioning.0.resources.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what was seen for those who ask, and tells those who look on when it is different: that the folder was looked at is not.
    pub fn show_resources(&self, resources: Resources) {
        let shown = Arc::new(resources);
        let before = std::mem::replace(&mut *self.provisioning.0.resources.lock().unwrap_or_else(PoisonError::into_inner), shown.clone());
        if *before != (Resources { watched_at: before.watched_at, ..(*shown).clone() }) {
            self.store.announce_files();
        }
    }
}
