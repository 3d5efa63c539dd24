//! A process has a name, a number and a parent.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, current, say};

fn introduce() {
    let me = current();
    say!("I am {}, process {}, my parent is {}", me.name(), me.pid(), me.parent_pid());
}

fn introduce_with_child() -> Result<()> {
    introduce();
    let child = Process::new(introduce).start()?;
    say!("my child was {}", child.name());
    Ok(())
}

fn main() -> Result<()> {
    // Main's own parent is the shell, or whatever else started it.
    say!("I am {}, process {}", current().name(), current().pid());

    say!("starts three processes");
    let children = [
        Process::new(introduce).name("service").start()?,
        Process::new(introduce).name("worker").start()?,
        // Not named, so its default name counts: it is the third, whatever the others are called.
        Process::new(introduce_with_child).start()?,
    ];
    for child in &children {
        say!("{} is process {}", child.name(), child.pid());
    }

    for child in &children {
        child.join()?;
    }
    say!("all have ended");
    Ok(())
}
