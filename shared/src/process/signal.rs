//! Signals, and a process that sends one to itself.

use std::fmt::{self, Debug, Display};
use std::io;

use nix::errno::Errno;
use nix::sys::signal::Signal as Named;

use crate::memory::current;
use crate::memory::seam::{self, Act, Op, Text};

/// A signal, by the number that it has here.
///
/// ```
/// use multiprocessing::Signal;
/// assert_eq!(Signal::SIGTERM.to_string(), "SIGTERM");
/// assert_eq!(Signal(15), Signal::SIGTERM);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signal(pub i32);

macro_rules! signals {
    ($($name:ident),+) => {
        /// Those that have names on every Unix. Not all numbers are the same everywhere.
        #[expect(missing_docs, reason = "the manual page signal(7) describes them")]
        impl Signal {
            $(pub const $name: Signal = Signal(libc::$name);)+
        }
    };
}
signals!(
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV,
    SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU
);

/// Its name; real-time signals have none: `signal 34`.
impl Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Named::try_from(self.0) {
            Ok(named) => f.pad(named.as_str()),
            Err(_) => write!(f, "signal {}", self.0),
        }
    }
}

/// The same.
impl Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// Sends a signal to this process itself (Python: `signal.raise_signal`).
///
/// # Errors
/// There is no such signal.
#[allow(unsafe_code)]
pub fn raise(signal: Signal) -> io::Result<()> {
    let target = current::pid();
    let what = Text(&format_args!("{signal} to itself"));
    seam::about_this(Act::Signal, 0, what).did(|| Op::Signal { target, signal: signal.0 });
    // SAFETY: the call takes a number. What a handler does was for whoever installed it to say.
    Errno::result(unsafe { libc::raise(signal.0) })?;
    Ok(())
}
