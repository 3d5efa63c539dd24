//! Only the process that started a child can join it. Any other is refused, and nobody waits.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, say};

fn main() -> Result<()> {
    say!("starts a child, then a sibling that inherits its handle");
    let go = Event::new()?;
    let child = Process::new(|| {
        say!("waits");
        go.wait();
        say!("has worked to the end");
    })
    .name("child")
    .start()?;

    let sibling = Process::new(|| -> Result<()> {
        say!("joins the child");
        child.join()?;
        say!("the child has ended");
        Ok(())
    })
    .name("sibling")
    .start()?;

    say!("the sibling: exit code {}", sibling.join()?.code());
    // Only now can the child end: the sibling has not waited for it.
    go.set();
    say!("the child: exit code {}", child.join()?.code());
    Ok(())
}
