//! Broken: each waits for the other to speak first.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{PipeEnd, Process, pipe, say};

fn answer(main: &PipeEnd<u32>) -> Result<()> {
    say!("listens");
    let n = main.recv()?;
    main.send(n * n)?;
    Ok(())
}

fn main() -> Result<()> {
    let (child_end, main_end) = pipe()?;
    let child = Process::new(move || answer(&main_end)).name("child").start()?;
    say!("listens");
    say!("hears {}", child_end.recv()?);
    child_end.send(3)?;
    child.join()?;
    Ok(())
}
