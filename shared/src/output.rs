//! What all processes of a family share about their output: whose turn it is to print, and
//! whether anybody still reads.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use nix::poll::PollTimeout;

use crate::identity::may_be_stopped;
use crate::memory::Shared;
use crate::monitor::{Guard, Monitor};
use crate::say;
use crate::time::after;

/// How long to wait for a turn before looking at who has it, and how many times.
const PATIENCE: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

pub(crate) struct Output(Monitor<State, 0>);

#[repr(C)]
pub(crate) struct State {
    unread: AtomicBool,
}
// SAFETY: an atomic.
unsafe impl Shared for State {}

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
            // Another thread may have been faster: then nobody knows this one yet.
            let _ = OUTPUT.set(Output(Monitor::new(0, [])?));
        }
        Ok(())
    }

    /// Waits until nobody else is in the middle of a line. It does not wait for ever: a process
    /// that was stopped in the middle of its line must not silence the others.
    pub(crate) fn turn(&self, sink: BorrowedFd<'_>) -> Option<Guard<'_, State, 0>> {
        let mut looks = 0;
        while looks < LOOKS {
            match self.0.enter(after(PATIENCE)) {
                Ok(guard) => return Some(guard),
                Err(held) if held.held_by.is_some_and(may_be_stopped) => return None,
                // Where there is no room to write, everybody waits for the reader anyway.
                Err(_) => looks += u32::from(say::is_ready(sink, PollTimeout::ZERO)),
            }
        }
        None
    }

    pub(crate) fn nobody_reads(&self) {
        self.0.state().unread.store(true, Relaxed);
    }

    #[inline]
    pub(crate) fn is_unread(&self) -> bool {
        self.0.state().unread.load(Relaxed)
    }
}
