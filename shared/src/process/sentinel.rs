//! Waiting for the end of a child, with a time limit and without taking its status.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// A descriptor that can be read once the child has ended, opened when somebody waits and only then.
/// None on a kernel before 5.3, in a container that refuses the call, where no descriptor is left,
/// and on other systems than Linux.
pub(crate) struct Sentinel(pub(crate) Option<OwnedFd>);

/// So much later, at most, the end of a child is noticed without a descriptor.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

impl Sentinel {
    /// `pid` must be a child that nobody has waited for.
    pub(crate) fn of(pid: i32) -> Sentinel {
        Sentinel(open(pid))
    }

    /// Returns when the child has ended, or the time is over, or earlier.
    pub(crate) fn wait(&self, rest: Duration) {
        let Some(child) = &self.0 else {
            return std::thread::sleep(rest.min(BETWEEN_LOOKS));
        };
        // Whole milliseconds: rounded up, a wait is never too short. A longer one begins anew.
        let limit = rest.as_micros().div_ceil(1000).min(i32::MAX as u128) as i32;
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        // Nothing to tell apart: the caller looks at the child and at the clock.
        let _ = poll(&mut [PollFd::new(child.as_fd(), PollFlags::POLLIN)], limit);
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn open(pid: i32) -> Option<OwnedFd> {
    use std::os::fd::FromRawFd;
    // SAFETY: the call takes two numbers and touches no memory.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    // SAFETY: a descriptor that the system has just made (close-on-exec) has no owner yet.
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

#[cfg(not(target_os = "linux"))]
fn open(_pid: i32) -> Option<OwnedFd> {
    None
}
