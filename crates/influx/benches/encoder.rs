//! Lines per second of the encoder beside the builder of `influxdb-line-protocol`.

fn main() {}
