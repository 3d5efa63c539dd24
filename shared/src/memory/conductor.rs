//! The run is driven: `LESSON_CONDUCTOR` in the environment names the socket of whoever decides the
//! schedule. Each process stands still before each of its operations, and while it waits, and goes
//! on when it is told to. So one process runs at a time.
//!
//! One line each way at a time. A process says
//!
//! ```text
//! hello PID BIRTH-PLACE DIES NAME   first of all; it begins when it is told to
//!                                DIES: `1` if the end of its parent kills it, `0` if not
//! about OBJECT ACT PATIENCE      it stands before that, and goes on when it is told to
//! did OBJECT OP                  it has done that, and runs on
//! waits UNTIL WORD               it cannot go on before that, or that time
//! threads                        from here on another of its threads speaks: one stands while the others wait for their turn
//! goes on                        it has what it has waited for, or the time is over
//! ```
//!
//! (the words are explained in `event.rs`) and hears
//!
//! ```text
//! look           if it waits: is it there? It answers `yes` or `no`, and still waits.
//! go TIME        go on; the clock stands at so many nanoseconds
//! ```
//!
//! Whether a wait is over only the one who waits knows exactly, for it depends on the state of the
//! object alone. So it is asked, and nothing has to be guessed or computed twice.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::memory::event::Event;
use crate::memory::{clock, current, ending};

type Link = Option<BufReader<UnixStream>>;

static LINK: Mutex<Link> = Mutex::new(None);

/// Which thread has spoken last.
static SPEAKER: AtomicUsize = AtomicUsize::new(0);

fn this_thread() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

fn link() -> MutexGuard<'static, Link> {
    LINK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connects this process, and waits for its first turn. False: nobody drives. A new process gets a
/// connection of its own and lets go of its parent's first.
pub(crate) fn begin() -> bool {
    let Some(name) = std::env::var_os("LESSON_CONDUCTOR") else { return false };
    let mut link = link();
    *link = None;
    SPEAKER.store(this_thread(), Relaxed);
    let Ok(stream) = connect(&name) else { lost() };
    let (place, name) = (current::birth_place(), current::current());
    let link = link.insert(BufReader::new(stream));
    let dies = u8::from(dies_with_parent());
    say(link, &format!("hello {} {place} {dies} {}", current::pid(), name.name()));
    stand(link, None);
    true
}

fn dies_with_parent() -> bool {
    #[cfg(target_os = "linux")]
    return matches!(nix::sys::prctl::get_pdeathsig(), Ok(Some(_)));
    #[cfg(not(target_os = "linux"))]
    false
}

/// A name that begins with `@` is no file, and so none that could be left behind.
#[cfg(target_os = "linux")]
fn connect(name: &OsStr) -> io::Result<UnixStream> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::SocketAddr;
    match name.as_bytes().strip_prefix(b"@") {
        Some(name) => UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?),
        None => UnixStream::connect(name),
    }
}

#[cfg(not(target_os = "linux"))]
fn connect(name: &OsStr) -> io::Result<UnixStream> {
    UnixStream::connect(name)
}

/// What passes the seam.
pub(crate) fn hear(event: &Event<'_>) {
    let mut link = link();
    let Some(link) = link.as_mut() else { return };
    if SPEAKER.swap(this_thread(), Relaxed) != this_thread() {
        say(link, "threads");
    }
    say(link, &event.to_string());
    match *event {
        Event::About { .. } => stand(link, None),
        Event::Waits { ready, .. } => stand(link, Some(ready)),
        Event::Did { .. } | Event::GoesOn => {}
    }
}

fn say(link: &mut BufReader<UnixStream>, line: &str) {
    if link.get_mut().write_all(format!("{line}\n").as_bytes()).is_err() {
        lost()
    }
}

/// Stands still until it is told to go on.
fn stand(link: &mut BufReader<UnixStream>, ready: Option<&dyn Fn() -> bool>) {
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
            _ => say(link, if ready.is_some_and(|ready| ready()) { "yes" } else { "no" }),
        }
    }
}

/// Whoever drives is gone: the run is over, and not only its order.
fn lost() -> ! {
    ending::at_once(ALONE)
}

/// The exit status of a process that nobody drives any more.
const ALONE: i32 = 70;
