//! Who holds a lock, and is that process still alive?
//!
//! A pid cannot answer: it is still there while its process is a zombie, and may be another
//! process tomorrow. So each process draws a serial number that is never used again, and holds a
//! record lock on the byte of that number in one file, the *life lock*. The kernel drops the lock
//! at the moment the process dies, however it dies; whoever finds the byte free knows.
//!
//! The file is made with the first shared object, so all who share one have inherited it. A process
//! draws its number when it first has to name itself, not when it is made. A fork copies what its parent
//! was called, and the two would pass for one process; so that is forgotten in every child, whoever
//! forked it, and a child that takes no lock never asks for a number.
//!
//! Closing *any* descriptor of that file drops the locks of the whole process (POSIX's rule for
//! record locks), so it is opened once, before the first fork, and not duplicated once a lock is
//! held. A process that closes it all the same, as daemons close whatever is open, is taken for dead
//! while it lives. It ends with a message as soon as it notices.

use crate::memory::seam::{self, Kind, Text};
use crate::memory::{ending, numbers, stat};
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::stat::fstat;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// A process as a lock names it: its serial number above its pid, so never 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Owner(pub(crate) u64);

impl Owner {
    pub(crate) fn pid(self) -> i32 {
        self.0 as u32 as i32
    }

    fn serial(self) -> i64 {
        (self.0 >> 32) as i64
    }

    /// Has this process died? (A stopped process lives.)
    pub(crate) fn is_dead(self) -> bool {
        // The kernel never reports a process's own record locks to itself.
        if self.0 == ME.load(Relaxed) {
            return false;
        }
        let mut found = write_lock(self.serial());
        let asked = fcntl(life_lock(), FcntlArg::F_GETLK(&mut found));
        asked.is_ok() && i32::from(found.l_type) == i32::from(libc::F_UNLCK as i16)
    }
}

/// What the processes that share objects have in common.
struct Family {
    life: OwnedFd,
    /// The device and inode of that file: another may be open under the number one day.
    file: (u64, u64),
}

static FAMILY: OnceLock<Family> = OnceLock::new();

/// This process's `Owner`, or 0 as long as it has not enrolled.
static ME: AtomicU64 = AtomicU64::new(0);

/// Founds the family if there is none, and gives a new shared object its number. Every constructor
/// of an object that knows its owners calls this. So the family is older than any of them, and
/// every process that inherits one inherits it, too.
#[track_caller]
pub(crate) fn new_object(kind: Kind) -> io::Result<u32> {
    if FAMILY.get().is_none() {
        let life = at_a_high_number(unnamed_file()?);
        let family = Family { file: file_of(life.as_fd())?, life };
        forget_me_in_children()?;
        // If another thread was faster, its family stands; nobody has enrolled in ours.
        let _ = FAMILY.set(family);
    }
    seam::new_object(kind, Text(&""))
}

/// A forked child is another process than its parent, and holds none of its locks. This covers a
/// fork behind the crate's back as well.
#[allow(unsafe_code)]
fn forget_me_in_children() -> io::Result<()> {
    extern "C" fn forget_me() {
        ME.store(0, Relaxed);
    }
    // SAFETY: the handler does one atomic store, which is safe in a forked child.
    match unsafe { libc::pthread_atfork(None, None, Some(forget_me)) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

fn family() -> &'static Family {
    FAMILY.get().expect("an object exists, so its constructor has founded the family")
}

/// This process. The first call in each process enrols it.
#[inline]
pub(crate) fn me() -> Owner {
    match ME.load(Relaxed) {
        0 => enrol(),
        me => Owner(me),
    }
}

#[cold]
fn enrol() -> Owner {
    let serial = numbers::new_serial().expect("an object exists, so the numbers do, too");
    let me = Owner(u64::from(serial) << 32 | u64::from(std::process::id()));
    let lock = write_lock(me.serial());
    if let Err(error) = fcntl(life_lock(), FcntlArg::F_SETLK(&lock)) {
        // Going on would let others take this process for dead while it holds their queue.
        end(&format!("cannot take the lock that shows that this process lives: {error}"));
    }
    // Two threads may enrol at once: the first store stands, the other serial stays unused.
    match ME.compare_exchange(0, me.0, Relaxed, Relaxed) {
        Ok(_) => me,
        Err(first) => Owner(first),
    }
}

fn life_lock() -> BorrowedFd<'static> {
    let family = family();
    let life = family.life.as_fd();
    if file_of(life).ok() != Some(family.file) {
        descriptor_lost(life);
    }
    life
}

