//! What servers said of the types of their fields, kept for a short time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use model::{
    Failure, FieldTypes,
    edges::{ConnectionAccess, LineBatch, Traffic, Writer, Written},
};
use ring::digest;
use secrecy::ExposeSecret;
use tokio::time::Instant;

/// How long what was said holds.
const HOLDS: Duration = Duration::from_secs(60);

/// Most places and logins that are remembered.
const MOST_PLACES: usize = 4096;

/// The types of fields by place, login and measurement.
#[derive(Debug, Default)]
pub(crate) struct Known {
    places: Mutex<HashMap<Asker, Told>>,
}

/// What was said of measurements, and when.
type Told = HashMap<String, (Instant, FieldTypes)>;

/// Where and with which login was asked: what one login was told is not told another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asker {
    target: String,
    secrets: Vec<u8>,
}

impl Asker {
    pub(crate) fn of(access: &ConnectionAccess) -> Self {
        let mut secrets = digest::Context::new(&digest::SHA256);
        for (field, secret) in &access.secrets {
            let secret = secret.expose_secret().as_bytes();
            secrets.update(field.as_str().as_bytes());
            secrets.update(&secret.len().to_le_bytes());
            secrets.update(secret);
        }
        Self { target: format!("{:?}", access.connection.target), secrets: secrets.finish().as_ref().to_vec() }
    }
}

impl Known {
    /// What was said of a measurement within the last minute.
    pub(crate) fn types(&self, asker: &Asker, measurement: &str) -> Option<FieldTypes> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, types) = places.get(asker)?.get(measurement)?;
        (since.elapsed() < HOLDS).then(|| types.clone())
    }

    pub(crate) fn keep(&self, asker: Asker, measurement: &str, types: FieldTypes) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        for measurements in places.values_mut() {
            measurements.retain(|_, (since, _)| since.elapsed() < HOLDS);
        }
        places.retain(|_, measurements| !measurements.is_empty());
        if places.len() < MOST_PLACES {
            places.entry(asker).or_default().insert(measurement.to_owned(), (Instant::now(), types));
        }
    }

    fn forget(&self, asker: &Asker) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).remove(asker);
    }
}

/// Writes, and forgets what is known of a place that refuses a line for the type of a field.
pub(crate) struct Watched {
    pub(crate) writer: Arc<dyn Writer>,
    pub(crate) known: Arc<Known>,
    pub(crate) asker: Asker,
}

/// Whether a server's words say that a field has another type: those of InfluxDB 1 and 2, and of 3.
fn is_type_conflict(reason: &str) -> bool {
    reason.contains("field type conflict") || reason.contains("invalid column type")
}

#[async_trait]
impl Writer for Watched {
    fn in_flight(&self) -> usize {
        self.writer.in_flight()
    }

    async fn write(&self, batch: &LineBatch, traffic: &mut Traffic) -> Result<Written, Failure> {
        let written = self.writer.write(batch, traffic).await?;
        if written.rejects.iter().any(|reject| is_type_conflict(&reject.reason)) {
            self.known.forget(&self.asker);
        }
        Ok(written)
    }

    async fn finish(&self) -> Result<(), Failure> {
        self.writer.finish().await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use model::{Connection, FieldType, Reject, Target};

    use super::*;

    fn types() -> FieldTypes {
        FieldTypes([("f".to_owned(), BTreeSet::from([FieldType::Float]))].into())
    }

    fn asker(folder: &str) -> Asker {
        Asker::of(&ConnectionAccess::new(Connection::new(Target::File { folder: folder.to_owned() }), None))
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_said_holds_for_a_minute_and_for_its_own_asker_and_measurement() {
        let known = Known::default();
        known.keep(asker("/a"), "m", types());
        assert_eq!(known.types(&asker("/a"), "m"), Some(types()));
        assert_eq!(known.types(&asker("/a"), "n"), None);
        assert_eq!(known.types(&asker("/b"), "m"), None);
        tokio::time::advance(HOLDS).await;
        assert_eq!(known.types(&asker("/a"), "m"), None);
        known.keep(asker("/b"), "m", types());
        assert_eq!(known.places.lock().unwrap().len(), 1, "what is old is let go");
    }

    struct Refusing(&'static str);

    #[async_trait]
    impl Writer for Refusing {
        fn in_flight(&self) -> usize {
            1
        }
        async fn write(&self, _: &LineBatch, _: &mut Traffic) -> Result<Written, Failure> {
            let reject = Reject { row: 1, line: None, reason: self.0.to_owned(), values: None };
            Ok(Written { rejects: vec![reject], ..Written::default() })
        }
        async fn finish(&self) -> Result<(), Failure> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_line_that_is_refused_for_its_type_ends_what_was_known() {
        for (reason, is_forgotten) in [
            ("field type conflict: input field \"f\" on measurement \"m\" is type float, already exists as type integer", true),
            ("invalid column type for column 'f', expected iox::column_type::field::float, got iox::column_type::field::string", true),
            ("points beyond retention policy", false),
        ] {
            let known = Arc::new(Known::default());
            known.keep(asker("/a"), "m", types());
            let writer = Watched { writer: Arc::new(Refusing(reason)), known: Arc::clone(&known), asker: asker("/a") };
            let batch = LineBatch { body: bytes::Bytes::new(), lines: 1, rows: vec![(0, 1)] };
            writer.write(&batch, &mut Traffic::default()).await.unwrap();
            assert_eq!(known.types(&asker("/a"), "m").is_none(), is_forgotten, "{reason}");
        }
    }
}
