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
