//! Who holds a lock, and is that process still alive?
//!
//! A pid cannot answer: it is still there while its process is a zombie, and may be another
//! process tomorrow. So each process draws a serial number that is never used again, and holds a
//! record lock on the byte of that number in one file, the *life lock*. The kernel drops the lock
//! at the moment the process dies, however it dies; whoever finds the byte free knows.
//!
//! Closing *any* descriptor of that file would drop the locks of the whole process (POSIX's rule
//! for record locks), so it is opened once, before the first fork, and never duplicated.

use crate::memory::{Mapping, Shared};
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};

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
        let asked = fcntl(&family().life, FcntlArg::F_GETLK(&mut found));
        asked.is_ok() && i32::from(found.l_type) == i32::from(libc::F_UNLCK as i16)
    }
}

/// What the processes that share objects have in common.
struct Family {
    life: File,
    counters: Mapping,
}

#[repr(C)]
struct Counters {
    serials: AtomicU32,
    objects: AtomicU32,
}
// SAFETY: two atomics.
unsafe impl Shared for Counters {}

static FAMILY: OnceLock<Family> = OnceLock::new();

/// This process's `Owner`, or 0 as long as it has not enrolled.
static ME: AtomicU64 = AtomicU64::new(0);

/// Founds the family if there is none. Every constructor of a shared object calls this, so that
/// the family is older than any object, and every process that inherits one inherits it too.
pub(crate) fn found() -> io::Result<()> {
    if FAMILY.get().is_none() {
        let family =
            Family { life: unnamed_file()?, counters: Mapping::new(size_of::<Counters>())? };
        // SAFETY: the handler does one atomic store, which is safe in a forked child. It covers a
        // fork behind the crate's back as well.
        match unsafe { libc::pthread_atfork(None, None, Some(forget_me)) } {
            0 => {}
            error => return Err(io::Error::from_raw_os_error(error)),
        }
        // If another thread was faster, its family stands; nobody has enrolled in ours.
        let _ = FAMILY.set(family);
    }
    Ok(())
}

/// A forked child is another process than its parent: it holds none of the parent's locks.
extern "C" fn forget_me() {
    ME.store(0, Relaxed);
}

fn family() -> &'static Family {
    FAMILY.get().expect("a shared object exists, so its constructor has called found()")
}

/// A number for a new shared object, the same in every process that inherits it.
pub(crate) fn new_object() -> u32 {
    family().counters.header::<Counters>().objects.fetch_add(1, Relaxed) + 1
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
    let serial = family().counters.header::<Counters>().serials.fetch_add(1, Relaxed) + 1;
    let me = Owner(u64::from(serial) << 32 | u64::from(std::process::id()));
    let lock = write_lock(me.serial());
    if let Err(error) = fcntl(&family().life, FcntlArg::F_SETLK(&lock)) {
        // Going on would let others take this process for dead while it holds their queue.
        panic!(
            "multiprocessing: cannot take this process's life lock: {error} (was its descriptor closed?)"
        );
    }
    // Two threads may enrol at once: the first store stands, the other serial stays unused.
    match ME.compare_exchange(0, me.0, Relaxed, Relaxed) {
        Ok(_) => me,
        Err(first) => Owner(first),
    }
}

/// Is this process stopped, by SIGSTOP or a debugger? Where the system does not tell, it may be.
pub(crate) fn may_be_stopped(pid: i32) -> bool {
    // Bytes, not text: the name in it may end in the middle of a letter.
    let stat = std::fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.iter().rposition(|&byte| byte == b')').and_then(|end| stat.get(end + 2));
    state.map_or(!cfg!(target_os = "linux"), |state| matches!(state, b'T' | b't'))
}

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
fn unnamed_file() -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::memfd::{MFdFlags, memfd_create};
        if let Ok(life) = memfd_create(c"multiprocessing-life", MFdFlags::MFD_CLOEXEC) {
            return Ok(life.into());
        }
    }
    let directory = std::env::temp_dir();
    let (life, path) = nix::unistd::mkstemp(&directory.join("multiprocessing-XXXXXX"))
        .map_err(|errno| refused_in(&directory, errno))?;
    nix::unistd::unlink(&path)?;
    fcntl(&life, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC))?;
    Ok(life.into())
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
