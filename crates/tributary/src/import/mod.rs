//! Bringing in what other systems keep: [`reading`] finds it on the disk, [`plan`] says what is to become of it beside what is here
//! ([`house`]). Nothing is saved and nobody is contacted in this room; `tributary import` does that, through the REST API.

pub mod house;
pub mod plan;
pub mod reading;
