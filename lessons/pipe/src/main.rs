//! Questions go down a pipe, answers come back, and the end is told.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{PipeEnd, PipeError, Process, pause, pipe, say};

fn answer(main: &PipeEnd<u32>) -> Result<(), PipeError> {
    loop {
        match main.recv() {
            Ok(n) => {
                say!("squares {n}");
                pause(Duration::from_millis(200));
                main.send(n * n)?;
            }
            // The end of file: everything has been read, and nobody holds the other end.
            Err(PipeError::Closed) => break,
            Err(error) => return Err(error),
        }
    }
    say!("hears that main has hung up");
    Ok(())
}

fn main() -> Result<()> {
    let (child_end, main_end) = pipe()?;
    // `move`: main's copy of this end is closed by start(), so that there is only the child's.
    let child = Process::new(move || answer(&main_end)).name("child").start()?;

    // Two questions at once: each way of the pipe keeps what nobody has read yet.
    for n in [2, 3] {
        say!("asks for the square of {n}");
        child_end.send(n)?;
    }
    for n in [2, 3] {
        say!("{n} squared is {}", child_end.recv()?);
    }

    say!("hangs up");
    drop(child_end);
    child.join()?;
    say!("the child has ended");
    Ok(())
}
