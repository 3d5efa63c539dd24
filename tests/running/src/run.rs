//! Running a program in a process group of its own, under a time limit, leaving nothing behind.
//!
//! What belongs to a run is what belongs to its process group; under a [warden](crate::watch), which
//! runs nothing else, it is whoever descends from the program. On Linux this process becomes the
//! new parent of orphans, so that none is left as a zombie either.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::foreground;
use crate::leftovers::{self, Leftovers};
use crate::printed::Printed;
use crate::proc;
use crate::processes::{LOOK, Left, Process, Scope};
use crate::stand::{Stand, Watcher};
use crate::waits::{self, Board};

/// Whom main leaves although nobody may outlive it has so long for its last words. The verdict is
/// certain before.
const GRACE: Duration = Duration::from_secs(1);

/// How long a process may take to vanish that ends by itself: far longer than on a loaded machine.
/// Python's resource tracker does when it sees main's pipe closed.
const VANISHING: Duration = Duration::from_secs(30);

/// How often a program is looked at that runs; one that has to hang, more often.
const LOOK_FOR_LIFE: Duration = Duration::from_millis(100);
const LOOK_FOR_QUIET: Duration = Duration::from_millis(50);

/// A run, and what had to be ended by force.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ended {
    /// How it ended: its exit code; a signal is negative, as in Python (`-15` for SIGTERM). `None`: it
    /// had to be ended.
    pub code: Option<i32>,
    /// What it printed on standard output.
    pub out: String,
    /// What it printed on standard error.
    pub err: String,
    /// How many more lines it printed than are kept.
    pub more: u64,
    /// Who was alive when main had ended.
    pub outlived_main: Vec<Process>,
    /// Whom main left and who had ended, too, when its end was seen: before main, or just after it.
    /// Only Linux tells.
    pub ended_unjoined: Vec<Process>,
    /// Where it stood when it was ended, at its time limit or by a user.
    pub stand: Option<Stand>,
    /// Who was still there after main's end, and had to be killed.
    pub left_over: Vec<Process>,
    /// What processes that outlived main still held open at their end, by process.
    pub held_open: Vec<(String, Vec<String>)>,
    /// Temporary files and named shared memory that were left behind.
    pub left_behind: Vec<String>,
}

impl Ended {
    /// Who was still there when it was ended.
    pub fn at_the_limit(&self) -> &[Process] {
        self.stand.as_ref().map_or(&[], |stand| &stand.processes)
    }

    /// What it printed: standard output, then standard error.
    pub fn printed(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// The runs that go on now.
static RUNS: Mutex<Vec<Scope>> = Mutex::new(Vec::new());

fn runs() -> MutexGuard<'static, Vec<Scope>> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Is the run to end now, as if its time were over?
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Ends the run of this warden as its time limit would.
pub(crate) fn stop() {
    STOPPED.store(true, Relaxed);
}

/// Kills every program that [`run`] is running. For a handler of Ctrl-C that then exits: no
/// program can be started afterwards.
pub fn kill_all() {
    let runs = runs();
    for scope in runs.iter() {
        scope.kill_once();
    }
    std::mem::forget(runs);
    leftovers::remove_folders();
}

/// Sends a signal to the main process of every program that is running.
pub(crate) fn send_to_all(signal: Signal) {
    for scope in runs().iter() {
        // It may have ended meanwhile.
        let _ = kill(scope.main(), signal);
    }
}

/// Ends whoever descends from this process, until it ends itself.
pub(crate) fn end_everybody() -> ! {
    loop {
        let first = runs().first().copied();
        first.map(Scope::kill_once);
        thread::sleep(LOOK);
    }
}

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
    supervise(command, Patience { limit, hangs: false }, may_outlive, Scope::Group, &mut |_| {})
}

/// Has what the program prints kept; nobody types anything for it.
pub(crate) fn capture(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
}

/// The same for a program that reads and prints where this one does: this process stands aside (see
/// `foreground`). Nothing else may run meanwhile: whoever descends from this process belongs to
/// the program. It inherits that the signals which end a program are blocked here: the command has to
/// undo that (`pre_exec`).
///
/// # Errors
/// If the program cannot be started.
pub fn show(command: &mut Command, limit: Duration, may_outlive: bool) -> io::Result<Ended> {
    foreground::stand_aside(command)?;
    supervise(command, Patience { limit, hangs: false }, may_outlive, Scope::Family, &mut |_| {})
}

/// How long a program may take.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub limit: Duration,
    /// Does the limit count only while nobody in it runs?
    pub hangs: bool,
}