fn file_of(descriptor: BorrowedFd<'_>) -> io::Result<(u64, u64)> {
    let stat = fstat(descriptor)?;
    Ok((stat.st_dev as u64, stat.st_ino as u64))
}

/// Somebody has closed a descriptor of ours.
fn descriptor_lost(descriptor: BorrowedFd<'_>) -> ! {
    end(&format!(
        "descriptor {} was closed, by which processes that share objects know of each other: \
         close only descriptors that you have opened",
        descriptor.as_raw_fd()
    ))
}

/// Another process has taken over a lock that this one holds.
#[cold]
pub(crate) fn taken_for_dead() -> ! {
    end("this process was taken for dead, and a lock that it held was given to another: what the \
         lock protects may be half changed. Did it close a descriptor that it had not opened, or \
         open one anew in /proc/self/fd?")
}

fn end(why: &str) -> ! {
    ending::complain(why);
    ending::quit(1)
}

/// Moves a descriptor that nobody has used yet out of the way of those who close or redirect the
/// low numbers. High, but not so high that each fork has to copy a long table.
#[allow(unsafe_code)]
fn at_a_high_number(descriptor: OwnedFd) -> OwnedFd {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| soft);
    let half = limit.min(1024) as i32 / 2;
    match fcntl(&descriptor, FcntlArg::F_DUPFD_CLOEXEC(half)) {
        // SAFETY: the system has made this descriptor just now, and it has no other owner.
        Ok(high) => unsafe { OwnedFd::from_raw_fd(high) },
        Err(_) => descriptor, // a low number does as well
    }
}

/// Is this process stopped, by SIGSTOP or a debugger? Where the system does not tell, it may be.
pub(crate) fn may_be_stopped(pid: i32) -> bool {
    let stat = stat::of(format!("/proc/{pid}"));
    stat.map_or(!cfg!(target_os = "linux"), |stat| matches!(stat.state, b'T' | b't'))
}

#[allow(unsafe_code)]
fn write_lock(byte: i64) -> libc::flock {
    // SAFETY: `flock` is a plain C struct of integers, for which zero is a value.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as _;
    lock.l_whence = libc::SEEK_SET as _;
    lock.l_start = byte as _;
    lock.l_len = 1;
    lock
}

/// Without a name from the start, where the system can do that.
fn unnamed_file() -> io::Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::memfd::{MFdFlags, memfd_create};
        if let Ok(life) = memfd_create(c"multiprocessing-life", MFdFlags::MFD_CLOEXEC) {
            return Ok(life);
        }
    }
    let directory = std::env::temp_dir();
    let (life, path) = nix::unistd::mkstemp(&directory.join("multiprocessing-XXXXXX"))
        .map_err(|errno| refused_in(&directory, errno))?;
    nix::unistd::unlink(&path)?;
    fcntl(&life, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC))?;
    Ok(life)
}

/// Nothing can be made in the directory for temporary files.
pub(crate) fn refused_in(directory: &Path, errno: nix::Error) -> io::Error {
    let error = io::Error::from(errno);
    let text = format!(
        "nothing can be made in the directory for temporary files, {}: {error}; set the \
         environment variable TMPDIR to a directory in which you may write",
        directory.display()
    );
    io::Error::new(error.kind(), text)
}
