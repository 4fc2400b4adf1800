//! The spool: lines of snapshots that wait in the store, frozen before any of them is sent.
//!
//! Bodies are compressed by DEFLATE (<https://www.rfc-editor.org/rfc/rfc1951>) at its fastest: line protocol shrinks to about a tenth.

use bytes::Bytes;
use libdeflater::{CompressionLvl, Compressor, Decompressor};
use model::{
    Figures, Id, Organization,
    edges::{Freeze, Lease, LineBatch},
};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Statement,
    sea_query::OnConflict,
};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    Store, StoreError,
    column::{from_json, json, malformed},
    entities::{
        frozen::{Column, Entity, Model},
        run, spool,
    },
    lease::{held, held_run},
    writing::Writing,
};

/// How much waits in the spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpoolSize {
    /// Bytes that the organization's frozen lines take.
    pub bytes: u64,
    /// Runs of the organization of which lines are frozen.
    pub runs: u64,
    /// Bytes that those of every organization take.
    pub all_bytes: u64,
    /// Most of them.
    pub limit_bytes: u64,
}

/// A batch as it is kept.
struct Part {
    lines: u32,
    body_bytes: usize,
    rows: String,
    body: Vec<u8>,
}

impl Part {
    fn bytes(&self) -> i64 {
        i64::try_from(self.body.len() + self.rows.len()).unwrap_or(i64::MAX)
    }
}

impl Store {
    /// The spool's limit when none is set: 1 GiB.
    pub const SPOOL_LIMIT: u64 = 1 << 30;

