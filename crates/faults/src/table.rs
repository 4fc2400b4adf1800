//! The table that is written and followed, and sessions with its database.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection, Row as _};

use crate::{settings::Engine, writers::Numbers};

/// A session with a database.
pub(crate) enum Session {
    Postgres(Box<PgConnection>),
    Mariadb(Box<MySqlConnection>),
}

/// A row as it must arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) n: i64,
    pub(crate) writer: i64,
    pub(crate) value: i64,
    pub(crate) word: String,
    /// What the database's clock said, in microseconds since 1970.
    pub(crate) at: i64,
}

impl Session {
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
        Ok(if url.starts_with("postgres") {
            Self::Postgres(Box::new(PgConnection::connect(url).await?))
        } else {
            Self::Mariadb(Box::new(MySqlConnection::connect(url).await?))
        })
    }

    /// Runs statements whose result nobody needs.
    pub(crate) async fn run(&mut self, sql: &str) -> anyhow::Result<u64> {
        let text = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let done = match self {
            Self::Postgres(session) => session.execute(text).await.map(|done| done.rows_affected()),
            Self::Mariadb(session) => session.execute(text).await.map(|done| done.rows_affected()),
        };
        done.with_context(|| format!("running `{sql}`"))
    }

    /// The first column of the result, whole numbers.
    pub(crate) async fn numbers(&mut self, sql: &str) -> anyhow::Result<Vec<i64>> {
        let text = sqlx::query(AssertSqlSafe(sql.to_owned()));
        let numbers: Result<Vec<i64>, sqlx::Error> = match self {
            Self::Postgres(session) => text_rows(text.fetch_all(&mut **session).await, |row| row.try_get(0)),
            Self::Mariadb(session) => {
                text_rows(sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut **session).await, |row| row.try_get(0))
            }
        };
        numbers.with_context(|| format!("running `{sql}`"))
    }

    /// The first value of the result, text.
    pub(crate) async fn text(&mut self, sql: &str) -> anyhow::Result<String> {
        let text = sqlx::query(AssertSqlSafe(sql.to_owned()));
        let value = match self {
            Self::Postgres(session) => text.fetch_one(&mut **session).await.and_then(|row| row.try_get(0)),
            Self::Mariadb(session) => {
                sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut **session).await.and_then(|row| row.try_get(0))
            }
        };
        value.with_context(|| format!("running `{sql}`"))
    }

    /// Rows of the table with numbers in `[from, to)`, in their order.
    pub(crate) async fn rows(&mut self, table: &Table, from: i64, to: i64) -> anyhow::Result<Vec<Row>> {
        let at = table.micros("at");
        let sql = format!(
            "SELECT n, CAST(writer AS {big}), value, word, {at} FROM {table} WHERE n >= {from} AND n < {to} ORDER BY n",
            big = table.big(),
            table = table.name
        );
        let rows: Result<Vec<Row>, sqlx::Error> = match self {
            Self::Postgres(session) => text_rows(sqlx::query(AssertSqlSafe(sql.clone())).fetch_all(&mut **session).await, |row| {
                Ok(Row { n: row.try_get(0)?, writer: row.try_get(1)?, value: row.try_get(2)?, word: row.try_get(3)?, at: row.try_get(4)? })
            }),
            Self::Mariadb(session) => text_rows(sqlx::query(AssertSqlSafe(sql.clone())).fetch_all(&mut **session).await, |row| {
                Ok(Row { n: row.try_get(0)?, writer: row.try_get(1)?, value: row.try_get(2)?, word: row.try_get(3)?, at: row.try_get(4)? })
            }),
        };
        rows.with_context(|| format!("running `{sql}`"))
    }
}

fn text_rows<R, T>(rows: Result<Vec<R>, sqlx::Error>, read: impl Fn(&R) -> Result<T, sqlx::Error>) -> Result<Vec<T>, sqlx::Error> {
    rows?.iter().map(read).collect()
}

/// The table of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) engine: Engine,
}

/// The point of the row numbered 0, in nanoseconds since 1970: 2026-01-01T00:00:00Z. Row n lies n milliseconds later.
pub(crate) const FIRST_POINT: i64 = 1_767_225_600_000_000_000;
/// From one row's point to the next.
pub(crate) const STEP: i64 = 1_000_000;

