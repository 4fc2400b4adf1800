//! Bringing in what other systems keep: [`reading`] finds it on the disk, [`plan`] says what is to become of it. Nothing is saved and nobody
//! is contacted here; `tributary import` does that, through the REST API.

pub mod plan;
pub mod reading;
