//! A private buffer is partly full at the fork: its contents come out twice.
#![forbid(unsafe_code)]

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use multiprocessing::{Process, current, say, stdout};

fn write(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "{:<10} | {text}", current().name())
}

fn main() -> Result<()> {
    say!("writes one line into a buffer of its own");
    let mut out = BufWriter::new(stdout());
    write(&mut out, "this was written once")?;

    // start() flushes the standard library's buffer. It cannot know about this one.
    let child = Process::new(|| {
        write(&mut out, "flushes its copy of the buffer")?;
        out.flush()
    });
    child.name("child").start()?.join()?;

    say!("the child has ended, flushes the buffer");
    out.flush()?;
    Ok(())
}
