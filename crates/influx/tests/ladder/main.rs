//! Forty faults and more.
fn main() {}
