//! Running a program in a process group of its own, under a time limit, leaving nothing behind.
//!
//! What belongs to a run is what belongs to its process group; under a [warden](crate::watch), which
//! runs nothing else, it is whoever descends from the program. On Linux this process becomes the
//! new parent of orphans, so that none is left as a zombie either.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::processes::{self, Process, Scope, members};
use crate::traces::{self, Traces};
use crate::transcript::{End, Run};

/// What main leaves behind may take this long to end by itself: Python's resource tracker ends
/// when it sees main's pipe closed.
const GRACE: Duration = Duration::from_millis(500);

/// How often an orphan is looked at; only its death could tell us sooner.
const LOOK: Duration = Duration::from_millis(2);

/// A run, and what had to be ended by force.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ran {
    /// What it printed and how it ended.
    pub run: Run,
    /// Who was still there at the time limit, and what each was waiting in.
    pub at_the_limit: Vec<Process>,
    /// Who was still there after main's end, and had to be killed.
    pub left_over: Vec<Process>,
    /// Who ended and was waited for by nobody. Only Linux tells.
    pub never_joined: Vec<Process>,
    /// Temporary files and named shared memory that were left behind.
    pub left_behind: Vec<String>,
}

/// Process groups that are running now.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Kills every program that [`run`] is running. For a handler of Ctrl-C that then exits: no
/// program can be started afterwards.
pub fn kill_all() {
    let groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
    for &group in groups.iter() {
        // It may have ended meanwhile.
        let _ = killpg(group, Signal::SIGKILL);
    }
    std::mem::forget(groups);
    traces::remove_folders();
}

/// Passes an interrupt on to every program that is running, or kills it; then [`run`] and [`show`]
/// return.
pub fn interrupt_all(gently: bool) {
    let signal = if gently { Signal::SIGINT } else { Signal::SIGKILL };
    for &group in GROUPS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        // It may have ended meanwhile.
        let _ = killpg(group, signal);
    }
}

/// Ends whoever descends from this process, until it ends itself.
pub(crate) fn end_everybody() -> ! {
    loop {
        let first = GROUPS.lock().unwrap_or_else(PoisonError::into_inner).first().copied();
        if let Some(pid) = first {
            // Whoever ended meanwhile cannot be killed.
            let _ = killpg(pid, Signal::SIGKILL);
            for process in members(Scope::Family(pid)) {
                let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
            }
        }
        thread::sleep(LOOK);
    }
}

/// Runs the program to its end, or to the time limit. With `may_outlive`, processes that it leaves
/// behind have until the time limit to end by themselves; without, half a second. The program
/// finds a folder of its own in `TMPDIR`.
///
/// ```
/// use std::process::Command;
/// use std::time::Duration;
///
/// let mut command = Command::new("echo");
/// command.arg("main       | hello");
/// let ran = golden::run(&mut command, Duration::from_secs(10), false)?;
/// assert_eq!(ran.run, golden::Run::printed("main       | hello", ""));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// If the program cannot be started, or if a process outside of its group keeps its output open.
pub fn run(command: &mut Command, limit: Duration, may_outlive: bool) -> io::Result<Ran> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    supervise(command, limit, may_outlive, Scope::Group)
}

/// The same for a program that prints where this one prints. Nothing else may run meanwhile:
/// whoever descends from this process belongs to the program.
///
/// # Errors
/// If the program cannot be started.
pub fn show(command: &mut Command, limit: Duration, may_outlive: bool) -> io::Result<Ran> {
    supervise(command, limit, may_outlive, Scope::Family)
}

pub(crate) fn supervise(
    command: &mut Command,
    limit: Duration,
    may_outlive: bool,
    scope: fn(Pid) -> Scope,
) -> io::Result<Ran> {
    adopt_orphans()?;
    let traces = Traces::new()?;
    let begin = Instant::now();
    command.process_group(0).env("TMPDIR", traces.folder()).stdin(Stdio::null());
    let (mut child, group) = {
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn()?;
        let pid = Pid::from_raw(child.id().cast_signed());
        groups.push(pid);
        (child, Group { pid, scope: scope(pid) })
    };
    let out = child.stdout.take().map(read_all);
    let err = child.stderr.take().map(read_all);
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));

    let (mut at_the_limit, mut never_joined) = (Vec::new(), Vec::new());
    let (mut outlived, mut left_over) = (Vec::new(), Vec::new());
    let (end, in_time) = match ended.recv_timeout(limit) {
        Ok(status) => (End::Code(code(status?)), true),
        Err(_) => {
            at_the_limit = members(group.scope);
            // Main at least is there, whatever the system shows: it has not been waited for.
            let _ = killpg(group.pid, Signal::SIGKILL);
            group.kill();
            ended.recv().expect("the thread sends once")?;
            (End::TimeLimit, false)
        }
    };
    if in_time {
        let grace = if may_outlive {
            outlived = members(group.scope);
            limit.saturating_sub(begin.elapsed())
        } else {
            never_joined = processes::never_joined(group.scope);
            GRACE
        };
        left_over = wait_until_empty(group.scope, Instant::now() + grace);
        if !may_outlive {
            outlived.clone_from(&left_over);
        }
    }
    group.kill();
    group.reap();
    outlived.retain(|process| !process.is_python_helper());
    let (out, err) = (collect(out)?, collect(err)?);
    // Who is killed cannot tidy up.
    let left_behind = match end {
        End::Code(code) if code != -(Signal::SIGKILL as i32) && left_over.is_empty() => {
            traces.left()
        }
        _ => Vec::new(),
    };
    let run = Run {
        end,
        outlived_main: outlived.iter().map(Process::to_string).collect(),
        ..Run::printed(&out, &err)
    };
    Ok(Ran { run, at_the_limit, left_over, never_joined, left_behind })
}

/// A running process group; dropped, it is gone.
struct Group {
    pid: Pid,
    scope: Scope,
}

impl Group {
    /// Kills until nobody is left: one may fork while the others are killed.
    fn kill(&self) {
        loop {
            let left = members(self.scope);
            if left.is_empty() {
                return;
            }
            // Whoever ended meanwhile cannot be killed.
            let _ = killpg(self.pid, Signal::SIGKILL);
            for process in left {
                let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
            }
            thread::sleep(LOOK);
        }
    }

    /// Orphans that we adopted are ours to wait for; main itself has been waited for.
    fn reap(&self) {
        let whom = match self.scope {
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
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).retain(|group| *group != self.pid);
    }
}

/// Who is left at the deadline.
fn wait_until_empty(scope: Scope, deadline: Instant) -> Vec<Process> {
    loop {
        let left = members(scope);
        if left.is_empty() || Instant::now() >= deadline {
            return left;
        }
        thread::sleep(LOOK);
    }
}

/// Reads to the end of file in a thread of its own, so that neither pipe can fill up.
fn read_all(mut from: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = from.read_to_end(&mut bytes);
        // The receiver is gone only if the run has failed already.
        let _ = sender.send(result.map(|_| bytes));
    });
    receiver
}

fn collect(pipe: Option<Receiver<io::Result<Vec<u8>>>>) -> io::Result<String> {
    let Some(pipe) = pipe else {
        return Ok(String::new());
    };
    match pipe.recv_timeout(Duration::from_secs(5)) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes?).into_owned()),
        Err(_) => Err(io::Error::other(
            "the program's process group has ended, but its output is still open: a process has \
             left the group (setsid or setpgid); lessons must not do that",
        )),
    }
}

/// Python's convention: a signal is negative.
fn code(status: ExitStatus) -> i32 {
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
