//! A queue that knows when all of its messages have been dealt with.

use crate::memory::debug::debug;
use crate::memory::seam::{self, Act, Op};
use crate::queue::message::Message;
use crate::queue::queue::{ALL_DONE, Queue, State};
use std::io;
use std::ops::Deref;
use std::time::Duration;

/// A [`Queue`] whose consumers report each message as done, so that a producer can wait until
/// nothing is left to do; Python's `multiprocessing.JoinableQueue`.
///
/// **When a consumer dies** between `get` and `task_done`, its message is never done: `join` then
/// waits forever, as Python's does. Use [`join_timeout`](JoinableQueue::join_timeout).
///
/// ```
/// use multiprocessing::{JoinableQueue, Process};
/// let tasks = JoinableQueue::<Option<u32>>::unbounded()?;
/// let consumer = Process::new(|| -> anyhow::Result<()> {
///     while let Some(_task) = tasks.get()? {
///         tasks.task_done()?;
///     }
///     Ok(tasks.task_done()?) // the pill, too
/// })
/// .start()?;
/// for message in [Some(1), Some(2), None] {
///     tasks.put(message)?;
/// }
/// tasks.join();
/// consumer.join()?;
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct JoinableQueue<T>(Queue<T>);

debug!(JoinableQueue<T>, |joinable| queue: joinable.0);

/// `task_done` was called more times than messages were put.
#[derive(Debug, thiserror::Error)]
#[error(
    "task_done() was called more often than messages were put: call it once for each message got"
)]
pub struct TooManyDone;

impl<T: Message> JoinableQueue<T> {
    /// Like [`Queue::unbounded`].
    #[track_caller]
    pub fn unbounded() -> io::Result<Self> {
        Queue::unbounded().map(JoinableQueue)
    }

    /// Like [`Queue::bounded`].
    #[track_caller]
    pub fn bounded(n: usize) -> io::Result<Self> {
        Queue::bounded(n).map(JoinableQueue)
    }

    /// Like [`Queue::with_arena`].
    #[track_caller]
    pub fn with_arena(bytes: usize) -> io::Result<Self> {
        Queue::with_arena(bytes).map(JoinableQueue)
    }

    /// Reports that one message that was got is dealt with (Python's `task_done()`). A message for
    /// which `get` returned [`GetError::Decode`](crate::GetError::Decode) was got, too.
    ///
    /// # Errors
    /// [`TooManyDone`], if there was no such message (Python's `ValueError`).
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        let monitor = self.0.monitor();
        let attempt = seam::about(Act::Done, monitor.object());
        let Ok(mut guard) = monitor.enter(None) else { unreachable!("no deadline") };
        if monitor.state().unfinished() == 0 {
            return Err(TooManyDone);
        }
        if monitor.state().mark_done() {
            guard.ring(ALL_DONE, u32::MAX);
        }
        let nth = monitor.state().times_done();
        drop(guard);
        attempt.did(|| Op::Done { nth });
        Ok(())
    }

    /// Waits until every message that was put has been reported as done (Python's `join()`).
    /// Returns at once if none was ever put.
    ///
    /// One moment in which all are done is enough: every process that is waiting then goes on, even
    /// if the next message is put at once. A `join` that begins later waits for that message, too.
    pub fn join(&self) {
        while !self.join_within(None) {}
    }

    /// Like [`join`](JoinableQueue::join), but waits at most this long (Python has no such call).
    /// Tells whether all is done.
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        self.join_within(Some(timeout))
    }

    fn join_within(&self, limit: Option<Duration>) -> bool {
        let monitor = self.0.monitor();
        let (attempt, deadline) = seam::about_to_wait(Act::WaitForDone, monitor.object(), limit);
        // The moment that it waits for: the last one, if all are done now.
        let state = monitor.state();
        let times = state.times_all_done();
        let nth = times + u64::from(state.unfinished() > 0);
        let all_done = |state: &State| state.unfinished() == 0 || state.times_all_done() != times;
        // The last look is for the case that a process is stopped inside.
        let done =
            monitor.enter_when(ALL_DONE, deadline, all_done).is_ok() || all_done(monitor.state());
        if done {
            attempt.did(|| Op::AllDone { nth });
        }
        done
    }
}

/// All that a `Queue` can do.
impl<T> Deref for JoinableQueue<T> {
    type Target = Queue<T>;
    fn deref(&self) -> &Queue<T> {
        &self.0
    }
}
