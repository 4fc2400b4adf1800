//! Keeps the store as the files say: at start, and after every change.
//!
//! ```text
//!            ┌────────────────────────── quiet for 500 ms ───────────────────────────┐
//!            ▼                                                                       │
//! start ─▶ look: list, read, provision, show ─▶ wait ──▶ something was heard ────────┘
//!            ▲                                    └────▶ ten seconds went by ──┐
//!            └──────────────── only if the listing differs, or something is to be tried again
//! ```
//!
//! A folder that cannot be listed, and a file that cannot be read, change nothing: what they said last stays in force.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use foreign::Variables;
use model::Origin;
use tokio::{sync::Notify, task};
use tokio_util::sync::CancellationToken;

use super::{
    declare,
    folder::{self, Listing},
    watch::{self, Watch},
};
use crate::app::{App, Change, Declared, Followed, Outcome, OutcomeState, Resources};

/// How often the folder is looked at although nothing was heard: not every file system tells, and not everything that matters is a file.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The most changes of one reading that are told one by one.
const MOST_TOLD: usize = 20;

/// A folder of files, and an environment, that define objects.
pub struct Files {
    app: App,
    folder: PathBuf,
    variables: Arc<Variables>,
    /// Absent while it is being asked what to watch.
    watch: Option<Watch>,
    heard: Arc<Notify>,
    /// What the folder held when it was last followed; absent when it has to be followed anew.
    followed: Option<Listing>,
    /// Whether what is wrong may have become right without a change of a file.
    try_again: bool,
    /// What was told already, so that it is told once.
    told: BTreeSet<String>,
    told_of_folder: Option<String>,
}

/// What was seen by one look.
struct Seen {
    watch: Watch,
    listing: Result<Listing, String>,
    at: DateTime<Utc>,
}

impl Files {
    /// Follows what the files of `folder`, an absolute path, and the environment say, and shows it to those who ask. `variables` fill
    /// templates and are the environment.
    ///
    /// Nothing stops it: what is wrong is reported and tried again.
    pub async fn open(app: App, folder: PathBuf, variables: Variables) -> Self {
        for remark in declare::environment(foreign::environment::read(&variables)).1 {
            tracing::warn!("{}", remark.text);
        }
        let watch = Watch::new(folder.clone());
        let heard = watch.heard();
        let mut files = Self {
            app,
            folder,
            variables: Arc::new(variables),
            watch: Some(watch),
            heard,
            followed: None,
            try_again: true,
            told: BTreeSet::new(),
            told_of_folder: None,
        };
        files.look().await;
        files
    }

    /// Follows every change until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        while let Some(()) = stop.run_until_cancelled(self.wait()).await {
            // Not cut off by a stop: a store is not left half way.
            self.look().await;
        }
    }

    async fn wait(&self) {
        if tokio::time::timeout(LOOK_EVERY, self.heard.notified()).await.is_ok() {
            watch::until_quiet(&self.heard).await;
        }
    }

    async fn look(&mut self) {
        let Seen { watch, listing, at } = self.see().await;
        self.watch = Some(watch);
        let (listing, problem) = match listing {
            Ok(listing) => (Some(listing), None),
            Err(problem) => (None, Some(problem)),
        };
        self.tell_of_folder(problem.as_ref());
        if !self.try_again && listing.is_some() && self.followed == listing {
            self.app.show_resources(Resources { watched_at: Some(at), ..(*self.app.resources()).clone() });
            return;
        }
        let declared = self.declare(listing.clone()).await;
        match self.app.provision(&declared).await {
            Ok(Followed { outcomes, changes }) => {
                self.tell(&changes, &outcomes);
                self.try_again = listing.is_none() || outcomes.iter().any(|outcome| outcome.problem.is_some());
                self.followed = listing;
                let outcomes = if problem.is_some() { self.kept_outcomes(outcomes) } else { outcomes };
                let folder = Some(self.folder.clone());
                self.app.show_resources(Resources { folder, watched_at: Some(at), problem, outcomes });
            }
            Err(refusal) => {
                tracing::error!(failure = %refusal, "what files say could not be kept; it is tried again in {} s", LOOK_EVERY.as_secs());
                self.try_again = true;
                let folder = Some(self.folder.clone());
                let problem = problem.or_else(|| Some("the store could not keep what files say; it is tried again".to_owned()));
                self.app.show_resources(Resources { folder, watched_at: Some(at), problem, ..(*self.app.resources()).clone() });
            }
        }
    }

    /// Follows the links, then lists; again when what is watched has changed meanwhile.
    async fn see(&mut self) -> Seen {
        let mut watch = self.watch.take().unwrap_or_else(|| Watch::new(self.folder.clone()));
        self.heard = watch.heard();
        let folder = self.folder.clone();
        let at = self.app.clock.now();
        let seen = task::spawn_blocking(move || {
            // Twice is enough: what comes after that is heard.
            let _ = watch.follow() && watch.follow();
            let listing = folder::list(&folder).map_err(|error| error.kind().to_string());
            Seen { watch, listing, at }
        });
        seen.await.unwrap_or_else(|_| Seen { watch: Watch::new(self.folder.clone()), listing: Err("looking at it failed".to_owned()), at })
    }

    /// What the environment and the files of this listing declare.
    async fn declare(&self, listing: Option<Listing>) -> Declared {
        let (mut declarations, _) = declare::environment(foreign::environment::read(&self.variables));
        let Some(listing) = listing else { return Declared { declarations, files_are_known: false } };
        let variables = self.variables.clone();
        match task::spawn_blocking(move || declare::files(&listing, &variables)).await {
            Ok(files) => {
                declarations.extend(files);
                Declared { declarations, files_are_known: true }
            }
            // A fault of Tributary removes nobody's connections.
            Err(_) => Declared { declarations, files_are_known: false },
        }
    }

    /// What is shown while the folder cannot be read: the environment as it is now, the files as they were.
    fn kept_outcomes(&self, now: Vec<Outcome>) -> Vec<Outcome> {
        let before = self.app.resources();
        let files = before.outcomes.iter().filter(|outcome| matches!(outcome.origin, Origin::File(_))).cloned();
        now.into_iter().chain(files).collect()
    }

    fn tell(&mut self, changes: &[Change], outcomes: &[Outcome]) {
        if !changes.is_empty() {
            let mut list: Vec<String> = changes.iter().take(MOST_TOLD).map(ToString::to_string).collect();
            if changes.len() > MOST_TOLD {
                list.push(format!("and {} more", changes.len() - MOST_TOLD));
            }
            tracing::info!(folder = %self.folder.display(), changes = changes.len(), "what files say has changed: {}", list.join(", "));
        }
        let mut wrong = BTreeSet::new();
        for outcome in outcomes {
            if let Some(problem) = &outcome.problem {
                let how = match outcome.state {
                    OutcomeState::Loaded => "is loaded, but something is wrong with it",
                    OutcomeState::Broken => "is broken",
                    OutcomeState::LastGood => "is broken, and what it said last stays in force",
                };
                wrong.insert(format!("{} {how}: {problem}", outcome.origin));
            }
        }
        wrong.iter().filter(|text| !self.told.contains(*text)).for_each(|text| tracing::warn!("{text}"));
        self.told = wrong;
    }

    fn tell_of_folder(&mut self, problem: Option<&String>) {
        if let Some(problem) = problem
            && self.told_of_folder.as_ref() != Some(problem)
        {
            tracing::warn!(folder = %self.folder.display(), "the folder of files cannot be read, so what it said last stays in force: {problem}");
        }
        self.told_of_folder = problem.cloned();
    }
}
