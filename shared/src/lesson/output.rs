//! What all processes of a family share about their output: whose turn it is to print on a sink,
//! and whether anybody still reads it.
//!
//! A *sink* is the file, pipe or terminal behind a descriptor, by whatever number a process knows
//! it. A process may have redirected its own output, so each sink has a turn of its own: a child
//! whose pipe is full holds up only those who print into that pipe.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::fstat;

use crate::memory::clock::after;
use crate::memory::family::{self, Owner, may_be_stopped};
use crate::memory::mapping::{Mapping, shared};
use crate::memory::mutex::Mutex;
use crate::memory::seam::{Condition, Kind};

/// How long to wait for a turn before looking at who has it, and how many times.
const PATIENCE: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

/// So many sinks have a turn of their own, the last one excepted: all further sinks share it.
const SINKS: usize = 1024;

pub(crate) struct Output {
    shared: Mapping,
    object: u32,
}

shared! {
    struct State {
        /// Has anybody met a sink that nobody reads?
        any_unread: AtomicBool,
        /// Which sink has which place, in the order in which they were met; 0: none yet.
        names: [AtomicU64; SINKS],
        sinks: [Sink; SINKS],
    }
}

shared! {
    struct Sink {
        turn: Mutex,
        unread: AtomicBool,
    }
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
            let shared = Mapping::new(size_of::<State>())?;
            // Another thread may have been faster: then nobody knows this one yet.
            let _ = OUTPUT.set(Output { shared, object: family::new_object(Kind::Output)? });
        }
        Ok(())
    }

    fn state(&self) -> &State {
        self.shared.header()
    }

    /// Its place is looked up each time: a process that redirects its output does not tell us. None if
    /// the descriptor is closed.
    fn sink(&self, sink: BorrowedFd<'_>) -> Option<&Sink> {
        let stat = fstat(sink).ok()?;
        let name = ((stat.st_dev as u64).rotate_left(32) ^ stat.st_ino as u64).max(1);
        let state = self.state();
        // Places are taken from the front and never given back. So two processes that meet a new
        // sink at once want the same place: one gets it, and the other finds it there.
        let take = |place: &AtomicU64| match place.compare_exchange(0, name, Relaxed, Relaxed) {
            Ok(_) => true,
            Err(now) => now == name,
        };
        let place = state.names.iter().position(|place| {
            let now = place.load(Relaxed);
            now == name || (now == 0 && take(place))
        });
        Some(&state.sinks[place.unwrap_or(SINKS - 1)])
    }

    /// Waits until nobody else is in the middle of a line on this sink. It does not wait for ever: a
    /// process that was stopped in the middle of its line must not silence the others.
    pub(crate) fn turn(&self, on: BorrowedFd<'_>) -> Option<Turn<'_>> {
        let turn = &self.sink(on)?.turn;
        let mut looks = 0;
        while looks < LOOKS {
            match turn.enter(after(PATIENCE), (self.object, Condition::Inside)) {
                Ok(owner) => return Some(Turn { turn, owner }),
                Err(Some(owner)) if may_be_stopped(owner.pid()) => return None,
                // Where there is no room to write, everybody waits for the reader anyway.
                Err(_) => looks += u32::from(is_ready(on, PollTimeout::ZERO)),
            }
        }
        None
    }

    /// To be called by whoever has met a closed pipe: those who print there, too, shall end.
    pub(crate) fn nobody_reads(&self, sink: BorrowedFd<'_>) {
        if let Some(sink) = self.sink(sink) {
            sink.unread.store(true, Relaxed);
            self.state().any_unread.store(true, Relaxed);
        }
    }

    #[inline]
    pub(crate) fn is_any_unread(&self) -> bool {
        self.state().any_unread.load(Relaxed)
    }

    pub(crate) fn is_unread(&self, sink: BorrowedFd<'_>) -> bool {
        self.sink(sink).is_some_and(|sink| sink.unread.load(Relaxed))
    }
}

/// This process's turn at a sink, which ends when this is dropped.
pub(crate) struct Turn<'a> {
    turn: &'a Mutex,
    owner: Owner,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.owner == family::me() {
            self.turn.release(self.owner);
        }
    }
}

/// Whether there is room to write, within the time.
pub(crate) fn is_ready(sink: BorrowedFd<'_>, within: PollTimeout) -> bool {
    poll(&mut [PollFd::new(sink, PollFlags::POLLOUT)], within) == Ok(1)
}
