//! The yardsticks of `make bench`.
//!
//! ```text
//! bench-loops mysql-async URL SQL     reads by mysql_async's prepared protocol, touches every value
//! bench-loops mysql-sqlx URL SQL      the same by sqlx
//! bench-loops sqlite PATH SQL         steps through the rows, touches every value
//! bench-loops sink                    an HTTP server that reads every body and answers 204; prints its port
//! bench-loops postgres-asks URL FILE  for each line of its input: connects, asks the statements of the file, hangs up; prints the microseconds
//! ```
//! Each reader prints the number of rows and a sum over all values, so that no read can be optimised away.

use std::{env, error::Error, fs, hint::black_box, time::Instant};

use futures_util::TryStreamExt;
use mysql_async::{Value, prelude::Queryable};
use rusqlite::types::ValueRef;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection, PgConnection, Row, TypeInfo, ValueRef as _,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

type Outcome = Result<(u64, u64), Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (rows, sum) = match arguments.as_slice() {
        ["mysql-async", url, sql] => mysql_async_loop(url, sql).await?,
        ["mysql-sqlx", url, sql] => mysql_sqlx_loop(url, sql).await?,
        ["sqlite", path, sql] => sqlite_loop(path, sql)?,
        ["sink"] => return sink().await,
        ["postgres-asks", url, file] => return postgres_asks(url, file).await,
        _ => return Err("usage: bench-loops mysql-async|mysql-sqlx URL SQL, sqlite PATH SQL, sink, postgres-asks URL FILE".into()),
    };
    println!("{rows} rows, sum {sum}");
    Ok(())
}

fn touch_bytes(bytes: &[u8]) -> u64 {
    bytes.len() as u64 + u64::from(bytes.first().copied().unwrap_or_default())
}

async fn mysql_async_loop(url: &str, sql: &str) -> Outcome {
    let mut connection = mysql_async::Conn::from_url(url).await?;
    let mut result = connection.exec_iter(sql, ()).await?;
    let (mut rows, mut sum) = (0_u64, 0_u64);
    while let Some(row) = result.next().await? {
        rows += 1;
        for at in 0..row.len() {
            sum = sum.wrapping_add(match row.as_ref(at) {
                Some(Value::Bytes(bytes)) => touch_bytes(bytes),
                Some(Value::Int(number)) => *number as u64,
                Some(Value::UInt(number)) => *number,
                Some(Value::Float(number)) => u64::from(number.to_bits()),
                Some(Value::Double(number)) => number.to_bits(),
                Some(Value::Date(year, _, day, _, minute, second, micro)) => {
                    u64::from(*year) + u64::from(*day) + u64::from(*minute) + u64::from(*second) + u64::from(*micro)
                }
                Some(Value::Time(_, _, _, minute, _, micro)) => u64::from(*minute) + u64::from(*micro),
                Some(Value::NULL) | None => 1,
            });
        }
    }
    drop(result);
    connection.disconnect().await?;
    Ok((rows, black_box(sum)))
}

async fn mysql_sqlx_loop(url: &str, sql: &str) -> Outcome {
    let mut connection = sqlx::MySqlConnection::connect(url).await?;
    let (mut rows, mut sum) = (0_u64, 0_u64);
    let mut stream = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).fetch(&mut connection);
    while let Some(row) = stream.try_next().await? {
        rows += 1;
        for at in 0..row.len() {
            let value = row.try_get_raw(at)?;
            if value.is_null() {
                sum = sum.wrapping_add(1);
                continue;
            }
            let more = match value.type_info().name() {
                "DATETIME" => row.try_get_unchecked::<sqlx::types::chrono::NaiveDateTime, _>(at)?.and_utc().timestamp_micros() as u64,
                "TIMESTAMP" => {
                    row.try_get_unchecked::<sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>, _>(at)?.timestamp_micros() as u64
                }
                "BIGINT" | "INT" => row.try_get_unchecked::<i64, _>(at)? as u64,
                "DOUBLE" => row.try_get_unchecked::<f64, _>(at)?.to_bits(),
                _ => touch_bytes(row.try_get_unchecked::<&[u8], _>(at)?),
            };
            sum = sum.wrapping_add(more);
        }
    }
    Ok((rows, black_box(sum)))
}

