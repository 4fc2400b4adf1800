//! `tributary serve`: the server.

use clap::Args;

use super::{exit::Exit, output};
use crate::{
    config::{self, CheckOptions, ConsoleOptions, DataOptions, DriverOptions, FilesOptions, ListenOptions, OutboundOptions, SpoolOptions},
    house, serving,
};

/// Run the server: series on their schedules, the console, and the REST API.
#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    listen: ListenOptions,
    #[command(flatten)]
    console: ConsoleOptions,
    #[command(flatten)]
    files: FilesOptions,
    #[command(flatten)]
    checks: CheckOptions,
    #[command(flatten)]
    spool: SpoolOptions,
    #[command(flatten)]
    outbound: OutboundOptions,
    #[command(flatten)]
    drivers: DriverOptions,
}

impl Serve {
    /// Serves until it is asked to stop.
    ///
    /// # Errors
    /// When the data directory or the address cannot be used.
    pub async fn run(self) -> anyhow::Result<Exit> {
        let address = self.listen.loopback()?;
        let stop = serving::stop_on_signal()?;
        let data_dir = self.data.data_dir("server")?;
        let outbound = self.outbound.policy();
        let app = house::build_guarded(&data_dir, self.data.key_place(&data_dir), self.drivers.engines(), outbound.clone()).await?;
        app.store.limit_spool(self.spool.spool_max_bytes);
        let folder = self.files.folder()?;
        // Before anybody can ask: what files define is there from the first answer on.
        let files = house::follow_files(&app, folder.clone(), config::variables()).await;
        let listener = serving::listen(address, &outbound).await?;
        let console = self.console.console();
        output::say(format!("tributary {} serves http://{}", env!("CARGO_PKG_VERSION"), listener.local_addr()?));
        if !console.is_there().await {
            output::say("  console         none: this was built without Node.js");
        }
        output::say(format!("  data directory  {}", data_dir.display()));
        output::say(format!("  files           {}", folder.display()));
        output::say(format!("  API             http://{}/api/v1/openapi.json", listener.local_addr()?));
        serving::serve(app, console, Some(files), self.checks.check_every, listener, stop).await?;
        Ok(Exit::Done)
    }
}
