//! A queue for threads is copied by the fork, a queue for processes is shared.
#![forbid(unsafe_code)]

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Result;
use multiprocessing::{Process, Queue, say, yes_or_no};

const LIMIT: Duration = Duration::from_millis(200);

type Item = String;

fn put(to: &Sender<Item>, of_threads: &Receiver<Item>, of_processes: &Queue<Item>) -> Result<()> {
    say!("puts an item into each");
    to.send("the child's".to_owned())?;
    of_processes.put("the child's".to_owned())?;
    // The fork copied `to` and `of_threads`, and the items that were waiting between them.
    for item in of_threads.try_iter() {
        say!("takes {item} from the queue of threads");
    }
    Ok(())
}

fn main() -> Result<()> {
    let (to, of_threads) = mpsc::channel();
    let of_processes = Queue::unbounded()?;

    say!("puts an item into each");
    let child = Process::new(|| put(&to, &of_threads, &of_processes)).name("child").start()?;
    to.send("main's".to_owned())?;
    of_processes.put("main's".to_owned())?;

    child.join()?;
    for item in of_threads.try_iter() {
        say!("takes {item} from the queue of threads");
    }
    say!("the queue of processes has {} items", of_processes.len());

    let start = Instant::now();
    let nothing = of_threads.recv_timeout(LIMIT).is_err();
    let waited = start.elapsed() >= LIMIT;
    say!("a get from the empty queue of threads waits: {}", yes_or_no(nothing && waited));
    Ok(())
}
