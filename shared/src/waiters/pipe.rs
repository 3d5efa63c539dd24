//! Everywhere: a pipe that carries one byte for each sleeper to be woken.

use crate::identity::{at_a_high_number, descriptor_lost};
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{pipe, read, write};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::{Duration, Instant};

/// Both ends, inherited by every process; neither ever blocks.
pub(crate) struct Bell {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Bell {
    pub(crate) fn new() -> io::Result<Bell> {
        let (reader, writer) = pipe()?;
        let [reader, writer] = [reader, writer].map(at_a_high_number);
        for end in [&reader, &writer] {
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
            fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok(Bell { reader, writer })
    }

    /// Sleeps until a byte comes, while the lower half of `word` is `seen`, for `at_most`. Says whether it was rung.
    pub(crate) fn sleep(&self, word: &AtomicU64, seen: u32, at_most: Duration) -> bool {
        let end = Instant::now() + at_most;
        while word.load(SeqCst) as u32 == seen {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            // poll counts whole milliseconds: rounded up, a wait is never too short.
            let timeout = PollTimeout::from(left.as_micros().div_ceil(1000) as u16);
            let mut ends = [PollFd::new(self.reader.as_fd(), PollFlags::POLLIN)];
            if matches!(poll(&mut ends, timeout), Ok(1..)) {
                if ends[0].revents().is_none_or(|seen| seen.contains(PollFlags::POLLNVAL)) {
                    descriptor_lost(self.reader.as_fd());
                }
                // Another sleeper may have been faster, and its byte may have been meant for us.
                let _ = read(&self.reader, &mut [0]);
                // A byte without a ring was meant for one who is dead or awake. Not counting it as
                // a ring lowers the number of sleepers: so the number and the bytes heal.
                return word.load(SeqCst) as u32 != seen;
            }
        }
        // The ring's byte stays in the pipe and wakes somebody once too often, which is harmless.
        true
    }

    pub(crate) fn ring(&self, _: &AtomicU64, sleepers: u32) {
        // A full pipe holds more bytes than there are sleepers: then there is nothing to add.
        let _ = write(&self.writer, &[0u8; 64][..sleepers.min(64) as usize]);
    }
}
