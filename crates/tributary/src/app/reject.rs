//! Rejects over runs: looking at them, sending them again, letting them go.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::BytesMut;
use model::{
    Connection, Id, Name, Organization, Reject, Run, Series, Stored,
    edges::{LineBatch, Traffic},
};
use store::{KeptReject, RejectFilter, RejectRows, SeriesRejects};

use super::{App, Invalid, Refusal, missing, text};

/// Rejects that are taken from the store at once.
const AT_ONCE: u64 = 1_000;

/// Most bytes of the lines that are sent in one request when rejects are sent again, unless one line alone has more.
const BODY_BYTES: usize = 1 << 20;

/// Most rows that can be named in one wish.
const MAX_ROWS: usize = 10_000;

/// Whose rejects: all of the organization, those of a series, or those of a run.
#[derive(Clone, Debug, Default)]
pub struct Whose {
    /// Only of this series, by id or name.
    pub series: Option<String>,
    /// Only of this run.
    pub run: Option<String>,
}

/// Rejects of a run or a series that something is to be done with.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// A run or a series.
    pub of: Whose,
    /// Only of these rows of the run.
    pub rows: Option<BTreeSet<u64>>,
}

/// A reject with the name that its series has now.
#[derive(Clone, Debug)]
pub struct NamedReject {
    /// The reject and where it comes from.
    pub kept: KeptReject,
    /// Its series' name.
    pub series: Name,
}

/// What came of sending rejects again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resent {
    /// Lines that were acknowledged: they are no rejects any more.
    pub written: u64,
    /// Lines that were refused again: they stay, with what was said now.
    pub still_rejected: u64,
    /// Lines that are not kept whole: they cannot be sent.
    pub cut: u64,
    /// Rows that never became a line: they cannot be sent.
    pub without_line: u64,
}

/// Rejects of one run.
type OfRun = (Id<Run>, Vec<Reject>);

impl App {
    /// Which rejects are meant, from the first on, at most so many.
    ///
    /// # Errors
    /// [`Refusal::Missing`]; [`Refusal::Invalid`] when both are given.
    pub async fn rejects_of(&self, organization: Id<Organization>, whose: &Whose, limit: u64) -> Result<RejectFilter, Refusal> {
        let everything = RejectFilter { limit, ..RejectFilter::default() };
        Ok(match (&whose.run, &whose.series) {
            (Some(run), None) => RejectFilter { run_id: Some(self.get_run(organization, run).await?.0.id), ..everything },
            (None, Some(series)) => RejectFilter { series_id: Some(self.get_series(organization, series).await?.id), ..everything },
            (None, None) => everything,
            (Some(_), Some(_)) => {
                return Err(Invalid::new("series", "both `run` and `series` are given", "give one of them: a run is of one series").into());
            }
        })
    }

    /// Rejects over runs: newest run first, in each the rows in their order.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the limit is not 1 to 1000.
    pub async fn find_rejects(&self, organization: Id<Organization>, filter: &RejectFilter) -> Result<Vec<NamedReject>, Refusal> {
        text::within("limit", filter.limit, 1..=AT_ONCE)?;
        let rejects = self.store.find_rejects(organization, filter).await?;
        let mut names: HashMap<Id<Series>, Name> = HashMap::new();
        let mut named = Vec::with_capacity(rejects.len());
        for kept in rejects {
            let known = match names.get(&kept.series_id) {
                Some(name) => Some(name.clone()),
                None => self.store.get_series(organization, kept.series_id).await?.map(|series| series.name),
            };
            // Gone since: so are its rejects.
            let Some(series) = known else { continue };
            names.insert(kept.series_id, series.clone());
            named.push(NamedReject { kept, series });
        }
        Ok(named)
    }

