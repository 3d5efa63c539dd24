//! Broken: main hangs up on child-1, but child-2 has a copy of main's end, and no end of file comes.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{PipeEnd, Process, pipe, say};

fn answer(main: &PipeEnd<u32>) -> Result<()> {
    while let Ok(n) = main.recv() {
        say!("squares {n}");
        main.send(n * n)?;
    }
    say!("hears that main has hung up");
    Ok(())
}

fn main() -> Result<()> {
    let (end_1, main_end) = pipe()?;
    let child_1 = Process::new(move || answer(&main_end)).name("child-1").start()?;
    // Main holds end_1 now, so this child inherits it, although it never uses it.
    let (end_2, main_end) = pipe()?;
    let child_2 = Process::new(move || answer(&main_end)).name("child-2").start()?;

    say!("asks both");
    end_1.send(2)?;
    end_2.send(3)?;
    say!("the squares are {} and {}", end_1.recv()?, end_2.recv()?);

    say!("hangs up on child-1 and joins it");
    drop(end_1);
    child_1.join()?;
    say!("hangs up on child-2 and joins it");
    drop(end_2);
    child_2.join()?;
    Ok(())
}
