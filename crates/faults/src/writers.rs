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
        let written = Arc::new(Written::default());
        let mut tasks = JoinSet::new();
        for number in 0..settings.writers {
            let writer = Writer {
                number,
                all: settings.writers,
                share: settings.rows / settings.writers + u64::from(number < settings.rows % settings.writers),
                rows: rows_of_a_transaction(settings),
                hold: settings.longest_hold(),
                table: table.clone(),
                url: url.to_owned(),
                chance: Chance::of(settings.seed(), &format!("writer {number}")),
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
    number: u64,
    all: u64,
    share: u64,
    rows: u64,
    hold: Duration,
    table: Table,
    url: String,
    chance: Chance,
    written: Arc<Written>,
}

impl Writer {
    async fn write(mut self) -> anyhow::Result<()> {
        let mut session = Session::open(&self.url).await?;
        let (mut round, mut committed) = (0, 0);
        while committed < self.share {
            let wanted = self.chance.between(1, self.rows * 2).min(self.share - committed);
            let hold = hold(&mut self.chance, self.hold);
            let parts = self.chance.between(1, 3).min(wanted);
            session.run("BEGIN").await?;
            if self.chance.percent(30) {
                // Open, and nothing written yet: what it will write is as old as this.
                session.numbers("SELECT CAST(1 AS SIGNED)".replace("SIGNED", self.big()).as_str()).await?;
                tokio::time::sleep(hold / 3).await;
            }
            let mut rows = 0;
            for part in 0..parts {
                let now = if part + 1 == parts { wanted - rows } else { wanted / parts };
                let clock = self.chance.one_of(self.table.clocks());
                let sql = self.table.insert(self.number, round * self.all + self.number, self.all, now, clock);
                session.run(&sql).await?;
                (round, rows) = (round + now, rows + now);
                tokio::time::sleep(hold / u32::try_from(parts)?).await;
            }
            self.written.transactions.fetch_add(1, Ordering::Relaxed);
            match self.chance.between(1, 100) {
                1..=8 => {
                    session.run("ROLLBACK").await?;
                    self.written.rolled_back.fetch_add(rows, Ordering::Relaxed);
                }
                9..=10 => {
                    // Hangs up in the middle of the transaction.
                    session = Session::open(&self.url).await?;
                    self.written.hung_up.fetch_add(rows, Ordering::Relaxed);
                }
                _ => {
                    session.run("COMMIT").await?;
                    self.written.committed.fetch_add(rows, Ordering::Relaxed);
                    committed += rows;
                }
            }
        }
        Ok(())
    }

    const fn big(&self) -> &'static str {
        match self.table.engine {
            crate::settings::Engine::Postgres => "bigint",
            crate::settings::Engine::Mariadb => "SIGNED",
        }
    }
}
