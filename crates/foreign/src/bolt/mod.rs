//! Chronograf's database, `chronograf-v1.db`.
