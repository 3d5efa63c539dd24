//! Both readers see every item: a queue for each, and an end mark.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{PipeEnd, Process, pause, pipe, say};

// None is the end mark.
type End = PipeEnd<Option<u32>>;

fn write(to_1: &End, to_2: &End) -> Result<()> {
    for i in 0..2 {
        // Said before the sends, so this line comes before everything that the item causes.
        say!("puts {i}");
        to_1.send(Some(i))?;
        to_2.send(Some(i))?;
        pause(Duration::from_millis(300));
    }
    say!("puts the end mark");
    to_1.send(None)?;
    to_2.send(None)?;
    Ok(())
}

fn read(from: &End) {
    while let Some(item) = next(from) {
        say!("reads {item}");
    }
    say!("sees the end mark");
}

fn next(from: &End) -> Option<u32> {
    // An error means that the sender died before its end mark: nothing more can come.
    from.recv().unwrap_or_else(|error| {
        say!("lost the sender: {error}");
        None
    })
}

fn main() -> Result<()> {
    say!("one writer, two readers");

    // `move` gives each end to the process that uses it; start() drops main's copy. A copy that
    // is left in main or in a later child would hide the writer's death from its reader.
    let (to_1, from_1) = pipe()?;
    let (to_2, from_2) = pipe()?;
    let writer = Process::new(move || write(&to_1, &to_2)).name("writer").start()?;
    let first = Process::new(move || read(&from_1)).name("reader-1").start()?;
    let second = Process::new(move || read(&from_2)).name("reader-2").start()?;

    writer.join()?;
    first.join()?;
    second.join()?;
    say!("all three have ended");
    Ok(())
}
