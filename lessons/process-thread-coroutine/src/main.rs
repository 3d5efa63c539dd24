//! A process has its own memory, a thread its own stack, a task neither.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::Result;
use multiprocessing::{Process, current, say};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

type List = Arc<Mutex<Vec<&'static str>>>;

fn add(list: &List, who: &'static str) {
    say!("{who}: process {}, thread {}", current().pid(), current().thread_id());
    list.lock().expect("nobody has panicked").push(who);
}

fn show(list: &List) {
    say!("the list: {}", list.lock().expect("nobody has panicked").join(", "));
}

fn main() -> Result<()> {
    let list = List::default();
    add(&list, "main");

    // The process first, while there is one thread: a fork copies only its caller. It copies the
    // list as well, so an Arc and a Mutex share it among the threads of one process only.
    Process::new(|| add(&list, "a process")).name("child").start()?.join()?;
    show(&list);

    thread::scope(|scope| scope.spawn(|| add(&list, "a thread")).join()).expect("no panic");
    show(&list);

    let its_list = Arc::clone(&list);
    let runtime = Builder::new_current_thread().build()?;
    let tasks = LocalSet::new();
    let task = tasks.spawn_local(async move { add(&its_list, "a task") });
    tasks.block_on(&runtime, task)?;
    show(&list);
    Ok(())
}
