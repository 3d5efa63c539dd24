//! Waiting for the end of a child, with a time limit and without taking its status.
//!
//! On Linux a descriptor for the child is opened when somebody waits, and only then, so that a
//! child costs none. Where that is refused, the wait is a short sleep after each look. Elsewhere it
//! is a pipe whose writing end only the child holds.

#[cfg(all(target_os = "linux", not(feature = "portable-wait")))]
pub(crate) use on_linux::*;
#[cfg(not(all(target_os = "linux", not(feature = "portable-wait"))))]
pub(crate) use portable::*;

#[cfg(all(target_os = "linux", not(feature = "portable-wait")))]
mod on_linux {
    use std::io;
    use std::os::fd::{AsFd, FromRawFd, OwnedFd};
    use std::time::Duration;

    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, ppoll};

    /// The parent's part: nothing.
    #[derive(Debug)]
    pub(crate) struct Sentinel;

    /// The child's part: nothing.
    pub(crate) struct Held;

    pub(crate) fn pair() -> io::Result<(Sentinel, Held)> {
        Ok((Sentinel, Held))
    }

    impl Held {
        pub(crate) fn keep(self, _parents: Sentinel) {}
    }

    impl Sentinel {
        /// Of a child that is no fork of ours.
        pub(crate) fn unwatched() -> Sentinel {
            Sentinel
        }

        pub(crate) fn disown(&mut self) {}

        /// `pid` must be a child that nobody has waited for.
        pub(crate) fn watch(&self, pid: i32) -> Watch {
            // SAFETY: the call takes two numbers and touches no memory.
            let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
            // SAFETY: a descriptor that the system has just made (close-on-exec) has no owner yet.
            Watch(Errno::result(fd).ok().map(|fd| unsafe { OwnedFd::from_raw_fd(fd as i32) }))
        }
    }

    /// None on a kernel before 5.3, in a container that refuses the call, and where no descriptor
    /// is left.
    pub(crate) struct Watch(Option<OwnedFd>);

    /// So much later, at most, the end of a child is noticed without a descriptor.
    const SLICE: Duration = Duration::from_millis(2);

    impl Watch {
        /// Returns when the child has ended, or the time is over, or earlier.
        pub(crate) fn wait(&self, rest: Duration) {
            let Some(child) = &self.0 else {
                return std::thread::sleep(rest.min(SLICE));
            };
            let mut fds = [PollFd::new(child.as_fd(), PollFlags::POLLIN)];
            // Nothing to tell apart: the caller looks at the child and at the clock.
            let _ = ppoll(&mut fds, Some(rest.into()), None);
        }
    }
}

#[cfg(not(all(target_os = "linux", not(feature = "portable-wait"))))]
mod portable {
    use std::io;
    use std::os::fd::{AsFd, IntoRawFd, OwnedFd};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
    use std::time::Duration;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    /// The pipe is a hint: a grandchild made by other code may hold it open, and a child may close
    /// it and live on. So a look at the child follows at least this often.
    const SLICE: Duration = Duration::from_millis(20);

    /// The parent's part: the reading end, until the child has ended.
    #[derive(Debug)]
    pub(crate) struct Sentinel(Option<Arc<OwnedFd>>);

    /// The child's part: the writing end.
    pub(crate) struct Held(OwnedFd);

    /// The writing end that this process itself holds, to be closed in its children.
    static OWN: AtomicI32 = AtomicI32::new(-1);

    pub(crate) fn pair() -> io::Result<(Sentinel, Held)> {
        let (reader, writer) = io::pipe()?;
        Ok((Sentinel(Some(Arc::new(reader.into()))), Held(writer.into())))
    }

    impl Held {
        /// In the child: held until it ends, whereas its parent's two are closed.
        pub(crate) fn keep(self, _parents: Sentinel) {
            let parents = OWN.swap(self.0.into_raw_fd(), Relaxed);
            if parents >= 0 {
                let _ = nix::unistd::close(parents);
            }
        }
    }

    impl Sentinel {
        /// Of a child that is no fork of ours and so holds no pipe.
        pub(crate) fn unwatched() -> Sentinel {
            Sentinel(None)
        }

        /// In a child: what its parent watches is none of its business.
        pub(crate) fn disown(&mut self) {
            self.0 = None;
        }

        pub(crate) fn watch(&self, _pid: i32) -> Watch {
            Watch(self.0.clone())
        }
    }

    pub(crate) struct Watch(Option<Arc<OwnedFd>>);

    impl Watch {
        /// Returns when the child has ended, or the time is over, or earlier.
        pub(crate) fn wait(&self, rest: Duration) {
            let Some(reader) = &self.0 else {
                return std::thread::sleep(rest.min(SLICE));
            };
            let mut fds = [PollFd::new(reader.as_fd(), PollFlags::POLLIN)];
            let slice = rest.min(SLICE);
            // The last part of a millisecond is slept, since `poll` counts in whole ones.
            let milliseconds = slice.as_millis() as u16;
            if milliseconds == 0 {
                return std::thread::sleep(slice);
            }
            if poll(&mut fds, PollTimeout::from(milliseconds)) == Ok(1) {
                // Its descriptors are closed: it ends now, or has closed them all and lives on.
                std::thread::sleep(slice.min(Duration::from_micros(200)));
            }
        }
    }
}
