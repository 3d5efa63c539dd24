//! Waiting for the first of several.

use crate::memory::clock::sleep_for;
use crate::memory::ending;
use crate::memory::seam::{self, Act, Condition, Op, waits_for};
use crate::memory::waiters::UNTIL_A_LOOK;
use crate::pipe::PipeEnd;
use crate::process::child::Child;
use crate::process::error::ProcessError;
use crate::queue::joinable::JoinableQueue;
use crate::queue::message::Message;
use crate::queue::queue::Queue;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sealed::{Look, Seen};
use serde::{Serialize, de::DeserializeOwned};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// So much later, at most, is noticed what has no descriptor.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// What [`wait`] waits for: the end of a [`Child`]; a message in a [`Queue`] or a [`JoinableQueue`], or its
/// [shutdown](Queue::shutdown); a message, or the end of file, at a [`PipeEnd`].
pub trait Ready: Look {}

mod sealed {
    use crate::memory::seam::Op;
    use crate::process::error::ProcessError;
    use std::os::fd::OwnedFd;

    /// A look, and the object that it was at.
    #[derive(Debug)]
    pub struct Seen(pub(crate) Op<'static>, pub(crate) u32);

    pub trait Look {
        fn may_be_asked(&self) -> Result<(), ProcessError> {
            Ok(())
        }
        /// What is to be seen of it now. It takes nothing.
        fn look(&self) -> Seen;
        /// Readable when there is something to see; not everything has one.
        fn descriptor(&self) -> Option<OwnedFd> {
            None
        }
    }
}

impl Seen {
    fn is_ready(&self) -> bool {
        match self.0 {
            Op::LookedAtChild { alive, .. } => !alive,
            Op::LookedAtQueue { len } => len > 0,
            Op::FoundShutDown(_) => true,
            Op::LookedAtPipe { ready, .. } => ready,
            _ => unreachable!("these are all looks"),
        }
    }
}

/// Waits until one of these is ready, and says which are: their places in the list, one at least
/// (Python's `multiprocessing.connection.wait(object_list)`, which returns the objects).
///
/// Nothing is taken: a child that has ended is still there for its `join`, a message for its `get`
/// or `recv`. These would not wait then, unless another process takes the message first.
///
/// **When a process dies**, that is the end of a child, and often the end of file on a pipe. It
/// tells nothing about a queue. A stopped child has not ended.
///
/// Children and pipes cost next to nothing while it waits, and are noticed at once. A queue has no
/// descriptor (in Python it has): while there is one in the list, this looks each millisecond, which
/// takes some 2 % of a processor, and notices a message up to a millisecond late. For one queue
/// alone [`get`](Queue::get) is better. A child is no better off where there are no pidfds: before
/// Linux 5.3, and on macOS.
///
/// # Errors
/// [`ProcessError::NotCreator`]: a child in the list is another process's.
///
/// # Panics
/// If the list is empty: nothing could ever end the wait.
///
/// ```
/// use multiprocessing::{Process, Queue, wait};
/// let queue = Queue::<u32>::unbounded()?;
/// let quick = Process::new(|| ()).start()?;
/// let slow = Process::new(|| queue.get().map(drop)).start()?;
/// assert_eq!(wait(&[&slow, &quick])?, [1]);
/// queue.put(7)?;
/// slow.join()?;
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn wait(list: &[&dyn Ready]) -> Result<Vec<usize>, ProcessError> {
    assert!(!list.is_empty(), "wait(&[]) would wait for ever: there is nothing in the list");
    first_of(list, None)
}

/// Like [`wait`], but waits at most this long (Python: `wait(object_list, seconds)`). The answer is
/// empty when the time is over, never earlier.
///
/// # Errors
/// As [`wait`].
///
/// ```
/// use multiprocessing::{Queue, wait_timeout};
/// let queue = Queue::<u32>::unbounded()?;
/// assert!(wait_timeout(&[&queue], std::time::Duration::from_millis(10))?.is_empty());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn wait_timeout(list: &[&dyn Ready], timeout: Duration) -> Result<Vec<usize>, ProcessError> {
    first_of(list, Some(timeout))
}

fn first_of(list: &[&dyn Ready], limit: Option<Duration>) -> Result<Vec<usize>, ProcessError> {
    list.iter().try_for_each(|one| one.may_be_asked())?;
    let (attempt, deadline) = seam::about_to_wait(Act::WaitForFirst, 0, limit);
    let (mut waiting, mut descriptors) = (None, None);
    loop {
        let seen: Vec<_> = list.iter().map(|one| one.look()).collect();
        let ready: Vec<usize> = (0..list.len()).filter(|&at| seen[at].is_ready()).collect();
        let sleep = sleep_for(deadline, UNTIL_A_LOOK).filter(|_| ready.is_empty());
        let Some(sleep) = sleep else {
            drop(waiting);
            attempt.saw(seen.into_iter().map(|Seen(op, object)| (op, object)));
            return Ok(ready);
        };
        let told = waiting.get_or_insert_with(|| {
            let any = || list.iter().any(|one| one.look().is_ready());
            waits_for(0, Condition::First, deadline, &any)
        });
        if told.is_over() {
            continue;
        }
        let descriptors: &Vec<OwnedFd> = descriptors
            .get_or_insert_with(|| list.iter().filter_map(|one| one.descriptor()).collect());
        let readable = descriptors.iter().map(|one| PollFd::new(one.as_fd(), PollFlags::POLLIN));
        let mut readable: Vec<_> = readable.collect();
        let has_all = readable.len() == list.len();
        let sleep = if has_all { sleep } else { sleep.min(BETWEEN_LOOKS) };
        // Whole milliseconds: rounded up, it is never too short. The next look tells what came, also after
        // an interruption.
        let _ = poll(&mut readable, PollTimeout::from(sleep.as_micros().div_ceil(1000) as u16));
        ending::if_nobody_reads();
    }
}

impl Look for Child {
    fn may_be_asked(&self) -> Result<(), ProcessError> {
        self.only_creator("wait for")
    }
    fn look(&self) -> Seen {
        Seen(Op::LookedAtChild { child: self.pid(), alive: !self.is_over() }, 0)
    }
    fn descriptor(&self) -> Option<OwnedFd> {
        self.sentinel()?.0
    }
}

impl<T: Message> Look for Queue<T> {
    fn look(&self) -> Seen {
        let (state, object) = (self.monitor().state(), self.monitor().object());
        // In this order: once it is shut down, nothing comes.
        let (is_shut_down, len) = (state.is_shut_down(), state.len());
        match (is_shut_down, len) {
            (true, 0) => Seen(Op::FoundShutDown(Act::Get), object),
            (_, len) => Seen(Op::LookedAtQueue { len }, object),
        }
    }
}

impl<T: Message> Look for JoinableQueue<T> {
    fn look(&self) -> Seen {
        (**self).look()
    }
}

impl<T: Serialize + DeserializeOwned> Look for PipeEnd<T> {
    fn look(&self) -> Seen {
        let (op, object) = self.look();
        Seen(op, object)
    }
    fn descriptor(&self) -> Option<OwnedFd> {
        self.descriptor()
    }
}

impl Ready for Child {}
impl<T: Message> Ready for Queue<T> {}
impl<T: Message> Ready for JoinableQueue<T> {}
impl<T: Serialize + DeserializeOwned> Ready for PipeEnd<T> {}
