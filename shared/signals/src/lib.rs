//! The signals of a fresh login, for a program that a tool starts: the `lesson` command, or another. So
//! a run means the same whatever the tool's own parent had blocked or ignored (`nohup`, a shell's
//! `trap ''`).
//!
//! It is a crate of its own because the tools need nothing else of `multiprocessing`, and are built
//! sooner without it.
#![warn(missing_docs)]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr::null;

use nix::sys::signal::SigSet;

/// Blocks no signal in this thread, and lets none be ignored in this process but SIGPIPE, which
/// every program in Rust ignores.
#[allow(unsafe_code)]
pub fn reset() -> io::Result<()> {
    let last = if cfg!(target_os = "linux") { 64 } else { 31 };
    for number in (1..=last).filter(|&number| number != libc::SIGPIPE) {
        // SAFETY: `sigaction` is a plain struct of which all zeroes are a value, and outlives the
        // calls; what is set is the default action, so no code of ours runs inside a signal. For
        // the numbers that libc keeps to itself the calls fail and change nothing.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(number, null(), &mut action);
            if action.sa_sigaction == libc::SIG_IGN {
                libc::signal(number, libc::SIG_DFL);
            }
        }
    }
    Ok(SigSet::empty().thread_set_mask()?)
}

/// Lets the command begin like that. What this process handles has its default action there anyway,
/// and the standard library sees to SIGPIPE.
#[allow(unsafe_code)]
pub fn reset_in(command: &mut Command) {
    // SAFETY: between fork and exec only `sigaction`, `signal` and `pthread_sigmask` are called, which
    // are async-signal-safe; nothing is allocated, and no lock is taken.
    unsafe { command.pre_exec(reset) };
}