fn sqlite_loop(path: &str, sql: &str) -> Outcome {
    let database = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = database.prepare(sql)?;
    let columns = statement.column_count();
    let mut result = statement.query([])?;
    let (mut rows, mut sum) = (0_u64, 0_u64);
    while let Some(row) = result.next()? {
        rows += 1;
        for at in 0..columns {
            sum = sum.wrapping_add(match row.get_ref(at)? {
                ValueRef::Null => 1,
                ValueRef::Integer(number) => number as u64,
                ValueRef::Real(number) => number.to_bits(),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => touch_bytes(bytes),
            });
        }
    }
    Ok((rows, black_box(sum)))
}

/// What is asked of PostgreSQL, in the way of the protocol in which it is asked.
enum Asked {
    /// As it is.
    Simple(String),
    /// With values.
    Bound(String, Vec<String>),
    /// `COPY … TO STDOUT`.
    Copy(String),
}

impl Asked {
    /// Statements are ended by 0x1e, the parts of one are told apart by 0x1f: what way, the text, the values.
    fn read(file: &str) -> Result<Vec<Self>, Box<dyn Error + Send + Sync>> {
        let text = fs::read_to_string(file)?;
        let statements = text.split_terminator('\u{1e}').map(|statement| {
            let parts: Vec<&str> = statement.split('\u{1f}').collect();
            match parts.as_slice() {
                ["simple", sql] => Ok(Self::Simple((*sql).to_owned())),
                ["copy", sql] => Ok(Self::Copy((*sql).to_owned())),
                ["bound", sql, values @ ..] => Ok(Self::Bound((*sql).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())),
                _ => Err(format!("not a statement: {statement:?}").into()),
            }
        });
        statements.collect()
    }

    async fn ask(&self, connection: &mut PgConnection) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self {
            Self::Simple(sql) => {
                sqlx::raw_sql(AssertSqlSafe(sql.as_str())).fetch_all(connection).await?;
            }
            Self::Bound(sql, values) => {
                let bound = values.iter().fold(sqlx::query(AssertSqlSafe(sql.as_str())), |query, value| query.bind(value));
                bound.persistent(false).fetch_all(connection).await?;
            }
            Self::Copy(sql) => {
                let mut messages = connection.copy_out_raw(sql).await?;
                while let Some(message) = messages.try_next().await? {
                    black_box(message);
                }
            }
        }
        Ok(())
    }
}

/// Asks the same again and again, each time in a session of its own.
async fn postgres_asks(url: &str, file: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let asked = Asked::read(file)?;
    let options: PgConnectOptions = url.parse()?;
    let options = options.ssl_mode(PgSslMode::Disable).application_name("tributary").statement_cache_capacity(0).extra_float_digits(None);
    let options = options.disable_statement_logging();
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while lines.next_line().await?.is_some() {
        let began = Instant::now();
        let mut connection = options.connect().await?;
        for statement in &asked {
            statement.ask(&mut connection).await?;
        }
        connection.close().await?;
        println!("{}", began.elapsed().as_micros());
    }
    Ok(())
}

/// Answers as InfluxDB 1.x does, as far as a writer can tell: `/ping` and `/write` are 204, and it knows of no field.
async fn sink() -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            // A client that hangs up ends its own connection and nothing else.
            let _ = swallow(stream).await;
        });
    }
}

async fn swallow(stream: TcpStream) -> Result<(), Box<dyn Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::with_capacity(1 << 18, stream);
    let mut waste = vec![0_u8; 1 << 18];
    loop {
        let (mut length, mut line, mut is_query) = (0_usize, String::new(), None);
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let header = line.trim_end().to_ascii_lowercase();
            // The first line is the request's.
            is_query.get_or_insert(header.contains(" /query"));
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            if header.starts_with("expect: 100-continue") {
                stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            }
        }
        while length > 0 {
            let part = length.min(waste.len());
            let read = stream.read(&mut waste[..part]).await?;
            if read == 0 {
                return Ok(());
            }
            length -= read;
        }
        let answer: &[u8] = if is_query == Some(true) {
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Influxdb-Version: 1.6.7\r\nX-Influxdb-Build: OSS\r\nContent-Length: 33\r\n\r\n{\"results\":[{\"statement_id\":0}]}\n"
        } else {
            b"HTTP/1.1 204 No Content\r\nX-Influxdb-Version: 1.6.7\r\nX-Influxdb-Build: OSS\r\n\r\n"
        };
        stream.get_mut().write_all(answer).await?;
    }
}
