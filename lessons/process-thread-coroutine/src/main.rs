//! A process has its own memory, a thread its own stack, a task neither.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};
use std::{fs, thread};

use anyhow::{Context, Result};
use multiprocessing::{Process, current, say};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

type List = Arc<Mutex<Vec<&'static str>>>;

/// The number that the system has for this thread. Linux tells it here: `PID/task/THREAD`.
fn thread_id() -> Result<i32> {
    let link = fs::read_link("/proc/thread-self")?;
    let name = link.file_name().and_then(|name| name.to_str()).context("no thread")?;
    Ok(name.parse()?)
}

fn add(list: &List, who: &'static str) -> Result<()> {
    say!("{who}: process {}, thread {}", current().pid(), thread_id()?);
    list.lock().expect("nobody has panicked").push(who);
    Ok(())
}

fn show(list: &List) {
    say!("the list: {}", list.lock().expect("nobody has panicked").join(", "));
}

fn main() -> Result<()> {
    let list = List::default();
    add(&list, "main")?;

    // The process first, while there is one thread: a fork copies only its caller. It copies the
    // list as well, so an Arc and a Mutex share it among the threads of one process only.
    Process::new(|| add(&list, "a process")).name("child").start()?.join()?;
    show(&list);

    thread::scope(|scope| scope.spawn(|| add(&list, "a thread")).join()).expect("no panic")?;
    show(&list);

    let its_list = Arc::clone(&list);
    let runtime = Builder::new_current_thread().build()?;
    let tasks = LocalSet::new();
    let task = tasks.spawn_local(async move { add(&its_list, "a task") });
    tasks.block_on(&runtime, task)??;
    show(&list);
    Ok(())
}
