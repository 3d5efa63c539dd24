//! A process that this one has started.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal;
use nix::unistd::Pid;

use crate::memory::clock::{Time, after};
use crate::memory::current::{self, Current};
use crate::memory::ending;
use crate::memory::seam::{self, Act, Condition, Op, Text, waits_for};
use crate::process::error::ProcessError;
use crate::process::exit::Exit;
use crate::process::sentinel::Sentinel;
use crate::process::signal::Signal;

/// A started process, for the process that started it (Python: a `Process` after `start()`).
///
/// A clone is another handle on the same child. Dropping the handles does nothing: the child goes
/// on, and its creator, when it ends, waits for it (or terminates it, if it is a daemon).
///
/// When the child dies, in whatever way, [`join`](Child::join) returns and says how. When its
/// creator is killed, the child goes on as an orphan, daemon or not, as in CPython.
///
/// Errors: only the creator may ask, wait and send signals; another process that has inherited
/// this handle gets [`ProcessError::NotCreator`]. [`ProcessError::Lost`] says that there is no way
/// left to know how the child ended.
#[derive(Clone, Debug)]
pub struct Child(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    name: Arc<str>,
    pid: i32,
    daemon: bool,
    creator: (i32, Current),
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Not waited for: `pid` is this child's and nobody else's, even when it has ended.
    Running,
    Ended(Exit),
    Lost,
}

impl Child {
    /// Of a child of this process that was started this instant.
    pub(crate) fn new(name: Arc<str>, pid: i32, daemon: bool) -> Child {
        let creator = (current::pid(), current::current());
        Child(Arc::new(Shared { name, pid, daemon, creator, state: Mutex::new(State::Running) }))
    }

    /// Its name (Python: `Process.name`).
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its number (Python: `Process.pid`). Once the child has ended and was joined, the system
    /// may give the same number to another process.
    pub fn pid(&self) -> i32 {
        self.0.pid
    }

    /// Whether it is still alive (Python: `is_alive()`). A stopped child is alive; one that has
    /// ended is not, whether or not it was joined.
    pub fn is_alive(&self) -> Result<bool, ProcessError> {
        self.only_creator("ask about")?;
        self.look().map(|exit| exit.is_none())
    }

    /// Waits until the child has ended, and says how (Python: `join()`, then `exitcode`). Joining
    /// again gives the same answer at once.
    ///
    /// ```
    /// use multiprocessing::{Exit, Process};
    /// let child = Process::new(|| 3).start()?;
    /// assert_eq!(child.join()?, Exit::Code(3));
    /// # Ok::<(), multiprocessing::ProcessError>(())
    /// ```
    pub fn join(&self) -> Result<Exit, ProcessError> {
        let exit = self.join_within(None, Condition::End)?;
        ending::if_nobody_reads();
        Ok(exit.expect("it has waited for ever"))
    }

    /// Waits at most this long (Python: `join(timeout)`). `None` says that the child is still
    /// running, and never comes before the time is up. The child goes on.
    ///
    /// ```
    /// use multiprocessing::Process;
    /// use std::time::Duration;
    /// let child = Process::new(|| std::thread::sleep(Duration::from_secs(60))).start()?;
    /// assert_eq!(child.join_timeout(Duration::from_millis(10))?, None);
    /// child.kill()?;
    /// # Ok::<(), multiprocessing::ProcessError>(())
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> Result<Option<Exit>, ProcessError> {
        self.join_within(Some(timeout), Condition::End).inspect(|_| ending::if_nobody_reads())
    }

    /// `meaning`: what this process says that it waits for.
    pub(crate) fn join_within(
        &self,
        limit: Option<Duration>,
        meaning: fn(i32) -> Condition,
    ) -> Result<Option<Exit>, ProcessError> {
        self.only_creator("join")?;
        let attempt = seam::about_within(Act::Join, 0, limit, Text(&self.0.name));
        let deadline = limit.and_then(after);
        let condition = meaning(self.0.pid);
        let (mut waiting, mut sentinel) = (None, None);
        loop {
            if let Some(exit) = self.poll()? {
                drop(waiting);
                attempt.did(|| Op::Join { child: self.0.pid, code: exit.code() });
                return Ok(Some(exit));
            }
            let rest = deadline.map_or(Duration::MAX, Time::left);
            if rest.is_zero() {
                return Ok(None);
            }
            let told = waiting
                .get_or_insert_with(|| waits_for(0, condition, deadline, &|| self.is_over()));
            // The state is not locked meanwhile, so that other threads can kill.
            if told.is_over() {
                continue;
            }
            if deadline.is_none() {
                self.has_ended(0);
                continue;
            }
            if sentinel.is_none() {
                sentinel = self.sentinel();
            }
            sentinel.iter().for_each(|sentinel| sentinel.wait(rest));
        }
    }

    /// How it ended; `None` while it runs (Python: `exitcode`), and also where that is unknown: in a
    /// process that is not its creator, or after [`ProcessError::Lost`].
    pub fn exit(&self) -> Option<Exit> {
        self.only_creator("ask about").and_then(|()| self.look()).unwrap_or(None)
    }

