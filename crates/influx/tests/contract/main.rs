//! What every driver promises (`model::edges::Influx`), on every server there is to try it on: the real InfluxDB 1.6.7, the scripted
//! InfluxDB 1, 2 and 3, and a folder. And what is promised of Kapacitors, on the scripted one.

#![allow(clippy::unwrap_used)]

mod alerting;
mod checking;
mod detecting;
mod editions;
mod exploring;
mod ground;
mod kapacitors;
mod refusing;
#[path = "../servers/mod.rs"]
mod servers;
mod signing;
mod tallying;
mod transport;
mod typing;
mod writing;
