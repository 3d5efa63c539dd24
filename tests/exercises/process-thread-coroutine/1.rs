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

    thread::scope(|scope| scope.spawn(|| add(&list, "a thread")).join()).expect("no panic");
    show(&list);

    // There is one thread again. The fork copies the list as it is now.
    let work = || {
        add(&list, "a process");
        show(&list);
    };
    Process::new(work).name("child").start()?.join()?;
    show(&list);

    let its_list = Arc::clone(&list);
    let runtime = Builder::new_current_thread().build()?;
    let tasks = LocalSet::new();
    let task = tasks.spawn_local(async move { add(&its_list, "a task") });
    tasks.block_on(&runtime, task)?;
    show(&list);
    Ok(())
}
