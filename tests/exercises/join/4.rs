//! Only the process that started a child can join it. Any other can wait for what it says.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, say};

fn main() -> Result<()> {
    say!("starts a child, then a sibling that inherits its handle");
    let (go, finished) = (Event::new()?, Event::new()?);
    let child = Process::new(|| {
        say!("waits");
        go.wait();
        say!("has worked to the end");
        finished.set();
    })
    .name("child")
    .start()?;

    let sibling = Process::new(|| {
        say!("waits for the child");
        finished.wait();
        say!("the child has finished");
    })
    .name("sibling")
    .start()?;

    go.set();
    say!("the sibling: exit code {}", sibling.join()?.code());
    say!("the child: exit code {}", child.join()?.code());
    Ok(())
}
