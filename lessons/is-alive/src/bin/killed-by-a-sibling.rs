//! A sibling asks about a child that it did not start, and then tries to end it.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, say};

fn main() -> Result<()> {
    say!("starts a child, then a sibling that inherits its handle");
    let go = Event::new()?;
    let child = Process::new(|| go.wait()).name("child").start()?;

    let sibling = Process::new(|| {
        if let Err(refused) = child.is_alive() {
            say!("may not ask: {refused}");
        }
        say!("terminates the child");
        if let Err(refused) = child.terminate() {
            say!("may not: {refused}");
        }
    })
    .name("sibling")
    .start()?;
    sibling.join()?;

    say!("lets the child end, if it still can");
    go.set();
    say!("the child: exit code {}", child.join()?.code());
    Ok(())
}
