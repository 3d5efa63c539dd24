//! How a process ends before its function returns, or right after.
//!
//! What has to be done before, only files further up can do: they have registered it.

use std::io::{self, Write};
use std::sync::OnceLock;

use crate::memory::current;

/// What is done at the end of a process.
pub(crate) struct Ways {
    /// Tells the exit code, terminates the daemons and waits for all other children.
    pub(crate) wait_for_children: fn(i32),
    /// Ends all children now.
    pub(crate) end_children: fn(),
    /// Ends this process quietly if nobody reads where it prints.
    pub(crate) if_nobody_reads: fn(),
}

/// Set before the first fork and inherited; until then there are neither children nor others who
/// print in the same place.
static WAYS: OnceLock<Ways> = OnceLock::new();

pub(crate) fn register(ways: Ways) {
    let _the_same = WAYS.set(ways);
}

/// Ends a process whose main is its parent's: without the parent's handlers for the end.
pub(crate) fn finish(code: i32) -> ! {
    if let Some(ways) = WAYS.get() {
        (ways.wait_for_children)(code);
    }
    // Nobody is left to tell an error.
    let _ = io::stdout().flush();
    at_once(code)
}

/// Ends this process in the way that is right for it.
pub(crate) fn quit(code: i32) -> ! {
    if current::is_forked() { finish(code) } else { std::process::exit(code) }
}

/// Ends this process because of what it was told, for instance in its environment.
pub(crate) fn refuse(why: &str) -> ! {
    complain(why);
    quit(2)
}

/// One line on stderr, in a way that needs no lock and passes no seam.
pub(crate) fn complain(why: &str) {
    let line = format!("{}: {why}\n", current::current().name());
    // If stderr is closed, too, only the exit status is left to tell.
    let _ = nix::unistd::write(io::stderr(), line.as_bytes());
}

/// Ends this process by SIGPIPE, as a program ends whose output nobody reads, with its children.
pub(crate) fn by_sigpipe() -> ! {
    use nix::sys::signal::{SigSet, Signal, raise};
    if let Some(ways) = WAYS.get() {
        (ways.end_children)();
    }
    restore_sigpipe();
    let _ = SigSet::from(Signal::SIGPIPE).thread_unblock();
    let _ = raise(Signal::SIGPIPE);
    // The signal has left us no other end.
    at_once(128 + Signal::SIGPIPE as i32)
}

/// To be called while waiting: whoever would end the wait may have met a closed pipe and ended.
#[inline]
pub(crate) fn if_nobody_reads() {
    if let Some(ways) = WAYS.get() {
        (ways.if_nobody_reads)();
    }
}

#[allow(unsafe_code)]
fn restore_sigpipe() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: the default action is no handler, so no code of ours runs inside a signal.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}

#[allow(unsafe_code)]
pub(crate) fn at_once(code: i32) -> ! {
    // SAFETY: _exit takes any number and touches no memory.
    unsafe { libc::_exit(code) }
}