    /// How much waits in the spool.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn spool_size(&self, organization: Id<Organization>) -> Result<SpoolSize, StoreError> {
        const SIZE: &str = "\
SELECT CAST(COALESCE(SUM(CASE WHEN organization_id = $1 THEN bytes ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN organization_id = $1 THEN 1 ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(bytes), 0) AS BIGINT)
FROM spools";
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), SIZE, [organization.uuid().into()]);
        let row = db.query_one_raw(statement).await?.ok_or_else(|| malformed("spool", "it has no size"))?;
        let at = |column: usize| row.try_get_by_index::<i64>(column).map(i64::unsigned_abs);
        Ok(SpoolSize { bytes: at(0)?, runs: at(1)?, all_bytes: at(2)?, limit_bytes: self.spool_limit() })
    }

    /// See [`model::edges::Store::freeze`]. Of a run that is frozen already nothing is kept a second time.
    ///
    /// # Errors
    /// `SpoolTooSmall` when the run's lines alone are more than the whole spool holds.
    pub(crate) async fn keep_frozen(&self, lease: &Lease, lines: &[LineBatch], complete: Option<&Figures>) -> Result<Freeze, StoreError> {
        let batches = lines.to_vec();
        let parts = spawn_blocking(move || batches.iter().map(pack).collect::<Result<Vec<_>, _>>())
            .await
            .map_err(|error| malformed("frozen lines", error))??;
        let transaction = self.begin().await?;
        let Some(row) = held_run(&transaction, lease).await? else { return Ok(Freeze::Lost) };
        if row.frozen {
            return Ok(Freeze::Kept);
        }
        let present = match row.spool_id {
            Some(id) => spool::Entity::find_by_id(id).one(&transaction).await?,
            None => None,
        };
        let (mut place, mut bytes) = present.as_ref().map_or((0, 0), |present| (present.parts, present.bytes));
        let new = parts.iter().map(Part::bytes).sum::<i64>();
        transaction.changed_run(row.organization_id, row.id);
        if new > room(&transaction, self.spool_limit()).await? {
            discard(&transaction, row.id).await?;
            let wants = bytes + new;
            run::Entity::update(run::ActiveModel {
                id: Unchanged(row.id),
                spool_id: Set(None),
                spool_wants: Set(wants),
                ..Default::default()
            })
            .exec(&transaction)
            .await?;
            transaction.commit().await?;
            if wants.unsigned_abs() > self.spool_limit() {
                return Err(StoreError::SpoolTooSmall { bytes: wants.unsigned_abs(), limit: self.spool_limit() });
            }
            return Ok(Freeze::Full);
        }

        bytes += new;
        let figures = complete.map(|figures| json("figures", figures)).transpose()?;
        let spool = spool::Model {
            id: row.id,
            organization_id: row.organization_id,
            series_id: row.series_id,
            parts: place + i64::try_from(parts.len()).unwrap_or(i64::MAX),
            bytes,
            figures,
        };
        let mut grown = OnConflict::column(spool::Column::Id);
        grown.update_columns([spool::Column::Parts, spool::Column::Bytes, spool::Column::Figures]);
        spool::Entity::insert(spool.into_active_model()).on_conflict(grown).exec_without_returning(&transaction).await?;
        for part in parts {
            let part = Model {
                spool_id: row.id,
                place,
                lines: part.lines.into(),
                body_bytes: i64::try_from(part.body_bytes).unwrap_or(i64::MAX),
                rows: part.rows,
                body: part.body,
            };
            Entity::insert(part.into_active_model()).exec_without_returning(&transaction).await?;
            place += 1;
        }
        if complete.is_some() || row.spool_id.is_none() {
            run::Entity::update(run::ActiveModel {
                id: Unchanged(row.id),
                spool_id: Set(Some(row.id)),
                frozen: Set(complete.is_some()),
                to_freeze: Set(complete.is_none()),
                spool_wants: Set(0),
                ..Default::default()
            })
            .exec(&transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(Freeze::Kept)
    }

    /// See [`model::edges::Store::frozen`]. None of a run whose lines are not all kept, and none with a lost lease.
    pub(crate) async fn read_frozen(&self, lease: &Lease, from: u64) -> Result<Vec<LineBatch>, StoreError> {
        /// Bodies together, before they were compressed; a single larger one comes alone.
        const AT_ONCE: i64 = 4 << 20;
        let snapshot = self.snapshot().await?;
        let run = run::Entity::find().filter(held(lease)).one(&snapshot).await?;
        let Some(spool) = run.filter(|run| run.frozen).and_then(|run| run.spool_id) else { return Ok(Vec::new()) };
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let of_spool = || Entity::find().filter(Column::SpoolId.eq(spool)).filter(Column::Place.gte(from)).order_by_asc(Column::Place);
        let sizes = of_spool().select_only().column(Column::BodyBytes).limit(1000).into_tuple::<i64>().all(&snapshot).await?;
        let mut bytes = 0;
        let fit = sizes.iter().take_while(|size| {
            bytes += **size;
            bytes <= AT_ONCE
        });
        let parts = of_spool().limit(fit.count().max(1) as u64).all(&snapshot).await?;
        spawn_blocking(move || parts.into_iter().map(unpack).collect()).await.map_err(|error| malformed("frozen lines", error))?
    }
}

/// The figures of a run whose lines are all frozen.
pub(crate) async fn figures(db: &impl ConnectionTrait, run: &run::Model) -> Result<Option<Figures>, StoreError> {
    let Some(id) = run.spool_id.filter(|_| run.frozen) else { return Ok(None) };
    let kept = spool::Entity::find_by_id(id).one(db).await?.and_then(|spool| spool.figures);
    kept.map(|figures| from_json("figures", figures)).transpose()
}

/// Lets go what is kept under this id.
pub(crate) async fn discard(db: &Writing, id: Uuid) -> Result<(), StoreError> {
    spool::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Lets go what belongs to no run: nothing leaves such, and what did would take the spool's room for ever.
pub(crate) async fn sweep(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    const SWEEP: &str = "DELETE FROM spools WHERE id NOT IN (SELECT spool_id FROM runs WHERE spool_id IS NOT NULL)";
    db.execute_raw(Statement::from_string(db.get_database_backend(), SWEEP)).await?;
    Ok(())
}

/// Bytes that can still be kept; below 0 when the limit was lowered since.
pub(crate) async fn room(db: &impl ConnectionTrait, limit: u64) -> Result<i64, StoreError> {
    const TOTAL: &str = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM spools";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), TOTAL)).await?;
    let total = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.unwrap_or(0);
    Ok(i64::try_from(limit).unwrap_or(i64::MAX).saturating_sub(total))
}

fn pack(batch: &LineBatch) -> Result<Part, StoreError> {
    let mut compressor = Compressor::new(CompressionLvl::fastest());
    let mut body = vec![0; compressor.deflate_compress_bound(batch.body.len())];
    let size = compressor.deflate_compress(&batch.body, &mut body).map_err(|error| malformed("frozen lines", error.to_string()))?;
    body.truncate(size);
    body.shrink_to_fit();
    let rows = json("rows", &batch.rows)?.to_string();
    Ok(Part { lines: batch.lines, body_bytes: batch.body.len(), rows, body })
}

fn unpack(part: Model) -> Result<LineBatch, StoreError> {
    let mut body = vec![0; usize::try_from(part.body_bytes).map_err(|error| malformed("frozen lines", error))?];
    let size =
        Decompressor::new().deflate_decompress(&part.body, &mut body).map_err(|error| malformed("frozen lines", error.to_string()))?;
    if size != body.len() {
        return Err(malformed("frozen lines", format!("{size} bytes of {}", body.len())));
    }
    Ok(LineBatch {
        body: Bytes::from(body),
        lines: u32::try_from(part.lines).map_err(|error| malformed("frozen lines", error))?,
        rows: serde_json::from_str(&part.rows).map_err(|error| malformed("frozen lines", error))?,
    })
}
