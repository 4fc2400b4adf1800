//! The yardsticks of `make bench`.
//!
//! ```text
//! bench-loops mysql-async URL SQL     reads by mysql_async's prepared protocol, touches every value
//! bench-loops mysql-sqlx URL SQL      the same by sqlx
//! bench-loops sqlite PATH SQL         steps through the rows, touches every value
//! bench-loops sink                    an HTTP server that reads every body and answers 204; prints its port
//! ```
//! Each reader prints the number of rows and a sum over all values, so that no read can be optimised away.

use std::{env, error::Error, hint::black_box};

use futures_util::TryStreamExt;
use mysql_async::{Value, prelude::Queryable};
use rusqlite::types::ValueRef;
use sqlx::{Connection, Row, TypeInfo, ValueRef as _};
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
        _ => return Err("usage: bench-loops mysql-async|mysql-sqlx URL SQL, sqlite PATH SQL, sink".into()),
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

/// Answers as InfluxDB 1.x does, as far as a writer can tell: `/ping` and `/write` are 204.
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
        let (mut length, mut line) = (0_usize, String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let header = line.trim_end().to_ascii_lowercase();
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
        stream
            .get_mut()
            .write_all(b"HTTP/1.1 204 No Content\r\nX-Influxdb-Version: 1.6.7\r\nX-Influxdb-Build: OSS\r\n\r\n")
            .await?;
    }
}
