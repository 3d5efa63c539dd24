//! Runs one measurement in a process group of its own, under a time limit, and leaves nothing.

use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{SigHandler, Signal, signal};

/// In milliseconds.
const LIMIT: u16 = 60_000;

/// The group of the measurement that runs now, or 0.
static GROUP: AtomicI32 = AtomicI32::new(0);

/// The number that the command prints: it is killed, with all that it has started, once it has
/// printed it or its time is over.
pub fn measure(mut command: Command) -> anyhow::Result<f64> {
    let mut leader = command.process_group(0).stdout(Stdio::piped()).spawn()?;
    GROUP.store(leader.id() as i32, SeqCst);
    let stdout = leader.stdout.take().expect("a pipe, as asked for");
    let ready = poll(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)], LIMIT)?;
    let mut line = String::new();
    if ready > 0 {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    kill_group();
    leader.wait()?; // only now may the number of the group go to somebody else
    GROUP.store(0, SeqCst);
    anyhow::ensure!(ready > 0, "{command:?}: no result after {LIMIT} ms");
    anyhow::ensure!(!line.is_empty(), "{command:?}: failed");
    Ok(line.trim().parse()?)
}

fn kill_group() {
    let group = GROUP.load(SeqCst);
    if group > 0 {
        // SAFETY: two numbers, no memory. An error says that nobody is left.
        unsafe { libc::killpg(group, libc::SIGKILL) };
    }
}

/// Ctrl-C reaches only this process, not the group that it measures.
pub fn kill_measurement_when_interrupted() {
    extern "C" fn interrupted(signal: i32) {
        kill_group();
        // SAFETY: _exit takes any number and may be called by a signal handler.
        unsafe { libc::_exit(128 + signal) }
    }
    for which in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler uses one atomic, killpg and _exit, all of which it may.
        unsafe { signal(which, SigHandler::Handler(interrupted)) }.expect("a signal to catch");
    }
}
