//! SIGKILL ends a parent: its daemon lives on, unless it was told to die with its parent.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, Process, Signal, current, pause, raise, say, state};

const MOMENT: Duration = Duration::from_millis(10);

fn follow(begun: &Event) {
    say!("begins, and would never end");
    begun.set();
    loop {
        pause(Duration::from_secs(1));
    }
}

fn serve(begun: &Event, follower: i32, seen: &Event, main: i32) {
    let parent = current().parent_pid();
    say!("begins; my parent is process {parent}");
    begun.set();
    while current().parent_pid() == parent {
        pause(MOMENT);
    }
    say!("lives on; my parent is now process {}", current().parent_pid());
    while state(follower).is_alive() {
        pause(MOMENT);
    }
    say!("the follower has died with our parent");
    seen.set();
    while state(main).is_alive() {
        pause(MOMENT);
    }
    say!("main has ended, too, and nobody has ended me");
}

fn parent(seen: &Event, main: i32) -> Result<()> {
    let (one, two) = (Event::new()?, Event::new()?);
    say!("I am process {} and start two daemons", current().pid());
    let follower = Process::new(|| follow(&one)).name("follower").daemon(true);
    let follower = follower.die_with_parent(true).start()?.pid();
    Process::new(|| serve(&two, follower, seen, main)).name("daemon").daemon(true).start()?;
    one.wait();
    two.wait();
    say!("kills itself");
    raise(Signal::SIGKILL)?;
    Ok(())
}

fn main() -> Result<()> {
    let (seen, main) = (Event::new()?, current().pid());
    say!("starts a parent");
    let parent = Process::new(|| parent(&seen, main)).name("parent").start()?;
    say!("the parent has ended: exit code {}", parent.join()?.code());
    // The follower's signal was sent before join returned; only this says that it has ended.
    seen.wait();
    Ok(())
}
