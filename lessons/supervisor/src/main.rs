//! A supervisor restarts what dies, and gives up in time.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, Queue, Signal, pause, raise, say, wait};

// Without a limit, a worker that always dies would be restarted forever.
const RESTARTS: usize = 2;

fn serve(stop: &Event) -> Result<()> {
    say!("serves");
    stop.wait();
    say!("is told to stop, and ends");
    Ok(())
}

fn work(tasks: &Queue<u32>) -> Result<()> {
    say!("takes task {}", tasks.get()?);
    pause(Duration::from_millis(300));
    // As the system does when memory runs out. The process has no say in it.
    raise(Signal::SIGKILL)?;
    Ok(())
}

fn main() -> Result<ExitCode> {
    let stop = Event::new()?;
    let tasks = Queue::unbounded()?;
    (1..=4).try_for_each(|task| tasks.put(task))?;
    let jobs: [(&str, &dyn Fn() -> Result<()>); 2] =
        [("server", &|| serve(&stop)), ("worker", &|| work(&tasks))];
    let start = |at: usize, life: usize| {
        let (name, job) = jobs[at];
        Process::new(job).name(format!("{name}-{life}")).start()
    };

    say!("starts a server and a worker");
    let mut lives = [1, 1];
    let mut children = [start(0, 1)?, start(1, 1)?];
    loop {
        // Whichever it is. A join would wait for one of them, and not notice the end of the other.
        let at = wait(&[&children[0], &children[1]])?[0];
        let (name, code) = (children[at].name(), children[at].join()?.code());
        if lives[at] > RESTARTS {
            say!("{name} has died, exit code {code}: gives up");
            break;
        }
        say!("{name} has died, exit code {code}: restart {} of {RESTARTS}", lives[at]);
        lives[at] += 1;
        children[at] = start(at, lives[at])?;
    }

    // Giving up must not leave anybody behind.
    stop.set();
    for child in &children {
        child.join()?;
    }
    say!("all have ended; {} of 4 tasks is left", tasks.len());
    Ok(ExitCode::FAILURE)
}
