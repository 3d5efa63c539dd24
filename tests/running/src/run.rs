//! Running a program in a process group of its own, under a time limit, leaving nothing behind.
//!
//! A process belongs to the run if it belongs to its process group; under a [warden](crate::watch), which
//! runs nothing else, also if it descends from the program. On Linux this process becomes the
//! new parent of orphans, so that none is left as a zombie either.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::ended::Ended;
use crate::foreground;
use crate::going::{self, Going};
use crate::leftovers::Leftovers;
use crate::orders::Orders;
use crate::printed::Printed;
use crate::proc;
use crate::processes::{LOOK, Left, Process, Scope};
use crate::stand::Stand;
use crate::waits::{self, Board};
use crate::watcher::{Tell, Watcher};

/// How long a process that outlives main, and must not, has for its last words. The verdict is certain
/// already.
const GRACE: Duration = Duration::from_secs(1);

/// How long a process may take to vanish that ends by itself: far longer than on a loaded machine.
/// Python's resource tracker does when it sees main's pipe closed.
const VANISHING: Duration = Duration::from_secs(30);

/// Runs the program to its end, or to the time limit. With `may_outlive`, processes that it leaves
/// behind have until the time limit to end by themselves; without, a second. The program
/// finds a folder of its own in `TMPDIR`.
///
/// ```
/// use std::process::Command;
/// use std::time::Duration;
///
/// let mut command = Command::new("echo");
/// command.arg("main       | hello");
/// let ran = running::run(&mut command, Duration::from_secs(10), false)?;
/// assert_eq!((ran.code, &*ran.out), (Some(0), "main       | hello\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// If the program cannot be started, or if a process outside of its group keeps its output open.
pub fn run(command: &mut Command, limit: Duration, may_outlive: bool) -> io::Result<Ended> {
    capture(command);
    let orders = Orders { limit, may_outlive, ..Orders::default() };
    // What it waits for is of no interest here.
    supervise(command, &orders, Scope::Group, &Board::default(), None)
}

/// Has what the program prints kept; nobody types anything for it.
pub(crate) fn capture(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
}

/// The same for a program that reads and prints where this one does: this process stands aside (see
/// `foreground`). Nothing else may run meanwhile: every descendant of this process counts as
/// one of the program's.
///
/// # Errors
/// If the program cannot be started.
pub fn show(command: &mut Command, limit: Duration, may_outlive: bool) -> io::Result<Ended> {
    foreground::stand_aside(command)?;
    let orders = Orders { limit, may_outlive, ..Orders::default() };
    supervise(command, &orders, Scope::Family, &Board::new(), None)
}

pub(crate) fn supervise<'a>(
    command: &mut Command,
    orders: &Orders,
    scope: fn(Pid) -> Scope,
    board: &'a Board,
    tell: Option<Tell<'a>>,
) -> io::Result<Ended> {
    adopt_orphans()?;
    let leftovers = Leftovers::new()?;
    let inherited = proc::open_here();
    if let Some(path) = board.path() {
        command.env(waits::VARIABLE, path);
    }
    command.env("TMPDIR", leftovers.folder());
    signals::reset_in(command);
    let begin = Instant::now();
    let (going, mut child) = Going::begin(command, scope)?;
    let scope = going.0;
    let out = child.stdout.take().map(read_all);
    let err = child.stderr.take().map(read_all);
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));

    let (mut stand, mut left_over, mut left) = (None, Vec::new(), Left::default());
    let mut held_open = HeldOpen::default();
    let mut watcher = Watcher::new(scope, board, tell);
    let (code, in_time) = match orders.wait_for(&ended, scope, &mut watcher) {
        Some(status) => (Some(code_of(status?)), true),
        None => {
            let interrupted = going::is_stopped();
            stand = Some(Stand { interrupted, ..watcher.stand() });
            // Nobody goes on once one of them is killed: it could say that it saw the other's end.
            let _ = killpg(scope.main(), Signal::SIGSTOP);
            // Main at least is there, whatever the system shows: it has not been waited for.
            let _ = kill(scope.main(), Signal::SIGKILL);
            scope.kill();
            ended.recv().expect("the thread sends once")?;
            (None, false)
        }
    };
    if in_time {
        left = scope.left_by_main();
        let grace =
            if orders.may_outlive { orders.limit.saturating_sub(begin.elapsed()) } else { GRACE };
        left_over = wait_until_empty(scope, Instant::now() + grace, |left| {
            if orders.may_outlive {
                held_open.look_at(left, &inherited);
            }
        });
    }
    scope.kill();
    reap(scope);
    let (out, err) = (collect(out)?, collect(err)?);
    // A killed process cannot tidy up.
    let left_behind = match code {
        Some(code) if code != -(Signal::SIGKILL as i32) && left_over.is_empty() => leftovers.left(),
        _ => Vec::new(),
    };
    Ok(Ended {
        code,
        more: out.more + err.more,
        out: out.text,
        err: err.text,
        outlived_main: left.alive,
        ended_unjoined: left.ended,
        stand,
        left_over,
        held_open: held_open.at_the_last_look(),
        left_behind,
    })
}

