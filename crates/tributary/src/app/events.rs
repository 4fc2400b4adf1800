//! What changes while somebody looks: told to every open stream, gathered so that a burst is a few words.
//!
//! A stream says which objects may be different, never what they are: who shows them asks for them again, with all rules applied. Nothing
//! is told twice and nothing is kept for later: who was away asks for everything.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use model::{Id, Organization};
use store::{Announcement, Announcements, ChangedNoun};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{App, Refusal};

/// Streams that may be open at once: one for each tab of a browser that is looked at.
const MOST: usize = 64;

/// What a caller is asked to wait when too many are open.
const BUSY: Duration = Duration::from_secs(10);

/// How long a stream is silent after it told something. What changes meanwhile is told at its end, each noun once.
const SILENCE: Duration = Duration::from_millis(250);

/// Most ids of one noun that are told; with more it may be any of them.
const MOST_IDS: usize = 100;

/// The places of open streams. Cheap to clone: clones share everything.
#[derive(Clone, Debug)]
pub struct Streams {
    places: Arc<Semaphore>,
    closed: CancellationToken,
}

impl Default for Streams {
    fn default() -> Self {
        Self::new(MOST)
    }
}

impl Streams {
    /// At most so many at once.
    pub fn new(most: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(most)), closed: CancellationToken::new() }
    }

    /// Ends every open stream, and every one that is opened later at once. A server that is asked to stop does so.
    pub fn close(&self) {
        self.closed.cancel();
    }
}

/// Objects of one noun that may be different, gone or new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Different {
    /// Of which noun.
    pub noun: ChangedNoun,
    /// Which ones; `None` when it may be any.
    pub ids: Option<BTreeSet<String>>,
}

/// One open stream. Dropped, it gives its place back.
#[derive(Debug)]
pub struct Following {
    organization: Id<Organization>,
    hears: Announcements,
    closed: CancellationToken,
    silent_until: Instant,
    _place: OwnedSemaphorePermit,
}

impl App {
    /// Follows what changes in an organization from now on.
    ///
    /// # Errors
    /// [`Refusal::TooManyStreams`].
    pub fn follow(&self, organization: Id<Organization>) -> Result<Following, Refusal> {
        let place = self.streams.places.clone().try_acquire_owned().map_err(|_| Refusal::TooManyStreams { retry_after: BUSY })?;
        Ok(Following {
            organization,
            hears: self.store.announcements(),
            closed: self.streams.closed.clone(),
            silent_until: Instant::now(),
            _place: place,
        })
    }
}

impl Following {
    /// Waits until something is different, and gives it: each noun once, and none again within a quarter of a second. `None` when the
    /// server stops.
    pub async fn next(&mut self) -> Option<Vec<Different>> {
        let mut gathered = Gathered::new();
        while gathered.is_empty() {
            self.hear(&mut gathered).await?;
        }
        loop {
            tokio::select! {
                biased;
                () = sleep_until(self.silent_until) => break,
                heard = self.hear(&mut gathered) => heard?,
            }
        }
        self.silent_until = Instant::now() + SILENCE;
        Some(gathered.into_iter().map(|(noun, ids)| Different { noun, ids }).collect())
    }

    async fn hear(&mut self, gathered: &mut Gathered) -> Option<()> {
        match self.closed.run_until_cancelled(self.hears.next()).await?? {
            store::Heard::Lagged => *gathered = ChangedNoun::ALL.into_iter().map(|noun| (noun, None)).collect(),
            store::Heard::Changed(changed) => {
                let ours = changed.iter().filter(|one| one.organization.is_none_or(|organization| organization == self.organization));
                ours.for_each(|one| gather(gathered, *one));
            }
        }
        Some(())
    }
}

/// By noun: which, or any.
type Gathered = BTreeMap<ChangedNoun, Option<BTreeSet<String>>>;

fn gather(gathered: &mut Gathered, Announcement { noun, id, .. }: Announcement) {
    let ids = gathered.entry(noun).or_insert_with(|| Some(BTreeSet::new()));
    match (id, &mut *ids) {
        (Some(id), Some(known)) => {
            known.insert(id.to_string());
            if known.len() > MOST_IDS {
                *ids = None;
            }
        }
        (None, _) => *ids = None,
        (Some(_), None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_ids_than_a_hundred_are_any() {
        let clock = crate::clock::MachineClock;
        let mut gathered = Gathered::new();
        for told in 1..=101 {
            let id = Id::<model::Run>::new(&clock).uuid();
            for _ in 0..2 {
                gather(&mut gathered, Announcement { noun: ChangedNoun::Run, id: Some(id), organization: None });
            }
            let ids = gathered[&ChangedNoun::Run].as_ref();
            assert_eq!(ids.map(BTreeSet::len), (told <= 100).then_some(told));
        }
    }

    #[test]
    fn any_of_a_noun_stays_any_whichever_is_named_afterwards() {
        let clock = crate::clock::MachineClock;
        let mut gathered = Gathered::new();
        for id in [Some(Id::<model::Run>::new(&clock).uuid()), None, Some(Id::<model::Run>::new(&clock).uuid())] {
            gather(&mut gathered, Announcement { noun: ChangedNoun::Run, id, organization: None });
        }
        assert_eq!(gathered, Gathered::from([(ChangedNoun::Run, None)]));
    }
}
