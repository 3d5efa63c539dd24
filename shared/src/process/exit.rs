//! How a process ended, and how the result of a function becomes the end of its process.

use std::fmt::{self, Display};

use crate::lesson::say;
use crate::process::signal::Signal;

/// How a process ended (Python: `Process.exitcode`).
///
/// ```
/// use multiprocessing::{Exit, Signal};
/// assert_eq!(Exit::Signal(Signal::SIGTERM).code(), -15);
/// assert_eq!(Exit::Code(3).to_string(), "exit code 3");
/// assert!(Exit::Code(0).success());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It ended by itself, with this number from 0 to 255.
    Code(i32),
    /// A signal ended it.
    Signal(Signal),
}

impl Exit {
    /// Python's convention: the exit code, or minus the number of the signal (−15 for SIGTERM).
    pub fn code(self) -> i32 {
        match self {
            Exit::Code(code) => code,
            Exit::Signal(signal) => -signal.0,
        }
    }

    /// Whether it ended by itself, with exit code 0.
    pub fn success(self) -> bool {
        self == Exit::Code(0)
    }

    /// From the status that `waitpid` gives for a process that has ended.
    pub(crate) fn from_wait_status(status: i32) -> Exit {
        if libc::WIFEXITED(status) {
            return Exit::Code(libc::WEXITSTATUS(status));
        }
        Exit::Signal(Signal(libc::WTERMSIG(status)))
    }
}

impl Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit code {code}"),
            Exit::Signal(signal) => write!(f, "killed by {signal} ({})", self.code()),
        }
    }
}

/// What the function of a process may return.
///
/// | the function returns | exit code |
/// |---|---|
/// | `()`, `Ok(())` | 0 |
/// | an integer | itself, of which the system keeps 8 bits: 256 becomes 0, −1 becomes 255 |
/// | `Err(error)` | 1, after one line `name: error` on stderr |
/// | it panics | 101, after one line `name: message` on stderr |
///
/// Python ignores what the function returns; there `sys.exit(3)` sets a code, as
/// [`std::process::exit`] does here, too. A Python function that raises an exception ends with 1.
pub trait IntoExit {
    /// The exit code of the process.
    fn into_exit(self) -> i32;
}

impl IntoExit for () {
    fn into_exit(self) -> i32 {
        0
    }
}

impl IntoExit for i32 {
    fn into_exit(self) -> i32 {
        self
    }
}

impl IntoExit for u8 {
    fn into_exit(self) -> i32 {
        self.into()
    }
}

/// Passes on how another process ended; a signal becomes 128 plus its number, as in a shell.
impl IntoExit for Exit {
    fn into_exit(self) -> i32 {
        match self.code() {
            signal @ ..0 => 128 - signal,
            code => code,
        }
    }
}

/// `{error:#}` is what is printed: of an [`anyhow::Error`] that is the whole chain of causes.
impl<T: IntoExit, E: Display> IntoExit for Result<T, E> {
    fn into_exit(self) -> i32 {
        match self {
            Ok(value) => value.into_exit(),
            Err(error) => {
                say::complain(&format!("{error:#}"));
                1
            }
        }
    }
}

/// For functions that loop until they are killed.
impl IntoExit for Never {
    fn into_exit(self) -> i32 {
        self
    }
}

/// The type `!`, which has no name in stable Rust except as what such a function returns.
type Never = <fn() -> ! as Returns>::Value;

#[doc(hidden)]
pub trait Returns {
    type Value;
}

impl<T> Returns for fn() -> T {
    type Value = T;
}