impl Patience {
    /// What `main` sends at its end; `None` at the limit, or when a user stops the run.
    fn wait<T>(self, main: &Receiver<T>, scope: Scope, watcher: &mut Watcher) -> Option<T> {
        let begin = Instant::now();
        let (mut run, mut quiet) = (Duration::ZERO, Duration::ZERO);
        while !STOPPED.load(Relaxed) {
            let look = Instant::now();
            let (rest, step) = match self.hangs {
                false => (self.limit.checked_sub(run)?, LOOK_FOR_LIFE),
                true if begin.elapsed() >= 10 * self.limit => return None,
                true => (self.limit.checked_sub(quiet)?, LOOK_FOR_QUIET),
            };
            if let Ok(end) = main.recv_timeout(step.min(rest)) {
                return Some(end);
            }
            if self.hangs && scope.anybody_runs(&watcher.who_wait()) {
                quiet = Duration::ZERO;
            } else {
                // Whoever starts one program after another may be missed by a look, but not by many:
                // so a machine on which they are few counts little for each.
                quiet += look.elapsed().min(2 * LOOK_FOR_QUIET);
            }
            watcher.look();
            run += counted(look.elapsed());
        }
        None
    }
}

/// What counts of the time from one look to the next: if it is much longer than that should be, both
/// had stopped (Ctrl-Z), or the machine had no time for either.
fn counted(between: Duration) -> Duration {
    between.min(5 * LOOK_FOR_LIFE)
}

pub(crate) fn supervise(
    command: &mut Command,
    patience: Patience,
    may_outlive: bool,
    scope: fn(Pid) -> Scope,
    tell: &mut dyn FnMut(&Stand),
) -> io::Result<Ended> {
    adopt_orphans()?;
    let leftovers = Leftovers::new()?;
    let board = Board::new();
    let inherited = proc::open_here();
    if let Some(path) = board.path() {
        command.env(waits::VARIABLE, path);
    }
    let begin = Instant::now();
    command.env("TMPDIR", leftovers.folder());
    let (mut child, going) = {
        let mut runs = runs();
        let child = command.spawn()?;
        let scope = scope(Pid::from_raw(child.id().cast_signed()));
        runs.push(scope);
        (child, Going(scope))
    };
    let scope = going.0;
    let out = child.stdout.take().map(read_all);
    let err = child.stderr.take().map(read_all);
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));

    let (mut stand, mut left_over, mut left) = (None, Vec::new(), Left::default());
    let mut held_open = HeldOpen::default();
    let mut watcher = Watcher::new(scope, &board, tell);
    let (code, in_time) = match patience.wait(&ended, scope, &mut watcher) {
        Some(status) => (Some(code_of(status?)), true),
        None => {
            let interrupted = STOPPED.load(Relaxed);
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
            if may_outlive { patience.limit.saturating_sub(begin.elapsed()) } else { GRACE };
        left_over = wait_until_empty(scope, Instant::now() + grace, |left| {
            if may_outlive {
                held_open.look_at(left, &inherited);
            }
        });
    }
    scope.kill();
    reap(scope);
    let (out, err) = (collect(out)?, collect(err)?);
    // Who is killed cannot tidy up.
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

/// A run that goes on; dropped, it is over.
struct Going(Scope);

impl Drop for Going {
    fn drop(&mut self) {
        self.0.kill();
        runs().retain(|scope| *scope != self.0);
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

/// Who is left at the deadline, except those who are about to vanish: they are given more time.
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
fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))
}

#[cfg(target_os = "linux")]
fn adopt_orphans() -> io::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

/// Elsewhere init adopts and reaps them.
#[cfg(not(target_os = "linux"))]
fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_a_program_was_stopped_is_not_its_own() {
        let (short, night) = (Duration::from_millis(120), Duration::from_secs(30_000));
        assert_eq!(counted(short), short);
        assert!(counted(night) < Duration::from_secs(1));
    }
}
