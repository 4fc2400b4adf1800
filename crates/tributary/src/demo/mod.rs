//! `tributary demo`: a small web shop whose orders keep coming, fed into InfluxDB at regular intervals.
//!
//! Everything is real: the shop is a SQLite database, the InfluxDB is one that answers here or is started for the demo, the server is
//! the one `tributary serve` runs. A demo that was interrupted, however rudely, goes on in the same data directory where it stood.

mod objects;
mod screen;
mod shop;
mod target;

use std::{sync::Arc, thread, time::Duration};

use anyhow::Context;
use clap::Args;
use influx::http::Outbound;
use model::Clock;
use shop::Shop;
use url::Url;

use crate::{
    cli::{
        exit::Exit,
        output::{line, say},
    },
    clock::MachineClock,
    config::{ConsoleOptions, DataOptions, ListenOptions},
    house,
    rounds::CheckEvery,
    serving,
};

/// Often, so that there is something to see soon.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// Run a web shop whose orders flow into InfluxDB, to see it work.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  tributary demo                             look at it, stop it with Ctrl-C, start it again: it goes on"
)]
pub struct Demo {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    listen: ListenOptions,
    #[command(flatten)]
    console: ConsoleOptions,

    /// An InfluxDB 1.x without login to write to [default: the one on http://localhost:8086, else an influxd found on this machine, else
    /// files]
    #[arg(long, value_name = "URL")]
    influxdb: Option<Url>,
}

impl Demo {
    /// Runs until it is asked to stop.
    ///
    /// # Errors
    /// When the data directory, the address or the InfluxDB cannot be used.
    pub async fn run(self) -> anyhow::Result<Exit> {
        let address = self.listen.loopback()?;
        let stop = serving::stop_on_signal()?;
        let dir = self.data.data_dir("demo")?;
        let clock: Arc<dyn Clock> = Arc::new(MachineClock);

        // First of all, because it holds the lock on the directory: a second demo must not touch the first one's InfluxDB.
        let outbound = Arc::new(Outbound::default());
        let app = house::build_guarded(&dir, self.data.key_place(&dir), sql::Engines::new(), outbound.clone()).await?;
        let listener = serving::listen(address, &outbound).await?;
        let place = target::find(&dir, self.influxdb.as_ref(), clock.clone()).await?;
        let shop_file = dir.join("shop.db");
        let shop = Shop::open(&shop_file, clock.as_ref())?;
        objects::ensure(&app, &shop_file, place.connection()).await.context("setting up the demo")?;

        let console = self.console.console();
        if console.is_there().await {
            say(format!("tributary demo: open http://{}", listener.local_addr()?));
        } else {
            say("tributary demo (no console: this was built without Node.js)");
        }
        say(format!("  reads    a web shop whose orders keep coming: {}", shop_file.display()));
        say(format!("  writes   to {}", place.describe()));
        say(format!("  API      http://{}/api/v1/openapi.json", listener.local_addr()?));
        say(format!("  look     {}", place.look()));
        say(format!("  or       tributary --server http://{} run list", listener.local_addr()?));
        say("  Ctrl-C stops it; started again, it goes on and makes up for the slots it missed.");
        line("")?;

        let customers = {
            let (clock, stop) = (clock.clone(), stop.clone());
            thread::Builder::new().name("customers".to_owned()).spawn(move || shop::keep_open(shop, &clock, &stop))?
        };
        let screen = tokio::spawn(screen::show(app.clone(), stop.clone()));
        let served = serving::serve(app, console, None, CheckEvery::Interval(CHECK_EVERY), listener, stop.clone()).await;
        stop.cancel();
        screen.await.context("the table broke")??;
        customers.join().map_err(|_| anyhow::anyhow!("the shop broke"))??;
        target::leave(&dir, &place).await?;
        served?;
        Ok(Exit::Done)
    }
}
