//! Builds the house: the only place where the rooms are put together.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use flow::{Flow, Settings};
use foreign::Variables;
use influx::{Drivers, http::Outbound};
use model::{Clock, edges};
use sql::Engines;
use store::{KeyPlace, Store};

use crate::{
    app::{App, AtOnce, Checks, Provisioning, Streams},
    clock::MachineClock,
    files::Files,
};

/// The rooms on top of the store in `data_dir`, ready to serve. Nothing runs yet.
///
/// # Errors
/// When the store cannot be opened: in use by another process, made by a later version, the key missing.
pub async fn build(data_dir: &Path, key: KeyPlace) -> anyhow::Result<App> {
    build_guarded(data_dir, key, Engines::new(), Arc::default()).await
}

/// The same with these engines and under an outbound policy, which may learn of own listeners later.
///
/// # Errors
/// As [`build`].
pub async fn build_guarded(data_dir: &Path, key: KeyPlace, engines: Engines, outbound: Arc<Outbound>) -> anyhow::Result<App> {
    let clock: Arc<dyn Clock> = Arc::new(MachineClock);
    let store = Store::open(data_dir, key, clock.clone()).await?;
    let databases: Arc<dyn edges::Databases> = Arc::new(engines);
    let drivers = Arc::new(Drivers::guarded(clock.clone(), outbound)?);
    let (influx, kapacitors): (Arc<dyn edges::Influx>, Arc<dyn edges::Kapacitors>) = (drivers.clone(), drivers);
    let flow = Arc::new(Flow::new(Arc::new(store.clone()), databases.clone(), influx.clone(), clock.clone(), Settings::default()));
    let (checks, provisioning, streams) = (Checks::default(), Provisioning::default(), Streams::default());
    let databases = Arc::new(AtOnce::new(databases));
    Ok(App { store, databases, influx, kapacitors, flow, clock, checks, provisioning, streams })
}

/// Makes the store what the files of `folder` and the environment say. What is returned follows every change of them once it runs.
pub async fn follow_files(app: &App, folder: PathBuf, variables: Variables) -> Files {
    Files::open(app.clone(), folder, variables).await
}
