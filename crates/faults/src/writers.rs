//! The oracle: writers that commit numbered rows late and out of order, roll back, and lose their connection.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinSet;

use crate::{
    chance::Chance,
    settings::Settings,
    table::{Session, Table},
};

/// What the writers did.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) committed: AtomicU64,
    pub(crate) rolled_back: AtomicU64,
    pub(crate) hung_up: AtomicU64,
    /// Of transactions that the server did not live to see the end of.
    pub(crate) broken_off: AtomicU64,
    pub(crate) transactions: AtomicU64,
}

/// Writers at work.
pub(crate) struct Writers {
    tasks: JoinSet<anyhow::Result<()>>,
    pub(crate) written: Arc<Written>,
}

impl Writers {
    /// Sets them to work: together they commit `settings.rows` rows within about `settings.length()`.
    pub(crate) fn start(settings: &Settings, table: &Table, url: &str) -> Self {
        Self::begin(settings, table, url, false)
    }

    /// The same, where the server may be killed: they connect again and write on.
    pub(crate) fn start_enduring(settings: &Settings, table: &Table, url: &str) -> Self {
        Self::begin(settings, table, url, true)
    }

    fn begin(settings: &Settings, table: &Table, url: &str, endures: bool) -> Self {
        let written = Arc::new(Written::default());
        let mut tasks = JoinSet::new();
        for number in 0..settings.writers {
            let writer = Writer {
                numbering: Numbering::of_writer(number, settings),
                share: settings.rows / settings.writers + u64::from(number < settings.rows % settings.writers),
                rows: rows_of_a_transaction(settings),
                hold: settings.longest_hold(),
                table: table.clone(),
                url: url.to_owned(),
                chance: Chance::of(settings.seed(), &format!("writer {number}")),
                endures,
                written: written.clone(),
            };
            tasks.spawn(writer.write());
        }
        Self { tasks, written }
    }

    /// Waits until they have committed all that they were told to.
    pub(crate) async fn done(mut self) -> anyhow::Result<Arc<Written>> {
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(self.written)
    }

    /// Whether all are done; an error when one has failed.
    pub(crate) fn look(&mut self) -> anyhow::Result<bool> {
        while let Some(ended) = self.tasks.try_join_next() {
            ended??;
        }
        Ok(self.tasks.is_empty())
    }
}

/// How many rows a transaction writes on average, so that the rows are there in time.
fn rows_of_a_transaction(settings: &Settings) -> u64 {
    let pause = settings.longest_hold().mul_f64(MEAN_HOLD) + Duration::from_millis(50);
    let transactions = settings.length().as_secs_f64() / pause.as_secs_f64();
    let share = settings.rows as f64 / settings.writers as f64;
    ((share / transactions.max(1.0) * 1.2).ceil() as u64).max(1)
}

/// Mean of [`hold`] as a part of the longest.
const MEAN_HOLD: f64 = 0.086;

/// For how long a transaction is held open: mostly short, sometimes up to the longest.
fn hold(chance: &mut Chance, longest: Duration) -> Duration {
    match chance.between(1, 10) {
        1..=6 => chance.up_to(longest / 50),
        7..=9 => chance.up_to(longest / 5),
        _ => chance.up_to(longest),
    }
}

struct Writer {
    share: u64,
    rows: u64,
    hold: Duration,
    numbering: Numbering,
    table: Table,
    url: String,
    chance: Chance,
    endures: bool,
    written: Arc<Written>,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Commit,
    RollBack,
    /// The connection ends in the middle of it.
    HangUp,
}

