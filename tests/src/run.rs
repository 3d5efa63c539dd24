//! Running a program in a process group of its own, under a time limit, leaving nothing behind.
//!
//! What belongs to a run is what belongs to its process group: lessons do not leave theirs. On
//! Linux this process becomes the new parent of orphans, so that none is left as a zombie either.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::processes::{Process, members};
use crate::transcript::{End, Run};

/// What main leaves behind may take this long to end by itself: Python's resource tracker ends
/// when it sees main's pipe closed.
const GRACE: Duration = Duration::from_millis(500);

/// How often an orphan is looked at; only its death could tell us sooner.
const LOOK: Duration = Duration::from_millis(2);

/// A run, and what had to be ended by force.
#[derive(Debug)]
pub struct Ran {
    /// What it printed and how it ended.
    pub run: Run,
    /// Who was still there at the time limit, and what each was waiting in.
    pub at_the_limit: Vec<Process>,
    /// Who was still there after main's end, and had to be killed.
    pub left_over: Vec<Process>,
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
}

/// Runs the program to its end, or to the time limit. With `may_outlive`, processes that it leaves
/// behind have until the time limit to end by themselves; without, half a second.
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
    adopt_orphans()?;
    let begin = Instant::now();
    command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let (mut child, group) = {
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn()?;
        let group = Group(Pid::from_raw(child.id().cast_signed()));
        groups.push(group.0);
        (child, group)
    };
    let out = read_all(child.stdout.take().expect("stdout is a pipe"));
    let err = read_all(child.stderr.take().expect("stderr is a pipe"));
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));

    let (status, at_the_limit) = match ended.recv_timeout(limit) {
        Ok(status) => (Some(status?), Vec::new()),
        Err(_) => {
            let there = members(group.0);
            // Main at least is there, whatever the system shows: it has not been waited for.
            let _ = killpg(group.0, Signal::SIGKILL);
            ended.recv().expect("the thread sends once")?;
            (None, there)
        }
    };
    let (mut outlived, mut left_over) = (Vec::new(), Vec::new());
    if status.is_some() {
        if may_outlive {
            outlived = members(group.0);
        }
        let grace = if may_outlive {
            limit.saturating_sub(begin.elapsed())
        } else {
            GRACE
        };
        left_over = wait_until_empty(group.0, Instant::now() + grace);
        if !may_outlive {
            outlived.clone_from(&left_over);
        }
    }
    group.kill();
    group.reap();
    outlived.retain(|process| !process.is_python_helper());
    let (out, err) = (collect(&out)?, collect(&err)?);
    let run = Run {
        end: status.map_or(End::TimeLimit, |status| End::Code(code(status))),
        outlived_main: outlived.iter().map(Process::to_string).collect(),
        ..Run::printed(&out, &err)
    };
    Ok(Ran {
        run,
        at_the_limit,
        left_over,
    })
}

/// A running process group; dropped, it is gone.
struct Group(Pid);

impl Group {
    /// Kills until nobody is left: one may fork while the others are killed.
    fn kill(&self) {
        while !members(self.0).is_empty() && killpg(self.0, Signal::SIGKILL).is_ok() {
            thread::sleep(LOOK);
        }
    }

    /// Orphans that we adopted are ours to wait for; main itself has been waited for.
    fn reap(&self) {
        let any = Pid::from_raw(-self.0.as_raw());
        loop {
            match waitpid(any, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return,
                Ok(_) | Err(_) => {}
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        GROUPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|group| *group != self.0);
    }
}

/// Who is left at the deadline.
fn wait_until_empty(group: Pid, deadline: Instant) -> Vec<Process> {
    loop {
        let left = members(group);
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

fn collect(pipe: &Receiver<io::Result<Vec<u8>>>) -> io::Result<String> {
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
    status
        .code()
        .unwrap_or_else(|| -status.signal().unwrap_or(0))
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
