//! What was changed, told in this process to whoever listens, after it was committed.
//!
//! Telling never waits: a listener that is too slow loses what it did not take, and is told so. Nothing is kept for those who come later;
//! whoever begins to listen reads the store afterwards.

use std::sync::Arc;

use model::{Id, Organization};
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use crate::Store;

/// Transactions that a listener may be behind before it loses some.
const BEHIND: usize = 1024;

/// What can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangedNoun {
    /// An organization came, went or was changed.
    Organization,
    /// A connection, its standing included: whether it is the default, what its last check said.
    Connection,
    /// A Kapacitor, its standing included.
    Kapacitor,
    /// A database.
    Database,
    /// A query.
    Query,
    /// A series.
    Series,
    /// A group, or its next slot.
    Group,
    /// A run: put in line, begun, gone on, ended, gone with its series; and with it the slots of its group.
    Run,
    /// A backfill: asked for, gone on, ended.
    Backfill,
    /// An audit: asked for, gone on, ended.
    Audit,
    /// What is known of the files that define objects. Not kept here: see [`Store::announce_files`].
    File,
}

impl ChangedNoun {
    /// All there are.
    pub const ALL: [Self; 11] = [
        Self::Organization,
        Self::Connection,
        Self::Kapacitor,
        Self::Database,
        Self::Query,
        Self::Series,
        Self::Group,
        Self::Run,
        Self::Backfill,
        Self::Audit,
        Self::File,
    ];

    /// The glossary word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Connection => "connection",
            Self::Kapacitor => "kapacitor",
            Self::Database => "database",
            Self::Query => "query",
            Self::Series => "series",
            Self::Group => "group",
            Self::Run => "run",
            Self::Backfill => "backfill",
            Self::Audit => "audit",
            Self::File => "file",
        }
    }
}

/// One thing that is different from before, or gone, or new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Announcement {
    /// What it is.
    pub noun: ChangedNoun,
    /// Which one; `None` when it may be any of them.
    pub id: Option<Uuid>,
    /// Whose; `None` when it concerns every organization.
    pub organization: Option<Id<Organization>>,
}

impl Announcement {
    pub(crate) fn of_run(organization: Uuid, run: Uuid) -> Self {
        Self { noun: ChangedNoun::Run, id: Some(run), organization: Some(Id::from_uuid(organization)) }
    }
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// What one transaction changed.
    Changed(Arc<[Announcement]>),
    /// It was too slow: anything may have changed.
    Lagged,
}

/// A listener.
#[derive(Debug)]
pub struct Announcements(broadcast::Receiver<Arc<[Announcement]>>);

impl Announcements {
    /// Waits for the next; `None` when the store is gone. Nothing is lost when it is not waited for to the end.
    pub async fn next(&mut self) -> Option<Heard> {
        match self.0.recv().await {
            Ok(changed) => Some(Heard::Changed(changed)),
            Err(RecvError::Lagged(_)) => Some(Heard::Lagged),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Tells the listeners; all clones tell the same ones.
#[derive(Clone, Debug)]
pub(crate) struct Announcer(broadcast::Sender<Arc<[Announcement]>>);

impl Default for Announcer {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

impl Announcer {
    pub(crate) fn tell(&self, changed: impl IntoIterator<Item = Announcement>) {
        // Nobody listens: nobody is told.
        let _ = self.0.send(changed.into_iter().collect());
    }
}

impl Store {
    /// Listens to what is committed from now on.
    pub fn announcements(&self) -> Announcements {
        Announcements(self.announcer().0.subscribe())
    }

    /// Tells that what is known of the files that define objects is different from before.
    pub fn announce_files(&self) {
        self.announcer().tell([Announcement { noun: ChangedNoun::File, id: None, organization: None }]);
    }
}

#[cfg(test)]
mod tests {
    use model::{Name, Organization};

    use super::*;
    use crate::{entities::organization, testing};

    fn file() -> Announcement {
        Announcement { noun: ChangedNoun::File, id: None, organization: None }
    }

    #[tokio::test]
    async fn a_listener_that_is_too_slow_is_told_so_and_hears_what_comes_then() {
        let house = testing::house().await;
        let mut slow = house.store.announcements();
        for _ in 0..=BEHIND {
            house.store.announce_files();
        }
        assert_eq!(slow.next().await, Some(Heard::Lagged));
        assert_eq!(slow.next().await, Some(Heard::Changed([file()].into())));
    }

    #[tokio::test]
    async fn what_is_not_committed_is_not_told() {
        let house = testing::house().await;
        let mut listener = house.store.announcements();
        let id = Id::<Organization>::new(house.store.clock());
        let transaction = house.store.begin().await.unwrap();
        let new = house.store.new_organization(id, &Name::new("next").unwrap(), None, model::Origin::People);
        crate::organization::insert(&transaction, &new).await.unwrap();
        drop(transaction);
        house.store.announce_files();
        assert_eq!(listener.next().await, Some(Heard::Changed([file()].into())));
    }

    #[tokio::test]
    async fn who_hears_of_a_change_reads_it_though_the_one_who_made_it_has_gone_away() {
        let house = testing::house().await;
        let mut listener = house.store.announcements();
        let transaction = house.store.begin().await.unwrap();
        let id = Id::<Organization>::new(house.store.clock());
        let new = house.store.new_organization(id, &Name::new("next").unwrap(), None, model::Origin::People);
        crate::organization::insert(&transaction, &new).await.unwrap();
        let mut commit = Box::pin(transaction.commit());
        // Begun, and not waited for to its end.
        assert!(std::future::poll_fn(|context| std::task::Poll::Ready(commit.as_mut().poll(context))).await.is_pending());
        drop(commit);
        let told = Announcement { noun: ChangedNoun::Organization, id: Some(id.uuid()), organization: None };
        assert_eq!(listener.next().await, Some(Heard::Changed([told].into())));
        use sea_orm::EntityTrait;
        assert!(organization::Entity::find_by_id(id.uuid()).one(house.store.reader()).await.unwrap().is_some());
    }
}
