//! Broken: main puts a fourth item into a queue for three, and nobody takes one out.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Queue, say};

fn main() -> Result<()> {
    let queue = Queue::bounded(3)?;
    for item in 1..=4 {
        say!("puts item {item}");
        queue.put(item)?;
    }
    say!("all four are in");
    Ok(())
}
