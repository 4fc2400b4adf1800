//! Every fault, in the order of the steps that find it.

mod address;
mod folder;
mod green;
mod http;
mod kapacitor;
mod login;
mod place;
mod product;
mod tls;

use libtest_mimic::Failed;
use model::Code;

use crate::fault::Fault;

pub(crate) fn all() -> Vec<Fault> {
    [
        address::faults(),
        tls::faults(),
        http::faults(),
        product::faults(),
        login::faults(),
        place::faults(),
        kapacitor::faults(),
        folder::faults(),
        green::ladders(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What cannot be injected from here: a name server that does not answer. Which errors of the lookup it stands for is tried where names
/// are resolved.
const NOT_INJECTED: [Code; 1] = [Code::DnsFailed];

/// Whether these are all the codes that a check can give.
pub(crate) fn cover(given: &[Code]) -> Result<(), Failed> {
    // What is said of cursors is said by runs, not by a check of a connection.
    let all = Code::all().filter(|code| !matches!(code, Code::Kind(_)) && !code.as_str().starts_with("TRB-CURSOR-"));
    let missing: Vec<&str> = all.filter(|code| !given.contains(code) && !NOT_INJECTED.contains(code)).map(Code::as_str).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no fault gives {missing:?}").into()) }
}
