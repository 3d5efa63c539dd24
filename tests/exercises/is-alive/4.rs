//! Is it alive? An answer without waiting.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Event, Process, State, say, state, yes_or_no};

fn main() -> Result<()> {
    let go = Event::new()?;
    say!("makes a process");
    let work = || {
        say!("waits");
        go.wait();
        say!("ends");
    };
    // `process.is_alive()` would not compile: it is no `Child` until it has been started.
    let process = Process::new(work).name("child");

    let child = process.start()?;
    say!("has started it. Is it alive? {}", yes_or_no(child.is_alive()?));

    say!("lets it end");
    go.set();
    child.join()?;
    say!("it has ended: join says so");
    say!("is it alive? {}", yes_or_no(child.is_alive()?));
    say!("does the system list it? {}", yes_or_no(state(child.pid()) != State::Gone));
    say!("its exit code is {}", child.join()?.code());
    Ok(())
}
