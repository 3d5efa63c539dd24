//! The child closes its end before it says so: main may be faster with its line.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{PipeEnd, PipeError, Process, pause, pipe, say};

fn answer(main: PipeEnd<u32>) -> Result<(), PipeError> {
    for _ in 0..2 {
        let n = main.recv()?;
        say!("squares {n}");
        pause(Duration::from_millis(200));
        main.send(n * n)?;
    }
    drop(main);
    say!("hangs up");
    Ok(())
}

fn main() -> Result<()> {
    let (child_end, main_end) = pipe()?;
    let child = Process::new(move || answer(main_end)).name("child").start()?;
    for n in [2, 3] {
        say!("asks for the square of {n}");
        child_end.send(n)?;
    }
    while let Ok(square) = child_end.recv() {
        say!("hears {square}");
    }
    say!("hears that the child has hung up");
    child.join()?;
    say!("the child has ended");
    Ok(())
}