    /// How many rejects are kept of each series that has some, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_rejects(&self, organization: Id<Organization>) -> Result<Vec<SeriesRejects>, Refusal> {
        Ok(self.store.count_series_rejects(organization).await?)
    }

    /// Sends the kept lines again, to where their series writes now. What is acknowledged is no reject any more; what is refused again stays
    /// with the reason of now. Figures and status of the runs are history and stay. A connection on hold that takes a line is not on hold any more.
    ///
    /// # Errors
    /// [`Refusal::Missing`] and [`Refusal::Invalid`]; failures of writing: what was acknowledged before is no reject any more, the rest stays.
    pub async fn retry_rejects(&self, organization: Id<Organization>, chosen: &Chosen) -> Result<Resent, Refusal> {
        let (mut filter, series) = self.chosen(organization, chosen).await?;
        // Of two lines of one point the later one stays.
        filter.oldest_first = true;
        let mut resent = Resent::default();
        loop {
            let page = self.store.find_rejects(organization, &filter).await?;
            let Some(last) = page.last() else { return Ok(resent) };
            filter.after = Some((last.run_id, last.reject.row));
            let mut of_runs: BTreeMap<Id<Run>, Vec<Reject>> = BTreeMap::new();
            for KeptReject { run_id, reject, .. } in page.into_iter().filter(|kept| chosen.has(kept)) {
                match &reject.line {
                    None => resent.without_line += 1,
                    Some(line) if was_cut(line) => resent.cut += 1,
                    Some(_) => of_runs.entry(run_id).or_default().push(reject),
                }
            }
            for (run, rejects) in of_runs {
                for batch in batches(rejects) {
                    let count = batch.len() as u64;
                    let still = self.send_again(organization, &series, (run, batch)).await?;
                    resent.still_rejected += still;
                    resent.written += count - still;
                }
            }
        }
    }

    /// Lets rejects go. Returns how many.
    ///
    /// # Errors
    /// [`Refusal::Missing`] and [`Refusal::Invalid`].
    pub async fn discard_rejects(&self, organization: Id<Organization>, chosen: &Chosen) -> Result<u64, Refusal> {
        let (filter, series) = self.chosen(organization, chosen).await?;
        let rows: Option<Vec<u64>> = chosen.rows.as_ref().map(|rows| rows.iter().copied().collect());
        let rows = rows.as_deref().map_or(RejectRows::All, RejectRows::Only);
        Ok(match filter.run_id {
            Some(run) => self.store.discard_rejects(organization, run, rows).await?,
            None => self.store.discard_series_rejects(organization, series.id).await?,
        })
    }

    /// The rejects of a run or a series, and the series: never all of an organization at once.
    async fn chosen(&self, organization: Id<Organization>, chosen: &Chosen) -> Result<(RejectFilter, Stored<Series>), Refusal> {
        if chosen.rows.is_some() && chosen.of.run.is_none() {
            return Err(Invalid::new("rows", "`rows` are given without `run`", "name the run whose rows they are").into());
        }
        if chosen.rows.as_ref().is_some_and(|rows| rows.len() > MAX_ROWS) {
            return Err(
                Invalid::new("rows", "too many rows are named", format!("name at most {MAX_ROWS}, or all by leaving `rows` out")).into()
            );
        }
        let filter = self.rejects_of(organization, &chosen.of, AT_ONCE).await?;
        let series = match (filter.run_id, filter.series_id) {
            (Some(run), _) => {
                let run = self.store.get_run(organization, run).await?.ok_or_else(|| missing::<Run>(run))?;
                self.get_series(organization, &run.series_id.to_string()).await?
            }
            (None, Some(series)) => self.get_series(organization, &series.to_string()).await?,
            (None, None) => {
                return Err(Invalid::new(
                    "run",
                    "neither `run` nor `series` is given",
                    "name the run or the series whose rejects are meant",
                )
                .into());
            }
        };
        Ok((filter, series))
    }

    /// Sends lines in one write, and keeps what came of it. Returns how many were refused again.
    async fn send_again(&self, organization: Id<Organization>, series: &Stored<Series>, (run, batch): OfRun) -> Result<u64, Refusal> {
        let connection = series.spec.connection_id;
        let stored = self.store.get_connection(organization, connection).await?.ok_or_else(|| missing::<Connection>(connection))?;
        let access = self.connection_access(&stored).await?;
        // A label of its own: in a folder, the same label would take the place of an earlier file.
        let label = format!("{}-rejects-{}", series.name, Id::<Reject>::new(&*self.clock));
        let writer = self.influx.open(&access, &label).await?;
        let written = writer.write(&lines(&batch), &mut Traffic::default()).await?;
        writer.finish().await?;

        let again: Vec<Reject> = written.rejects.into_iter().filter_map(|refused| refused_again(&batch, refused)).collect();
        let rows: BTreeSet<u64> = again.iter().map(|reject| reject.row).collect();
        let acknowledged: Vec<u64> = batch.iter().map(|reject| reject.row).filter(|row| !rows.contains(row)).collect();
        self.store.discard_rejects(organization, run, RejectRows::Only(&acknowledged)).await?;
        self.store.note_rejects_refused(organization, run, &again).await?;
        if !acknowledged.is_empty() && self.store.end_hold(organization, connection).await? {
            self.flow.wake();
        }
        Ok(again.len() as u64)
    }
}

