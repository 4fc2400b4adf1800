//! The disk under the store is full for a while.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::ensure;

use crate::{
    ground::{Ground, Shape},
    report::Report,
    settings::Settings,
    writers::Writers,
};

/// A small disk of its own, which goes with it.
struct Disk(PathBuf);

impl Disk {
    /// Mounted in memory; an error where that is not allowed.
    fn mount(at: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(at)?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(at).output()?;
        ensure!(mounted.status.success(), "{}", String::from_utf8_lossy(&mounted.stderr).trim());
        Ok(Self(at.to_owned()))
    }

    /// Writes until nothing more fits.
    fn fill(&self) -> anyhow::Result<()> {
        let mut filler = std::fs::File::create(self.0.join("filler"))?;
        let mut size = 1 << 16;
        while size > 0 {
            if filler.write_all(&vec![b'x'; size]).is_err() {
                size /= 2;
            }
        }
        Ok(())
    }

    fn clear(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.0.join("filler"))?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that was just killed may still have a file open.
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
        let _removed = std::fs::remove_dir(&self.0);
    }
}

pub(super) async fn play(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let at = std::env::temp_dir().join(format!("tributary-faults-disk.{}", std::process::id()));
    let disk = match Disk::mount(&at) {
        Ok(disk) => disk,
        Err(refused) => {
            report.happened(format!("not played, a disk cannot be mounted here: {refused}"));
            return Ok(());
        }
    };
    let shape = Shape { data: Some(at.join("data")), page_rows: Some(5000), ..Shape::default() };
    let mut ground = Ground::open("disk-full", settings, shape).await?;
    ground.tributary.start(None).await?;
    ground.introduce().await?;
    ground.follow().await?;
    let writers = Writers::start(settings, &ground.table, &ground.url);
    let rounds = settings.kills.clamp(1, 20);
    let mut restarts = 0;
    for _ in 0..rounds {
        tokio::time::sleep(settings.length() / (rounds * 2)).await;
        let before = ground.tributary.told("full")?;
        disk.fill()?;
        tokio::time::sleep(settings.length() / (rounds * 2)).await;
        let met = ground.bites(50, |ground| Ok(ground.tributary.has_ended()? || ground.tributary.told("full")? > before)).await?;
        report.must(met, "the log never speaks of a full disk: the fault did not bite");
        if ground.tributary.has_ended()? {
            restarts += 1;
            disk.clear()?;
            ground.tributary.start(None).await?;
        } else {
            disk.clear()?;
        }
    }
    let written = writers.done().await?;
    report.count(format!("written: {written:?}"));
    let arrived = ground.arrived(Duration::from_secs(120) + settings.longest_hold()).await?;
    report.must(arrived, "not every row arrived");
    ground.judge(report).await?;
    report.happened(format!("the disk was full {rounds} times (a tmpfs of 24 MB); the server ended by itself {restarts} times"));
    report.must(restarts == 0, "the server must outlive a full disk");
    report.count(format!("its log says `full` {} times", ground.tributary.told("full")?));
    ground.tell_runs(report).await?;
    ground.close(report).await
}
