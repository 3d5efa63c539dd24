//! A sibling asks main to end a child that it did not start.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, say};

fn main() -> Result<()> {
    say!("starts a child, then a sibling that inherits its handle");
    let (go, please) = (Event::new()?, Event::new()?);
    let child = Process::new(|| go.wait()).name("child").start()?;

    let sibling = Process::new(|| {
        say!("asks main to terminate the child");
        please.set();
    })
    .name("sibling")
    .start()?;
    please.wait();
    say!("terminates it");
    child.terminate()?;
    sibling.join()?;
    say!("the child: exit code {}", child.join()?.code());
    Ok(())
}