/// A transaction, decided before it begins.
struct Transaction {
    hold: Duration,
    /// Open for a while before it writes anything: what it will write is as old as that.
    waits_first: bool,
    /// How many rows each statement writes, and what it asks for the time.
    parts: Vec<(u64, &'static str)>,
    end: End,
}

impl Transaction {
    fn decide(chance: &mut Chance, table: &Table, wanted: u64, longest: Duration) -> Self {
        let hold = hold(chance, longest);
        let parts = chance.between(1, 3).min(wanted);
        let waits_first = chance.percent(30);
        let rows = |part| if part + 1 == parts { wanted - wanted / parts * (parts - 1) } else { wanted / parts };
        let parts = (0..parts).map(|part| (rows(part), *chance.one_of(table.clocks()))).collect();
        let end = match chance.between(1, 100) {
            1..=8 => End::RollBack,
            9..=10 => End::HangUp,
            _ => End::Commit,
        };
        Self { hold, waits_first, parts, end }
    }
}

impl Writer {
    async fn write(mut self) -> anyhow::Result<()> {
        let mut session = Session::open(&self.url).await?;
        let mut committed = 0;
        while committed < self.share {
            let wanted = self.chance.between(1, self.rows * 2).min(self.share - committed);
            let transaction = Transaction::decide(&mut self.chance, &self.table, wanted, self.hold);
            let parts = transaction.parts.iter().map(|(rows, clock)| self.table.insert(self.numbering.take(*rows), clock)).collect();
            self.written.transactions.fetch_add(1, Ordering::Relaxed);
            let counted = match perform(&mut session, &self.table, &transaction, parts).await {
                Ok(()) => match transaction.end {
                    End::Commit => {
                        committed += wanted;
                        &self.written.committed
                    }
                    End::RollBack => &self.written.rolled_back,
                    End::HangUp => {
                        session = self.open_again().await?;
                        &self.written.hung_up
                    }
                },
                // Whether it was committed is what the table holds in the end.
                Err(_gone) if self.endures => {
                    session = self.open_again().await?;
                    &self.written.broken_off
                }
                Err(error) => return Err(error),
            };
            counted.fetch_add(wanted, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn open_again(&self) -> anyhow::Result<Session> {
        loop {
            match Session::open(&self.url).await {
                Err(_away) if self.endures => tokio::time::sleep(Duration::from_millis(200)).await,
                opened => return opened,
            }
        }
    }
}

async fn perform(session: &mut Session, table: &Table, transaction: &Transaction, parts: Vec<String>) -> anyhow::Result<()> {
    session.run("BEGIN").await?;
    if transaction.waits_first {
        session.numbers(&format!("SELECT CAST(1 AS {})", table.big())).await?;
        tokio::time::sleep(transaction.hold / 3).await;
    }
    let pause = transaction.hold / u32::try_from(parts.len())?;
    for sql in parts {
        session.run(&sql).await?;
        tokio::time::sleep(pause).await;
    }
    match transaction.end {
        End::Commit => _ = session.run("COMMIT").await?,
        End::RollBack => _ = session.run("ROLLBACK").await?,
        End::HangUp => {}
    }
    Ok(())
}

/// The numbers of one writer's rows: no other has them, and each is given once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbering {
    writer: u64,
    /// Distance of one writer's numbers.
    step: u64,
    next: u64,
}

/// Numbers in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    pub(crate) writer: u64,
    pub(crate) first: u64,
    pub(crate) step: u64,
    pub(crate) rows: u64,
}

impl Numbering {
    fn of_writer(writer: u64, settings: &Settings) -> Self {
        Self { writer, step: settings.writers + 1, next: writer }
    }

    /// Those that no writer has: for rows that the harness itself adds.
    pub(crate) fn of_nobody(settings: &Settings) -> Self {
        Self::of_writer(settings.writers, settings)
    }

    /// The next so many.
    pub(crate) fn take(&mut self, rows: u64) -> Numbers {
        let first = self.next;
        self.next += rows * self.step;
        Numbers { writer: self.writer, first, step: self.step, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Engine;

    #[test]
    fn one_seed_gives_the_same_transactions_and_another_gives_others() {
        let table = Table { name: "rows".to_owned(), engine: Engine::Postgres };
        let decided = |seed| {
            let mut chance = Chance::of(seed, "writer 0");
            let next = |_| Transaction::decide(&mut chance, &table, 10, Duration::from_secs(30));
            (0..200).map(next).map(|it| (it.hold, it.waits_first, it.parts, it.end)).collect::<Vec<_>>()
        };
        assert_eq!(decided(7), decided(7));
        assert_ne!(decided(7), decided(8));
        assert!(decided(7).iter().all(|(_, _, parts, _)| parts.iter().map(|(rows, _)| rows).sum::<u64>() == 10));
    }

    #[test]
    fn no_number_is_given_twice() {
        let settings = Settings { writers: 3, ..Settings::default() };
        let mut given = std::collections::HashSet::new();
        for writer in 0..=3 {
            let mut numbering = Numbering::of_writer(writer, &settings);
            for rows in [1, 5, 2] {
                let Numbers { first, step, rows, .. } = numbering.take(rows);
                assert!((0..rows).all(|at| given.insert(first + at * step)));
            }
        }
        assert_eq!(given.len(), 4 * 8);
    }
}
