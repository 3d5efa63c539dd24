//! Two connected ends: a message sent at one is received at the other.

use crate::identity;
use crate::time::{after, sleep_for};
use crate::trace::{Op, pass};
use crate::waiters::SLICE;
use crate::waits::{Condition, waits_for};
use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use ipc_channel::{IpcError, TryRecvError};
use serde::{Serialize, de::DeserializeOwned};
use std::cell::RefCell;
use std::io;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

/// One of two connected ends; Python's `Connection`, as `multiprocessing.Pipe()` gives two of.
///
/// A pipe is for two processes, one at each end. Move one end into the child's function: then the
/// parent's copy of it is closed by `start()`. The copy of the *other* end that the child inherits
/// is closed when the child first uses its own. So the end of file comes: once one process has
/// ended or dropped its end, the other receives what was still under way, then
/// [`PipeError::Closed`]. As in Python, another child that was started while this process held an
/// end keeps a copy of it, and no end of file comes before that child has ended, too.
///
/// It is made of two ipc-channels. On Linux one takes some hundreds of unread messages, then
/// `send` waits (for a queue without that limit see [`Queue`](crate::Queue)). On macOS the ends do
/// not survive the fork: a pipe works only within one process there.
///
/// **When the other process dies**, `recv` and `send` give `Closed`, also when it was killed while it
/// sent. When it is killed while it receives a message of more than about 200 KiB, `send` here waits
/// for ever.
///
/// ```
/// use multiprocessing::{Pipe, Process};
/// let (ours, theirs) = Pipe::<String>::new()?;
/// let child = Process::new(move || theirs.send("hello".into())).start()?;
/// assert_eq!(ours.recv()?, "hello");
/// assert!(ours.recv().is_err()); // the child has ended
/// child.join()?;
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct PipeEnd<T> {
    ends: Rc<Ends<T>>,
    side: usize,
    creator: u32,
    object: u32,
}

/// What this process holds of both ends.
type Ends<T> = [RefCell<Option<Channels<T>>>; 2];

struct Channels<T> {
    to: IpcSender<T>,
    from: IpcReceiver<T>,
}

/// Makes pairs of connected ends: see [`PipeEnd`].
pub struct Pipe<T>(PhantomData<T>);

/// Why a message was not sent or received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipeError {
    /// No process holds the other end any more (Python's `EOFError` or `BrokenPipeError`).
    #[error("the other end of the pipe is closed: its process has ended or has dropped it")]
    Closed,
    /// The bytes are no message of this type, or the message cannot be made bytes.
    #[error("the message cannot be encoded or decoded: {0}")]
    Codec(String),
    /// The system refused.
    #[error("the pipe failed: {0}")]
    Os(#[from] io::Error),
}

impl<T: Serialize + DeserializeOwned> Pipe<T> {
    /// Two connected ends (Python's `Pipe()`); both can send and receive.
    ///
    /// # Errors
    /// The system has no descriptors or no memory left.
    #[expect(clippy::new_ret_no_self, reason = "a pipe is its two ends")]
    pub fn new() -> io::Result<(PipeEnd<T>, PipeEnd<T>)> {
        identity::found()?;
        let ((to_second, from_first), (to_first, from_second)) = (ipc::channel()?, ipc::channel()?);
        let first = Channels { to: to_second, from: from_second };
        let second = Channels { to: to_first, from: from_first };
        let ends = Rc::new([first, second].map(|end| RefCell::new(Some(end))));
        let (creator, object) = (std::process::id(), identity::new_object());
        let end = |side| PipeEnd { ends: Rc::clone(&ends), side, creator, object };
        Ok((end(0), end(1)))
    }
}

impl<T: Serialize + DeserializeOwned> PipeEnd<T> {
    /// Sends a message (Python's `send`). It waits only if very much is unread.
    ///
    /// # Errors
    /// [`PipeError::Closed`], if the other end is; `Codec`, if the message's `Serialize` fails.
    pub fn send(&self, message: T) -> Result<(), PipeError> {
        pass(Op::Send { object: self.object });
        let end = self.own_end()?;
        // Nobody can say before whether there is room.
        let _waiting = waits_for(self.object, Condition::Send, false);
        end.to.send(message).map_err(PipeError::from)
    }

    /// Receives the next message, waiting for it (Python's `recv`).
    ///
    /// # Errors
    /// [`PipeError::Closed`] at the end of file; `Codec`, if the bytes are no such message.
    pub fn recv(&self) -> Result<T, PipeError> {
        loop {
            if let Some(message) = self.recv_timeout(Duration::MAX)? {
                return Ok(message);
            }
        }
    }

    /// Receives the next message if there is one now. (Python asks `poll()` first.)
    ///
    /// # Errors
    /// As [`recv`](PipeEnd::recv).
    pub fn try_recv(&self) -> Result<Option<T>, PipeError> {
        self.recv_timeout(Duration::ZERO)
    }

    /// Receives the next message, waiting at most this long, and never shorter. (Python asks
    /// `poll(seconds)` first.)
    ///
    /// # Errors
    /// As [`recv`](PipeEnd::recv).
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Option<T>, PipeError> {
        let deadline = after(timeout);
        let end = self.own_end()?;
        let mut waiting = None;
        loop {
            let slice = sleep_for(deadline, SLICE);
            if slice.is_some() {
                waiting.get_or_insert_with(|| {
                    waits_for(self.object, Condition::Receive, deadline.is_some())
                });
            }
            // ipc-channel waits for whole milliseconds, rounded down.
            match end.from.try_recv_timeout(slice.map_or(Duration::ZERO, whole_milliseconds)) {
                Ok(message) => {
                    pass(Op::Receive { object: self.object });
                    return Ok(Some(message));
                }
                Err(TryRecvError::Empty) if slice.is_none() => return Ok(None),
                Err(TryRecvError::Empty) => crate::say::end_if_nobody_reads(),
                Err(TryRecvError::IpcError(IpcError::Io(error)))
                    if error.kind() == io::ErrorKind::Interrupted => {}
                Err(TryRecvError::IpcError(error)) => return Err(error.into()),
            }
        }
    }

    /// This process's copy of this end. From now on it needs no copy of the other one, which would
    /// keep the end of file from coming.
    fn own_end(&self) -> Result<std::cell::Ref<'_, Channels<T>>, PipeError> {
        if std::process::id() != self.creator {
            self.ends[1 - self.side].take();
        }
        let end = self.ends[self.side].borrow();
        std::cell::Ref::filter_map(end, Option::as_ref).map_err(|_| PipeError::Closed)
    }
}

fn whole_milliseconds(time: Duration) -> Duration {
    Duration::from_millis(time.as_micros().div_ceil(1000) as u64)
}

impl<T> Drop for PipeEnd<T> {
    fn drop(&mut self) {
        self.ends[self.side].take();
    }
}

impl From<IpcError> for PipeError {
    fn from(error: IpcError) -> PipeError {
        match error {
            IpcError::Disconnected => PipeError::Closed,
            IpcError::SerializationError(error) => PipeError::Codec(error.to_string()),
            IpcError::Io(error) => match error.kind() {
                io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => PipeError::Closed,
                _ => PipeError::Os(error),
            },
        }
    }
}
