//! What the system tells of a process, or of a thread.

use std::fs;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::memory::seam::State;

/// Of any process. Where the system tells no more, one that exists is running.
pub(crate) fn state(pid: i32) -> State {
    match of(format!("/proc/{pid}")).map(|stat| stat.state) {
        Some(b'T' | b't') => State::Stopped,
        Some(b'Z') => State::Zombie,
        Some(b'R') => State::Running,
        Some(_) => State::Sleeping,
        None if kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH) => State::Gone,
        None => without_a_file(pid),
    }
}

#[cfg(target_vendor = "apple")]
#[allow(unsafe_code)]
fn without_a_file(pid: i32) -> State {
    // SAFETY: the struct is plain numbers, of which all zeroes are a value.
    let mut info: libc::proc_bsdinfo = unsafe { std::mem::zeroed() };
    let size = size_of_val(&info) as libc::c_int;
    let into = (&raw mut info).cast();
    // The 1: of a zombie as well.
    // SAFETY: `into` points to `size` writable bytes, as this kind of question demands.
    unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDTBSDINFO, 1, into, size) };
    match info.pbi_status {
        libc::SSTOP => State::Stopped,
        libc::SZOMB => State::Zombie,
        _ => State::Running,
    }
}

#[cfg(not(target_vendor = "apple"))]
fn without_a_file(_pid: i32) -> State {
    State::Running
}

/// A part of what Linux writes into its file `stat`.
pub(crate) struct Stat {
    /// `R` runs, `S` sleeps, `T` is stopped, `Z` has ended and nobody has asked how yet.
    pub(crate) state: u8,
    #[cfg(target_os = "linux")]
    pub(crate) flags: u64,
}

/// None if there is no such file: the process is gone, or this is no Linux.
pub(crate) fn of(directory: impl AsRef<Path>) -> Option<Stat> {
    // Bytes, not text: the name in it may end in the middle of a letter, and hold a parenthesis.
    let stat = fs::read(directory.as_ref().join("stat")).ok()?;
    let behind_the_name = stat.iter().rposition(|&byte| byte == b')')? + 2;
    let fields = str::from_utf8(stat.get(behind_the_name..)?).ok()?;
    let mut fields = fields.split(' ');
    let state = *fields.next()?.as_bytes().first()?;
    Some(Stat {
        state,
        #[cfg(target_os = "linux")]
        flags: fields.nth(5)?.parse().ok()?,
    })
}
