//! Records of all processes on stderr, each with its level and its process's name.
#![forbid(unsafe_code)]

use anyhow::Result;
use log::{LevelFilter, Log, Metadata, Record, debug, info, warn};
use multiprocessing::{Process, current, say, say_err};

/// Where the records go. The macros below know nothing about it.
struct ToStderr;

impl Log for ToStderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            // One write for the whole record, so that no other process writes into its middle.
            say_err!("[{}/{}] {}", record.level(), current().name(), record.args());
        }
    }

    fn flush(&self) {}
}

fn work() {
    info!("begins");
    debug!("is below the level, so nobody sees it");
    say!("does some work");
    warn!("has little paper left");
    info!("ends");
}

fn main() -> Result<()> {
    log::set_logger(&ToStderr)?;
    log::set_max_level(LevelFilter::Info);

    info!("starts two workers");
    let first = Process::new(work).name("worker-1").start()?;
    log::set_max_level(LevelFilter::Debug);
    let second = Process::new(work).name("worker-2").start()?;
    first.join()?;
    second.join()?;
    info!("both have ended");
    Ok(())
}
