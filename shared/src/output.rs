//! What all processes of a family share about their output: whose turn it is to print, and
//! whether anybody still reads.

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::BorrowedFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use nix::poll::PollTimeout;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};

use crate::monitor::{Guard, Monitor};
use crate::{current, say};

/// How long to wait for a turn before looking at who has it, and how many times.
const PATIENCE: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

pub(crate) struct Output {
    monitor: Monitor,
    shared: &'static Shared,
}

/// In memory that children inherit as shared.
struct Shared {
    unread: AtomicBool,
    /// The process whose turn it is, as a hint.
    writer: AtomicI32,
}

static OUTPUT: OnceLock<Output> = OnceLock::new();

impl Output {
    /// None until the first process is started: alone, nobody needs a turn.
    #[inline]
    pub(crate) fn get() -> Option<&'static Output> {
        OUTPUT.get()
    }

    /// Before the first fork, so that every process has the same.
    pub(crate) fn share() -> io::Result<()> {
        if OUTPUT.get().is_none() {
            let length = NonZeroUsize::new(size_of::<Shared>()).expect("a struct with fields");
            let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
            // SAFETY: a new mapping, placed by the system, overlaps nothing that exists.
            let page = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED)? };
            // SAFETY: the mapping starts at a page, is as long as a `Shared`, is never unmapped,
            // and all its bytes are 0, which is a value of each of its atomics.
            let shared = unsafe { page.cast::<Shared>().as_ref() };
            // Another thread may have been faster: then both stand for nothing yet.
            let _ = OUTPUT.set(Output {
                monitor: Monitor::new()?,
                shared,
            });
        }
        Ok(())
    }

    /// Waits until nobody else is in the middle of a line. It does not wait for ever: a process
    /// that was stopped in the middle of its line must not silence the others.
    pub(crate) fn turn(&self, sink: BorrowedFd<'_>) -> Option<Guard<'_>> {
        let mut looks = 0;
        while looks < LOOKS {
            if let Ok(guard) = self.monitor.enter(Some(Instant::now() + PATIENCE)) {
                self.shared.writer.store(current::pid(), Relaxed);
                return Some(guard);
            }
            if is_stopped(self.shared.writer.load(Relaxed)) {
                return None;
            }
            // Where there is no room to write, everybody waits for the reader anyway.
            looks += u32::from(say::is_ready(sink, PollTimeout::ZERO));
        }
        None
    }

    pub(crate) fn nobody_reads(&self) {
        self.shared.unread.store(true, Relaxed);
    }

    #[inline]
    pub(crate) fn is_unread(&self) -> bool {
        self.shared.unread.load(Relaxed)
    }
}

/// Where the system does not tell, it may be: then it is not waited for.
fn is_stopped(pid: i32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    let state = state
        .as_ref()
        .and_then(|stat| stat.rsplit_once(") ")?.1.chars().next());
    state.is_none_or(|state| matches!(state, 'T' | 't'))
}
