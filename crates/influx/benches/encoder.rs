//! Lines per second of the encoder beside the builder of `influxdb-line-protocol`, on the same rows, in turns, on one thread.
//!
//! ```text
//! cargo bench -p influx --bench encoder -- [--json] [--rounds N] [--rows N]
//! cargo bench -p influx --bench encoder -- --alone [--random]   # ours only, for a profiler
//! ```
//!
//! The rows are those of the benchmarks of the whole copy: a timestamptz, two text columns with 1,000 distinct pairs, a double, a bigint,
//! a double. Both get the same Arrow batches of 8,192 rows and give bodies of at most 10,000 lines; that both say the same is checked
//! first. Two kinds of doubles: `readings` have two and four decimals, `random` have all their digits.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people who measure")]

use std::{hint::black_box, sync::Arc, time::Instant};

use arrow_array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    cast::AsArray,
    types::{Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::Schema;
use chrono::DateTime;
use influx::line::{LineRules, shaper};
use influxdb_line_protocol::{LineProtocolBuilder, parse_lines};
use model::{Column, ColumnType, Mapping, TimeColumn};

const BATCH_ROWS: usize = 8192;
const BATCH_LINES: usize = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(default)
    };
    let (rows, rounds) = (number("--rows", 1_000_000), number("--rounds", 7).max(1));
    if arguments.iter().any(|argument| argument == "--alone") {
        let random = arguments.iter().any(|argument| argument == "--random");
        let batches = batches(if random { Doubles::Random } else { Doubles::Readings }, rows);
        for _ in 0..rounds {
            let start = Instant::now();
            let bytes = with_shaper(&batches);
            println!("{:.1} ns/line, {bytes} bytes", start.elapsed().as_secs_f64() * 1e9 / rows as f64);
        }
        return;
    }
    let results: Vec<_> = [Doubles::Readings, Doubles::Random].into_iter().map(|doubles| measure(doubles, rows, rounds)).collect();
    if arguments.iter().any(|argument| argument == "--json") {
        let cases: Vec<_> = results.iter().map(Measured::json).collect();
        println!("{}", serde_json::json!({ "bench": "encoder", "rows": rows, "rounds": rounds, "cases": cases }));
    } else {
        for result in results {
            println!("{result}");
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Doubles {
    Readings,
    Random,
}

struct Measured {
    doubles: Doubles,
    rows: usize,
    bytes: usize,
    ours_s: f64,
    builder_s: f64,
}

impl Measured {
    fn ratio(&self) -> f64 {
        self.builder_s / self.ours_s
    }

    fn json(&self) -> serde_json::Value {
        let rows = self.rows as f64;
        serde_json::json!({
            "doubles": format!("{:?}", self.doubles).to_lowercase(),
            "bytes_per_line": self.bytes as f64 / rows,
            "ours_median_s": self.ours_s,
            "ours_lines_per_s": rows / self.ours_s,
            "ours_bytes_per_s": self.bytes as f64 / self.ours_s,
            "builder_median_s": self.builder_s,
            "builder_lines_per_s": rows / self.builder_s,
            "ratio": self.ratio(),
        })
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nanoseconds = |seconds: f64| seconds * 1e9 / self.rows as f64;
        write!(
            f,
            "{:?}: {:.1} bytes/line; ours {:.1} ns/line, {:.2} M lines/s, {:.0} MB/s; builder {:.1} ns/line, {:.2} M lines/s; ratio {:.2}",
            self.doubles,
            self.bytes as f64 / self.rows as f64,
            nanoseconds(self.ours_s),
            1e3 / nanoseconds(self.ours_s),
            self.bytes as f64 / self.ours_s / 1e6,
            nanoseconds(self.builder_s),
            1e3 / nanoseconds(self.builder_s),
            self.ratio(),
        )
    }
}

fn measure(doubles: Doubles, rows: usize, rounds: usize) -> Measured {
    let batches = batches(doubles, rows);
    check(&batches[0]);
    let (mut ours, mut builder, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..=rounds {
        let start = Instant::now();
        bytes = with_shaper(&batches);
        ours.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        black_box(with_builder(&batches));
        builder.push(start.elapsed().as_secs_f64());
    }
    // The first round warms up.
    Measured { doubles, rows, bytes, ours_s: median(&mut ours[1..]), builder_s: median(&mut builder[1..]) }
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn mapping() -> Mapping {
    Mapping { tags: vec!["site".to_owned(), "device".to_owned()], time: Some(TimeColumn::new("at")), ..Mapping::new("machine") }
}

/// How many bytes the lines of these rows take; each body is dropped when it is full, as after its write.
fn with_shaper(batches: &[RecordBatch]) -> usize {
    let mut shaper = shaper(&mapping(), &batches[0].schema(), DateTime::UNIX_EPOCH, &LineRules::v1()).unwrap();
    let mut bytes = 0;
    for rows in batches {
        for batch in shaper.shape(rows).batches {
            bytes += black_box(batch.body).len();
        }
    }
    bytes + shaper.finish().batches.into_iter().map(|batch| black_box(batch.body).len()).sum::<usize>()
}

fn with_builder(batches: &[RecordBatch]) -> usize {
    let mut bytes = 0;
    let mut lines = 0;
    let mut builder = LineProtocolBuilder::new_with(Vec::with_capacity(1 << 20));
    for rows in batches {
        let at = rows.column(0).as_primitive::<TimestampMicrosecondType>();
        let (site, device) = (rows.column(1).as_string::<i32>(), rows.column(2).as_string::<i32>());
        let (temp, load) = (rows.column(3).as_primitive::<Float64Type>(), rows.column(5).as_primitive::<Float64Type>());
        let count = rows.column(4).as_primitive::<Int64Type>();
        for row in 0..rows.num_rows() {
            builder = builder
                .measurement("machine")
                .tag("device", device.value(row))
                .tag("site", site.value(row))
                .field("temp", temp.value(row))
                .field("count", count.value(row))
                .field("load", load.value(row))
                .timestamp(at.value(row) * 1000)
                .close_line();
            lines += 1;
            if lines == BATCH_LINES {
                let body = builder.build();
                bytes += black_box(&body).len();
                builder = LineProtocolBuilder::new_with(Vec::with_capacity(body.len()));
                lines = 0;
            }
        }
    }
    bytes + black_box(builder.build()).len()
}

/// Both say the same about these rows.
fn check(rows: &RecordBatch) {
    let mut shaper = shaper(&mapping(), &rows.schema(), DateTime::UNIX_EPOCH, &LineRules::v1()).unwrap();
    let mut ours = String::new();
    for batch in shaper.shape(rows).batches.into_iter().chain(shaper.finish().batches) {
        ours.push_str(std::str::from_utf8(&batch.body).unwrap());
    }
    let parsed = parse_lines(&ours).map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(parsed.len(), rows.num_rows());
    let (temp, count) = (rows.column(3).as_primitive::<Float64Type>(), rows.column(4).as_primitive::<Int64Type>());
    let (at, load) = (rows.column(0).as_primitive::<TimestampMicrosecondType>(), rows.column(5).as_primitive::<Float64Type>());
    for (row, line) in parsed.iter().enumerate() {
        let tags = line.series.tag_set.as_ref().unwrap();
        assert!(tags[0].1 == rows.column(2).as_string::<i32>().value(row) && tags[1].1 == rows.column(1).as_string::<i32>().value(row));
        assert_eq!(line.field_set[0].1.to_string().parse(), Ok(temp.value(row)));
        assert_eq!(line.field_set[1].1.to_string(), format!("{}i", count.value(row)));
        assert_eq!(line.field_set[2].1.to_string().parse(), Ok(load.value(row)));
        assert_eq!(line.timestamp, Some(at.value(row) * 1000));
    }
}

/// A sequence that looks random and is always the same (splitmix64).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn batches(doubles: Doubles, rows: usize) -> Vec<RecordBatch> {
    let columns = [
        ("at", ColumnType::Instant),
        ("site", ColumnType::Text),
        ("device", ColumnType::Text),
        ("temp", ColumnType::Float),
        ("count", ColumnType::Integer),
        ("load", ColumnType::Float),
    ];
    let field = |(name, kind): (&str, ColumnType)| Column { name: name.to_owned(), kind, native: String::new() }.field();
    let schema = Arc::new(Schema::new(columns.map(field).to_vec()));
    let mut sequence = Sequence(1);
    (0..rows)
        .step_by(BATCH_ROWS)
        .map(|first| {
            let rows = first..(first + BATCH_ROWS).min(rows);
            let pairs: Vec<u64> = rows.clone().map(|_| sequence.below(1000)).collect();
            let mut double = |whole: f64, decimals: i32| {
                let value = sequence.unit() * whole;
                match doubles {
                    Doubles::Readings => (value * 10_f64.powi(decimals)).round() / 10_f64.powi(decimals),
                    Doubles::Random => value,
                }
            };
            let temp: Vec<f64> = rows.clone().map(|_| double(40.0, 2)).collect();
            let load: Vec<f64> = rows.clone().map(|_| double(1.0, 4)).collect();
            let arrays: Vec<ArrayRef> = vec![
                Arc::new(
                    TimestampMicrosecondArray::from_iter_values(rows.clone().map(|row| 1_795_269_900_000_000 + row as i64 * 1_000_017))
                        .with_timezone("UTC"),
                ),
                Arc::new(StringArray::from_iter_values(pairs.iter().map(|pair| format!("site-{:02}", pair % 25)))),
                Arc::new(StringArray::from_iter_values(pairs.iter().map(|pair| format!("dev-{pair:04}")))),
                Arc::new(Float64Array::from(temp)),
                Arc::new(Int64Array::from_iter_values(rows.map(|_| sequence.below(1_000_000) as i64))),
                Arc::new(Float64Array::from(load)),
            ];
            RecordBatch::try_new(schema.clone(), arrays).unwrap()
        })
        .collect()
}