    /// Whether its status has not been taken yet.
    pub(crate) fn is_to_be_joined(&self) -> bool {
        matches!(*self.state(), State::Running)
    }

    /// Whether there is nothing to wait for any more. It leaves a zombie as it is.
    pub(crate) fn is_over(&self) -> bool {
        !self.is_to_be_joined() || self.has_ended(libc::WNOHANG)
    }

    /// None: its status has been taken.
    pub(crate) fn sentinel(&self) -> Option<Sentinel> {
        // Under the lock nobody can take its status, so the number is this child's.
        let state = self.state();
        matches!(*state, State::Running).then(|| Sentinel::of(self.0.pid))
    }

    /// Without taking its status. `how` says whether to wait for it; an interruption counts as an end.
    #[allow(unsafe_code)]
    fn has_ended(&self, how: i32) -> bool {
        let how = how | libc::WEXITED | libc::WNOWAIT;
        // SAFETY: all zeroes are a value of this plain struct, of a child that has not ended; the call
        // writes to it, and it outlives that.
        unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            libc::waitid(libc::P_PID, self.0.pid as _, &mut info, how) != 0 || info.si_pid() != 0
        }
    }

    /// As `poll`, for somebody who wants to know.
    pub(crate) fn look(&self) -> Result<Option<Exit>, ProcessError> {
        let attempt = seam::about_this(Act::LookAtChild, 0, Text(&self.0.name));
        let exit = self.poll()?;
        attempt.did(|| Op::LookedAtChild { child: self.0.pid, alive: exit.is_none() });
        Ok(exit)
    }

    /// Sends SIGTERM (Python: `terminate()`). The child may ignore it or take its time, so follow
    /// it with a `join`. The child does not finish what it was doing, and nothing is cleaned up; its
    /// own children go on. If the child has ended, this does nothing.
    pub fn terminate(&self) -> Result<(), ProcessError> {
        self.only_creator("terminate")?;
        self.send(Signal::SIGTERM)
    }

    /// Sends SIGKILL, which no process can refuse (Python: `kill()`). Otherwise like
    /// [`terminate`](Child::terminate).
    pub fn kill(&self) -> Result<(), ProcessError> {
        self.only_creator("kill")?;
        self.send(Signal::SIGKILL)
    }

    pub(crate) fn is_daemon(&self) -> bool {
        self.0.daemon
    }

    pub(crate) fn only_creator(&self, action: &'static str) -> Result<(), ProcessError> {
        let (creator, by) = &self.0.creator;
        if *creator == current::pid() {
            return Ok(());
        }
        Err(ProcessError::NotCreator {
            name: self.name().to_owned(),
            action,
            creator: *creator,
            creator_name: by.name().to_owned(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks whether it has ended, and if so takes its status, once.
    #[allow(unsafe_code)]
    pub(crate) fn poll(&self) -> Result<Option<Exit>, ProcessError> {
        let mut state = self.state();
        match *state {
            State::Ended(exit) => return Ok(Some(exit)),
            State::Lost => return Err(self.lost()),
            State::Running => {}
        }
        let mut status = 0;
        // Not nix's `waitpid`: of a child that a real-time signal has killed, it takes the status
        // and gives an error.
        // SAFETY: the status is written to a local variable that outlives the call.
        let result = unsafe { libc::waitpid(self.0.pid, &mut status, libc::WNOHANG) };
        let outcome = match Errno::result(result) {
            Ok(0) => return Ok(None),
            Ok(_) => Ok(Some(Exit::from_wait_status(status))),
            Err(Errno::ECHILD) => Err(self.lost()),
            Err(errno) => return Err(self.failed("wait for", errno)),
        };
        *state = match outcome {
            Ok(Some(exit)) => State::Ended(exit),
            _ => State::Lost,
        };
        outcome
    }

    pub(crate) fn send(&self, signal: Signal) -> Result<(), ProcessError> {
        let attempt =
            seam::about_this(Act::Signal, 0, Text(&format_args!("{signal} to {}", self.0.name)));
        self.poll()?;
        // Under the lock nobody can take its status, so the number cannot be another process's.
        let state = self.state();
        if let State::Running = *state {
            let pid = Pid::from_raw(self.0.pid);
            signal::Signal::try_from(signal.0)
                .and_then(|signal| signal::kill(pid, signal))
                .map_err(|errno| self.failed("send a signal to", errno))?;
            drop(state);
            attempt.did(|| Op::Signal { target: self.0.pid, signal: signal.0 });
        }
        Ok(())
    }

    fn lost(&self) -> ProcessError {
        ProcessError::Lost { name: self.name().to_owned(), pid: self.pid() }
    }

    fn failed(&self, action: &'static str, error: impl Into<io::Error>) -> ProcessError {
        ProcessError::Os { action, name: self.name().to_owned(), error: error.into() }
    }
}
