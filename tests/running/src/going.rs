//! The runs that go on now, and how all of them are ended from outside.

use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::leftovers;
use crate::processes::{LOOK, Scope};

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

pub(crate) fn is_stopped() -> bool {
    STOPPED.load(Relaxed)
}

/// For a handler of Ctrl-C that then exits: no program can be started afterwards.
fn kill_all() {
    let runs = runs();
    for scope in runs.iter() {
        scope.kill_once();
    }
    std::mem::forget(runs);
    leftovers::remove_folders();
}

/// From now on Ctrl-C and SIGTERM end this process, and kill every program that [`run`](crate::run()) is
/// running.
///
/// # Errors
/// If this process handles them already.
pub fn leave_nothing_at_ctrl_c() -> io::Result<()> {
    let end = || {
        kill_all();
        std::process::exit(128 + Signal::SIGTERM as i32);
    };
    ctrlc::set_handler(end).map_err(io::Error::other)
}

pub(crate) fn is_anything_going() -> bool {
    !runs().is_empty()
}

/// Sends a signal to the main process of every program that is running.
pub(crate) fn send_to_all(signal: Signal) {
    for scope in runs().iter() {
        // It may have ended meanwhile.
        let _ = kill(scope.main(), signal);
    }
}

/// The run of this group is over.
pub(crate) fn forget(group: Pid) {
    runs().retain(|scope| scope.main() != group);
}

/// Kills every descendant of this process, until this process itself is ended.
pub(crate) fn end_everybody() -> ! {
    loop {
        let first = runs().first().copied();
        first.map(Scope::kill_once);
        thread::sleep(LOOK);
    }
}

/// A run that goes on; dropped, it is over.
pub(crate) struct Going(pub Scope);

impl Going {
    pub fn begin(command: &mut Command, scope: fn(Pid) -> Scope) -> io::Result<(Going, Child)> {
        // Locked until the run is listed: `kill_all` must not miss one that has just begun.
        let mut runs = runs();
        let child = command.spawn()?;
        let scope = scope(Pid::from_raw(child.id().cast_signed()));
        runs.push(scope);
        Ok((Going(scope), child))
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.0.kill();
        runs().retain(|scope| *scope != self.0);
    }
}