impl Chosen {
    fn has(&self, kept: &KeptReject) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.contains(&kept.reject.row))
    }
}

/// Whether the end of a line may be missing. Only whole characters are kept, so a cut line may have up to three bytes less than the most.
fn was_cut(line: &str) -> bool {
    line.len() + 3 >= Reject::MAX_LINE_BYTES
}

/// Cuts rejects into those that are sent together.
fn batches(rejects: Vec<Reject>) -> Vec<Vec<Reject>> {
    let mut batches: Vec<Vec<Reject>> = Vec::new();
    let mut bytes = 0;
    for reject in rejects {
        let length = reject.line.as_ref().map_or(0, String::len) + 1;
        match batches.last_mut() {
            Some(last) if bytes + length <= BODY_BYTES => last.push(reject),
            _ => {
                batches.push(vec![reject]);
                bytes = 0;
            }
        }
        bytes += length;
    }
    batches
}

/// The lines of rejects as they are sent; the row of each is its place, from 1.
fn lines(batch: &[Reject]) -> LineBatch {
    let mut body = BytesMut::new();
    for line in batch.iter().filter_map(|reject| reject.line.as_ref()) {
        body.extend_from_slice(line.as_bytes());
        body.extend_from_slice(b"\n");
    }
    LineBatch { body: body.freeze(), lines: u32::try_from(batch.len()).unwrap_or(u32::MAX), rows: vec![(0, 1)] }
}

/// The reject that this line was, with the reason of now.
fn refused_again(batch: &[Reject], refused: Reject) -> Option<Reject> {
    let at = usize::try_from(refused.row).ok()?.checked_sub(1)?;
    Some(Reject { reason: refused.reason, ..batch.get(at)?.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reject(row: u64, line: &str) -> Reject {
        Reject { row, line: Some(line.to_owned()), reason: "then".to_owned(), values: None }
    }

    #[test]
    fn what_is_refused_again_is_found_by_its_place() {
        let batch = [reject(7, "a v=1"), reject(9, "b v=\"x\ny\"")];
        assert_eq!(&lines(&batch).body[..], b"a v=1\nb v=\"x\ny\"\n");
        let now = Reject { row: lines(&batch).row_of(1), line: None, reason: "now".to_owned(), values: None };
        let again = refused_again(&batch, now.clone()).unwrap();
        assert_eq!((again.row, again.line.as_deref(), again.reason.as_str()), (9, Some("b v=\"x\ny\""), "now"));
        assert_eq!(refused_again(&batch, Reject { row: 3, ..now }), None);
    }

    #[test]
    fn lines_are_sent_in_bodies_of_a_bounded_size() {
        let large = "x".repeat(BODY_BYTES / 2);
        let sizes: Vec<usize> =
            batches(vec![reject(1, &large), reject(2, "a"), reject(3, &large), reject(4, "b")]).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2]);
        assert!(was_cut(&"x".repeat(Reject::MAX_LINE_BYTES - 3)) && !was_cut(&"x".repeat(Reject::MAX_LINE_BYTES - 4)));
    }
}
