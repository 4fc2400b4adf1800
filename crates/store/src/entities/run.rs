//! The table `runs`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub series_id: Uuid,
    pub series_name: String,
    pub group_id: Option<Uuid>,
    pub connection_id: Uuid,
    /// The slot record it belongs to; none when it was started by hand.
    pub slot_id: Option<Uuid>,
    pub slot: i64,
    pub last_slot: i64,
    pub slots: i64,
    pub trigger: String,
    pub attempt: i32,
    pub status: String,
    /// The group, or the series when there is no group: one run of a lane runs at a time.
    pub lane: Uuid,
    /// Its place among the runs that were put in line with it, from 0.
    pub place: i32,
    pub queued_at: i64,
    pub not_before: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub window_start: Option<i64>,
    pub window_end: Option<i64>,
    pub figures: Json,
    pub reason: Option<Json>,
    /// Who holds the lease; none when nobody does, or when the holder is known to be gone.
    pub node: Option<String>,
    pub token: i64,
    pub lease_until: Option<i64>,
    pub cancel_requested: bool,
    /// What an incremental series read, in all executions.
    pub stretch: Option<Json>,
    /// What its executions before this one did, up to where the cursor moved: added to what the present one tells.
    pub carried: Option<Json>,
    /// The same with what the present one did, up to where it last moved the cursor.
    pub advanced: Option<Json>,
    /// It reads a snapshot, and nothing of it is frozen yet.
    pub to_freeze: bool,
    /// All its lines are.
    pub frozen: bool,
    /// It was let through to try a connection on hold.
    pub probing: bool,
    /// Its lines, all or a part.
    pub spool_id: Option<Uuid>,
    /// Bytes that the spool had no room for, the last time.
    pub spool_wants: i64,
    /// Of which backfill it is a chunk.
    pub backfill_id: Option<Uuid>,
    /// What it reads then.
    pub chunk: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
