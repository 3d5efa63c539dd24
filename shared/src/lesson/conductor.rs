//! The run is driven: `LESSON_CONDUCTOR` in the environment names the socket of whoever decides the
//! schedule. Each process stands still before each of its operations, and while it waits, and goes
//! on when it is told to. So one process runs at a time.
//!
//! One line each way at a time. A process says
//!
//! ```text
//! hello PID BIRTH-PLACE NAME     first of all; it begins when it is told to
//! about OBJECT ACT PATIENCE      it stands before that, and goes on when it is told to
//! did OBJECT OP                  it has done that, and runs on
//! waits UNTIL WORD               it cannot go on before that (the word of `board.rs`), or that time
//! goes on                        it has what it has waited for, or the time is over
//! ```
//!
//! (`PATIENCE` is how many nanoseconds the call would wait, `0` if it never waits, and `-` for ever), and
//! hears
//!
//! ```text
//! look           if it waits: is it there? It answers `yes` or `no`, and still waits.
//! go TIME        go on; the clock stands at so many nanoseconds
//! ```
//!
//! Whether a wait is over only the one who waits knows exactly, for it depends on the state of the
//! object alone. So it is asked, and nothing has to be guessed or computed twice.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::memory::event::{Event, Ready, Step};
use crate::memory::{clock, current, ending, seam};

type Link = Option<BufReader<UnixStream>>;

static LINK: Mutex<Link> = Mutex::new(None);

fn link() -> MutexGuard<'static, Link> {
    LINK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connects this process, and waits for its first turn. False: nobody drives. A new process gets a
/// connection of its own and lets go of its parent's first.
pub(crate) fn begin() -> bool {
    let Some(path) = std::env::var_os("LESSON_CONDUCTOR") else { return false };
    let mut link = link();
    *link = None;
    let Ok(stream) = UnixStream::connect(path) else { lost() };
    let identity: Vec<String> = current::identity().iter().map(u32::to_string).collect();
    let (place, name) = (identity.join("."), current::current());
    let place = if place.is_empty() { "main" } else { &place };
    let hello = format!("hello {} {place} {}", current::pid(), name.name());
    let link = link.insert(BufReader::new(stream));
    say(link, &hello);
    stand(link, None);
    seam::is_driven_from_now_on();
    true
}

/// What passes the seam.
pub(crate) fn listen(step: Step<'_>) {
    let mut link = link();
    let Some(link) = link.as_mut() else { return };
    match step.event {
        Event::About { act, object, patience } => {
            say(link, &format!("about {object} {act:?} {}", nanoseconds(patience)));
            stand(link, None);
        }
        Event::Did { op, object } => say(link, &format!("did {object} {op:?}")),
        Event::Waits { object, condition, until, ready } => {
            let word = condition.word(object, until.is_some());
            say(link, &format!("waits {} {word}", nanoseconds(until)));
            stand(link, Some(ready));
        }
        Event::GoesOn => say(link, "goes on"),
    }
}

/// Never, and what is too far away to be counted, is `-`.
fn nanoseconds(time: Option<Duration>) -> String {
    let whole = time.and_then(|time| u64::try_from(time.as_nanos()).ok());
    whole.map_or("-".to_owned(), |nanoseconds| nanoseconds.to_string())
}

fn say(link: &mut BufReader<UnixStream>, line: &str) {
    // A text may hold line breaks; as Debug prints it, it does not.
    if link.get_mut().write_all(format!("{line}\n").as_bytes()).is_err() {
        lost()
    }
}

/// Stands still until it is told to go on.
fn stand(link: &mut BufReader<UnixStream>, ready: Option<Ready<'_>>) {
    loop {
        let mut line = String::new();
        if !matches!(link.read_line(&mut line), Ok(1..)) {
            lost()
        }
        match line.trim_end().split_once(' ') {
            Some(("go", time)) => {
                let time = time.parse().unwrap_or_else(|_| lost());
                return clock::set(Duration::from_nanos(time));
            }
            _ => say(link, if ready.is_some_and(|ready| (ready.0)()) { "yes" } else { "no" }),
        }
    }
}

/// Whoever drives is gone: the run is over, and not only its order.
fn lost() -> ! {
    ending::at_once(ALONE)
}

/// The exit status of a process that nobody drives any more.
const ALONE: i32 = 70;
