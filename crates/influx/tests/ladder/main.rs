//! Forty faults and more are injected, one after another, into what a check meets: the check must name the step that fails, by its code and
//! form field, within a time limit, having passed every step before it and tried none after it. No secret may stand in a finding, and
//! nothing may be written to the server.
//!
//! Each fault is a test with a name of its own; the table of results stands at the end of the output, and in `docs/what-we-tested.md`.

#![allow(clippy::unwrap_used)]

mod broken;
mod canned;
mod certificates;
mod fault;
mod faults;
mod judge;
mod kapacitor;
mod real;
#[path = "../servers/mod.rs"]
mod servers;
mod stage;
mod table;

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use libtest_mimic::{Arguments, Trial};
use model::Code;
use table::{Row, Table};
use tokio::runtime::Builder;

/// Most faults wait for something: so many are tried at once.
const AT_ONCE: usize = 12;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let runtime = Arc::new(Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime"));
    let rows: Arc<Mutex<Vec<Row>>> = Arc::default();

    let faults = faults::all();
    let names: Vec<[String; 6]> = faults.iter().map(fault::Fault::expected_cells).collect();
    let codes: Vec<Code> = faults.iter().filter_map(fault::Fault::code).collect();
    let mut trials: Vec<Trial> = faults
        .into_iter()
        .enumerate()
        .map(|(place, fault)| {
            let (runtime, rows) = (Arc::clone(&runtime), Arc::clone(&rows));
            Trial::test(fault.name, move || {
                let row = runtime.block_on(judge::judge(fault, place));
                let complaints = row.complaints.join("\n");
                rows.lock().expect("no trial panics while it holds the rows").push(row);
                if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
            })
        })
        .collect();
    trials.push(Trial::test("whoever_judges_the_ladder_complains_of_every_way_of_being_wrong", judge::is_just));
    trials.push(Trial::test("every_code_of_a_check_is_given_to_some_fault", move || faults::cover(&codes)));
    trials.push(Trial::test("the_table_in_the_documents_is_the_one_that_is_tried", move || table::is_documented(&names)));

    let conclusion = libtest_mimic::run(&arguments, trials);
    let rows = std::mem::take(&mut *rows.lock().expect("no trial runs any more"));
    if !rows.is_empty() {
        // Whoever reads the output may be gone already: nobody is left to tell.
        let _ = write!(std::io::stdout(), "{}", Table::of(rows));
    }
    conclusion.exit();
}
