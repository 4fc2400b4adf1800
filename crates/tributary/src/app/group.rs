//! Groups: the rules of saving one, its coming slots, and running one by hand.

use chrono::{DateTime, SubsecRound, Utc};
use flow::{
    due::MAX_LATE,
    schedule::{self, Upcoming},
};
use model::{Group, Id, Missed, Organization, Run, Slot, Stored};

use store::Members;

use super::{App, Draft, Invalid, Refusal, missing, text};

/// Most coming slots that are told at once.
const MAX_UPCOMING: usize = 1000;

/// A schedule in words and in instants.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The schedule in words.
    pub words: String,
    /// Its coming slots, soonest first.
    pub slots: Vec<Upcoming>,
}

/// What becomes of the series of a group that is deleted.
#[derive(Clone, Copy, Debug)]
pub enum MembersOf<'a> {
    /// They keep their group: it is not deleted while there are any.
    Keep,
    /// They are in no group any more, and run by hand only.
    Release,
    /// They go to this group (by id or name), behind those that are there.
    Move(&'a str),
    /// They are deleted with their runs.
    Delete,
}

impl App {
    /// Every group, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_groups(&self, organization: Id<Organization>) -> Result<Vec<Stored<Group>>, Refusal> {
        Ok(self.store.list_groups(organization).await?)
    }

    /// The group with this id or name.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when there is none.
    pub async fn get_group(&self, organization: Id<Organization>, reference: &str) -> Result<Stored<Group>, Refusal> {
        let by_id = match reference.parse() {
            Ok(id) => self.store.get_group(organization, id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(found) => Some(found),
            None => self.store.find_group(organization, reference).await?,
        };
        found.ok_or_else(|| missing::<Group>(reference))
    }

    /// Saves a new group; its first slot is the next one from now on.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] and [`Refusal::NameTaken`].
    pub async fn create_group(&self, organization: Id<Organization>, draft: Draft<Group>) -> Result<Stored<Group>, Refusal> {
        let next = self.first_slot(&draft.spec)?;
        let stored = self.store.create_group(organization, &draft.name, &draft.spec, next).await?;
        self.flow.wake();
        Ok(stored)
    }

    /// Saves a changed group. Only a new schedule, zone or enabling moves its next slot, and none that has come is lost: see
    /// [`store::Store::update_group`].
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::NameTaken`], and [`Refusal::Changed`] when `before` is not how it stands now.
    pub async fn update_group(&self, before: &Stored<Group>, draft: Draft<Group>) -> Result<Stored<Group>, Refusal> {
        let first = self.first_slot(&draft.spec)?;
        let stored =
            self.store.update_group(before.organization_id, before.id, Some(before.revision), &draft.name, &draft.spec, first).await?;
        self.flow.wake();
        Ok(stored)
    }

    /// Deletes a group, and at once does with its series what `members` says; all of it happens or nothing.
    ///
    /// # Errors
    /// [`Refusal::Missing`], also for the group that they would go to; [`Refusal::InUse`] while a series belongs to it that keeps it, or
    /// that is released and needs a group; [`Refusal::Changed`] when it is not at `revision`.
    pub async fn delete_group(
        &self,
        organization: Id<Organization>,
        reference: &str,
        revision: Option<i64>,
        members: MembersOf<'_>,
    ) -> Result<(), Refusal> {
        let stored = self.get_group(organization, reference).await?;
        let members = match members {
            MembersOf::Keep => Members::Keep,
            MembersOf::Release => Members::Release,
            MembersOf::Delete => Members::Delete,
            MembersOf::Move(to) => {
                let to = self.get_group(organization, to).await?.id;
                if to == stored.id {
                    let message = "its series cannot go to the group that is deleted";
                    return Err(Invalid::new("to", message, "name another group").into());
                }
                Members::Move(to)
            }
        };
        match self.store.delete_group_at(organization, stored.id, revision, members).await? {
            true => {
                self.flow.wake();
                Ok(())
            }
            false => Err(missing::<Group>(reference)),
        }
    }

    /// When the group's next slot is; `None` while it is disabled.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn group_next_slot(&self, group: &Stored<Group>) -> Result<Option<DateTime<Utc>>, Refusal> {
        Ok(self.store.group_next_slot(group.organization_id, group.id).await?)
    }

    /// The group's schedule in words; of one that cannot be read, why not.
    #[must_use]
    pub fn group_words(&self, group: &Group) -> String {
        schedule::describe(group).unwrap_or_else(|failure| failure.to_string())
    }

    /// The coming slots of a schedule, stored or not, after `after` or from now on.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the schedule cannot be read or `count` is out of range.
    pub fn upcoming_slots(&self, group: &Group, after: Option<DateTime<Utc>>, count: usize) -> Result<Forecast, Refusal> {
        text::within("count", count, 1..=MAX_UPCOMING)?;
        validate(group)?;
        let after = after.unwrap_or_else(|| self.clock.now());
        Ok(Forecast {
            words: schedule::describe(group).map_err(Refusal::of_statement)?,
            slots: schedule::upcoming(group, after, count).map_err(Refusal::of_statement)?,
        })
    }

    /// What became of the group's slots, newest first, before `before`.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn list_slots(
        &self,
        organization: Id<Organization>,
        reference: &str,
        before: Option<DateTime<Utc>>,
        limit: u64,
    ) -> Result<Vec<Slot>, Refusal> {
        text::within("limit", limit, 1..=1000)?;
        let group = self.get_group(organization, reference).await?;
        Ok(self.store.list_slots(organization, group.id, before, limit).await?)
    }

    /// Puts a run of every enabled series of the group in line, for `slot` or for the present second. A disabled group runs too.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn run_group(
        &self,
        organization: Id<Organization>,
        reference: &str,
        slot: Option<DateTime<Utc>>,
    ) -> Result<Vec<Run>, Refusal> {
        let group = self.get_group(organization, reference).await?;
        let slot = slot.unwrap_or_else(|| self.clock.now().trunc_subsecs(0));
        let runs = self.store.enqueue_group(organization, group.id, slot).await?.ok_or_else(|| missing::<Group>(reference))?;
        self.flow.wake();
        Ok(runs)
    }

    /// The first slot from now on; refuses a schedule that cannot be read, and one that has no slot at all.
    fn first_slot(&self, group: &Group) -> Result<Option<DateTime<Utc>>, Refusal> {
        validate(group)?;
        let next = schedule::next_slot(group, self.clock.now()).map_err(Refusal::of_statement)?;
        if next.is_none() {
            return Err(Invalid::new("schedule", "the schedule has no slot", "correct the day and the month: no date fits both").into());
        }
        Ok(next.filter(|_| group.enabled))
    }
}

fn validate(group: &Group) -> Result<(), Refusal> {
    if let Missed::All(most) = group.missed {
        text::within("missed.all", most, 1..=MAX_LATE)?;
    }
    schedule::validate(group).map_err(Refusal::of_statement)
}