/// What each orphan has open for writing, look after look.
#[derive(Default)]
struct HeldOpen(BTreeMap<i32, Look>);

struct Look {
    process: String,
    open: Vec<String>,
    is_first: bool,
}

impl HeldOpen {
    fn look_at(&mut self, orphans: &[Process], inherited: &[PathBuf]) {
        for Process { pid, name, .. } in orphans.iter().filter(|orphan| !orphan.is_python()) {
            if let Some(open) = proc::open_for_writing(*pid, inherited) {
                let is_first = !self.0.contains_key(pid);
                self.0.insert(*pid, Look { process: name.clone(), open, is_first });
            }
        }
    }

    /// A process may close what it does not need after it has begun, so its last look counts.
    fn at_the_last_look(self) -> Vec<(String, Vec<String>)> {
        let looks = self.0.into_values().filter(|look| !look.is_first && !look.open.is_empty());
        looks.map(|look| (look.process, look.open)).collect()
    }
}

/// Orphans that we adopted are ours to wait for; main itself has been waited for.
fn reap(scope: Scope) {
    let whom = match scope {
        Scope::Group(group) => Pid::from_raw(-group.as_raw()),
        Scope::Family(_) => Pid::from_raw(-1),
    };
    loop {
        match waitpid(whom, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return,
            Ok(_) | Err(_) => {}
        }
    }
}

/// The processes left at the deadline, except those about to vanish: they are given more time.
/// `look` sees who is left each time.
fn wait_until_empty(
    scope: Scope,
    deadline: Instant,
    mut look: impl FnMut(&[Process]),
) -> Vec<Process> {
    loop {
        let mut left = scope.members();
        look(&left);
        let all_vanish = left.iter().all(|process| process.vanishes);
        let grace = if all_vanish { VANISHING } else { Duration::ZERO };
        if left.is_empty() || Instant::now() >= deadline + grace {
            left.retain(|process| !process.vanishes);
            return left;
        }
        thread::sleep(LOOK);
    }
}

/// Reads to the end of file in a thread of its own, so that neither pipe can fill up.
fn read_all(from: impl Read + Send + 'static) -> Receiver<io::Result<Printed>> {
    let (sender, receiver) = mpsc::channel();
    // The receiver is gone only if the run has failed already.
    thread::spawn(move || sender.send(Printed::read(from)));
    receiver
}

fn collect(pipe: Option<Receiver<io::Result<Printed>>>) -> io::Result<Printed> {
    let Some(pipe) = pipe else {
        return Ok(Printed::default());
    };
    pipe.recv_timeout(Duration::from_secs(5)).unwrap_or_else(|_| {
        Err(io::Error::other(
            "the program's process group has ended, but its output is still open: a process has \
             left the group (setsid or setpgid); lessons must not do that",
        ))
    })
}

/// Python's convention: a signal is negative.
pub(crate) fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))
}

#[cfg(target_os = "linux")]
pub(crate) fn adopt_orphans() -> io::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

/// Elsewhere init adopts and reaps them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn adopt_orphans() -> io::Result<()> {
    Ok(())
}