impl Table {
    /// Makes it anew.
    pub(crate) async fn make(session: &mut Session, name: &str, engine: Engine) -> anyhow::Result<Self> {
        let (id, instant, more) = match engine {
            Engine::Postgres => ("bigserial PRIMARY KEY", "timestamptz", ""),
            Engine::Mariadb => ("BIGINT AUTO_INCREMENT PRIMARY KEY", "datetime(6)", " CHARACTER SET utf8mb4"),
        };
        session.run(&format!("DROP TABLE IF EXISTS {name}")).await?;
        let columns = format!(
            "id {id}, writer int NOT NULL, n bigint NOT NULL, value bigint NOT NULL, word varchar(40) NOT NULL, at {instant} NOT NULL, moment {instant} NOT NULL"
        );
        session.run(&format!("CREATE TABLE {name} ({columns}){more}")).await?;
        session.run(&format!("CREATE UNIQUE INDEX {name}_n ON {name} (n)")).await?;
        session.run(&format!("CREATE INDEX {name}_at ON {name} (at, id)")).await?;
        Ok(Self { name: name.to_owned(), engine })
    }

    /// What adds rows with these numbers; `clock` is what the database is asked for the time, and may speak of `n`.
    pub(crate) fn insert(&self, numbers: Numbers, clock: &str) -> String {
        let Numbers { writer, first, step, rows } = numbers;
        let last = rows.saturating_sub(1);
        // Every kind of character that line protocol escapes.
        match self.engine {
            Engine::Postgres => format!(
                "INSERT INTO {table} (writer, n, value, word, at, moment)
                 SELECT {writer}, n, n * 7919 % 1000003 - 500000, 'ö \"q\\, =' || substr(md5(n::text), 1, 8), {clock},
                        timestamptz '2026-01-01 00:00:00Z' + n * interval '1 millisecond'
                 FROM (SELECT {first}::bigint + g * {step} AS n FROM generate_series(0, {last}) AS g) AS numbered",
                table = self.name
            ),
            Engine::Mariadb => format!(
                "INSERT INTO {table} (writer, n, value, word, at, moment)
                 SELECT {writer}, n, n * 7919 % 1000003 - 500000, CONCAT('ö \"q\\\\, =', SUBSTR(MD5(n), 1, 8)), {clock},
                        TIMESTAMPADD(MICROSECOND, n * 1000, '2026-01-01 00:00:00')
                 FROM (SELECT {first} + CAST(seq AS SIGNED) * {step} AS n FROM seq_0_to_{last}) AS numbered",
                table = self.name
            ),
        }
    }

    /// What a series reads.
    pub(crate) fn query(&self) -> String {
        format!("SELECT id, writer, n, value, word, at, moment FROM {}", self.name)
    }

    /// What the database may be asked for the time at which a row is written.
    pub(crate) const fn clocks(&self) -> &'static [&'static str] {
        match self.engine {
            Engine::Postgres => &["now()", "clock_timestamp()", "statement_timestamp()"],
            Engine::Mariadb => &["NOW(6)"],
        }
    }

    /// An instant that lies so many seconds, an expression, behind `from`.
    pub(crate) fn instant(&self, from: DateTime<Utc>, seconds: &str) -> String {
        let from = from.format("%Y-%m-%d %H:%M:%S%.6f");
        match self.engine {
            Engine::Postgres => format!("timestamptz '{from}Z' + ({seconds}) * interval '1 second'"),
            Engine::Mariadb => format!("TIMESTAMPADD(SECOND, {seconds}, TIMESTAMP '{from}')"),
        }
    }

    /// What a whole number is cast to.
    pub(crate) const fn big(&self) -> &'static str {
        match self.engine {
            Engine::Postgres => "bigint",
            Engine::Mariadb => "SIGNED",
        }
    }

    fn micros(&self, column: &str) -> String {
        match self.engine {
            Engine::Postgres => format!("(extract(epoch FROM {column}) * 1000000)::bigint"),
            Engine::Mariadb => format!("CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {column}) AS SIGNED)"),
        }
    }

    pub(crate) async fn count(&self, session: &mut Session) -> anyhow::Result<i64> {
        Ok(session.numbers(&format!("SELECT count(*) FROM {}", self.name)).await?.first().copied().unwrap_or_default())
    }

    pub(crate) async fn highest(&self, session: &mut Session) -> anyhow::Result<i64> {
        Ok(session.numbers(&format!("SELECT coalesce(max(n), 0) FROM {}", self.name)).await?.first().copied().unwrap_or_default())
    }
}
