//! Two connected ends: a message sent at one is received at the other.

use crate::memory::clock::sleep_for;
use crate::memory::debug::debug;
use crate::memory::seam::{self, Act, Attempt, Condition, Kind, Op, Text, waits_for};
use crate::memory::waiters::UNTIL_A_LOOK;
use crate::memory::{current, ending};
use crate::queue::message::{self, CodecError, Message, Tried};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Serialize, de::DeserializeOwned};
use std::cell::{Cell, Ref, RefCell};
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

/// One of two connected ends; Python's `Connection`, of which `multiprocessing.Pipe()` returns two.
///
/// A pipe is for two processes, one at each end. Move one end into the child's function: then the
/// parent's copy of it is closed by `start()`. The copy of the *other* end that the child inherits
/// is closed when the child first uses its own. So the end of file comes: once one process has
/// ended or dropped its end, the other receives what was still under way, then
/// [`PipeError::Closed`]. As in Python, another child that was started while this process held an
/// end keeps a copy of it, and no end of file comes before that child has ended, too.
///
/// It is a pair of connected sockets. On Linux each way takes some hundreds of unread messages, then
/// `send` waits (for a queue without that limit see [`Queue`](crate::Queue)). Two processes that use
/// the *same* end at once tear each other's messages, as in Python.
///
/// **When the other process dies**, `recv` and `send` return `Closed`, even if it was killed in the
/// middle of a message.
///
/// ```
/// use multiprocessing::{Process, pipe};
/// let (ours, theirs) = pipe::<String>()?;
/// let child = Process::new(move || theirs.send("hello".into())).start()?;
/// assert_eq!(ours.recv()?, "hello");
/// assert!(ours.recv().is_err()); // the child has ended
/// child.join()?;
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct PipeEnd<T> {
    ends: Rc<Ends>,
    side: usize,
    creator: i32,
    object: u32,
    /// What has come of the message that is under way.
    come: RefCell<Vec<u8>>,
    tried: Tried,
    sent: Cell<u64>,
    received: Cell<u64>,
    messages: PhantomData<T>,
}

/// What this process holds of both ends.
type Ends = [RefCell<Option<UnixStream>>; 2];

/// A message is a mark, its length and its bytes. The mark tells a torn message from a whole one.
const MARK: [u8; 8] = *b"message:";
const HEADER: usize = MARK.len() + size_of::<u64>();
/// As much is read at once. What a length promises is believed when it has come.
const PART: usize = 256 << 10;

/// Why a message was not sent or received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipeError {
    /// No process holds the other end any more (Python's `EOFError` or `BrokenPipeError`).
    #[error("the other end of the pipe is closed: its process has ended or has dropped it")]
    Closed,
    /// The bytes are not a message of this type, or the message cannot be encoded.
    #[error("the message cannot be encoded or decoded: {0}")]
    Codec(String),
    /// The system refused.
    #[error("the pipe failed: {0}")]
    Os(io::Error),
}

/// Two connected ends (Python's `Pipe()`); both can send and receive. See [`PipeEnd`].
///
/// # Errors
/// The system has no descriptors or no memory left.
#[track_caller]
pub fn pipe<T: Serialize + DeserializeOwned>() -> io::Result<(PipeEnd<T>, PipeEnd<T>)> {
    let (first, second) = UnixStream::pair()?;
    let ends = Rc::new([first, second].map(|end| RefCell::new(Some(end))));
    let (creator, object) = (current::pid(), seam::new_object(Kind::Pipe, Text(&""))?);
    let end = |side| PipeEnd {
        ends: Rc::clone(&ends),
        side,
        creator,
        object,
        come: RefCell::default(),
        tried: Tried::default(),
        sent: Cell::new(0),
        received: Cell::new(0),
        messages: PhantomData,
    };
    Ok((end(0), end(1)))
}

debug!(PipeEnd<T>, |end| object: end.object, end: end.side);

impl<T: Serialize + DeserializeOwned> PipeEnd<T> {
    /// Sends a message (Python's `send`). It waits only if a great deal is unread.
    ///
    /// # Errors
    /// [`PipeError::Closed`], if the other end is closed; `Codec`, if the message's `Serialize` fails or
    /// nobody could decode the message: see [`Message`](crate::Message).
    pub fn send(&self, message: T) -> Result<(), PipeError> {
        let told = message.told();
        let attempt = seam::about_within(Act::Send, self.object, None, Text(&told));
        let end = self.own_end()?;
        let mut bytes = vec![0; HEADER];
        message::append(&message, &mut bytes).map_err(codec)?;
        self.tried.first_of_its_kind::<T>(&bytes[HEADER..]).map_err(codec)?;
        let length = (bytes.len() - HEADER) as u64;
        bytes[..HEADER].copy_from_slice([MARK, length.to_le_bytes()].as_flattened());
        let (mut rest, mut waiting) = (&bytes[..], None);
        while !rest.is_empty() {
            match write_now(&end, rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    waiting.get_or_insert_with(|| {
                        let room = || wait_for(&end, PollFlags::POLLOUT, Duration::ZERO);
                        waits_for(self.object, Condition::Send, None, &room)
                    });
                    wait_for(&end, PollFlags::POLLOUT, UNTIL_A_LOOK);
                    ending::if_nobody_reads();
                }
                Err(errno) => return Err(self.failed(attempt, refused(errno))),
            }
        }
        let nth = count(&self.sent);
        attempt.did(|| Op::Send { end: self.side, nth, item: Text(&told) });
        Ok(())
    }

    /// Receives the next message, waiting for it (Python's `recv`).
    ///
    /// # Errors
    /// [`PipeError::Closed`] at the end of file; `Codec`, if the bytes are not such a message.
    pub fn recv(&self) -> Result<T, PipeError> {
        loop {
            if let Some(message) = self.recv_within(None)? {
                return Ok(message);
            }
        }
    }

    /// Receives the next message if there is one now. (Python asks `poll()` first.)
    ///
    /// # Errors
    /// As [`recv`](PipeEnd::recv).
    pub fn try_recv(&self) -> Result<Option<T>, PipeError> {
        self.recv_within(Some(Duration::ZERO))
    }

    /// Receives the next message, waiting at most this long and never giving up earlier. (Python
    /// asks `poll(seconds)` first.)
    ///
    /// # Errors
    /// As [`recv`](PipeEnd::recv).
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Option<T>, PipeError> {
        self.recv_within(Some(timeout))
    }

    fn recv_within(&self, limit: Option<Duration>) -> Result<Option<T>, PipeError> {
        let (attempt, deadline) = seam::about_to_wait(Act::Receive, self.object, limit);
        let end = self.own_end()?;
        let mut waiting = None;
        loop {
            match self.take(&end) {
                Ok(None) => {}
                Ok(message) => {
                    let nth = count(&self.received);
                    attempt.did(|| Op::Receive { end: self.side, nth });
                    return Ok(message);
                }
                Err(error) => return Err(self.failed(attempt, error)),
            }
            let Some(slice) = sleep_for(deadline, UNTIL_A_LOOK) else { return Ok(None) };
            let told = waiting.get_or_insert_with(|| {
                let come = || wait_for(&end, PollFlags::POLLIN, Duration::ZERO);
                waits_for(self.object, Condition::Receive, deadline, &come)
            });
            if !told.is_over() {
                wait_for(&end, PollFlags::POLLIN, slice);
            }
            ending::if_nobody_reads();
        }
    }

    /// The next message, if all of it has come.
    fn take(&self, end: &UnixStream) -> Result<Option<T>, PipeError> {
        if !self.has_come(end)? {
            return Ok(None);
        }
        message::decode(&self.come.take()[HEADER..]).map(Some).map_err(codec)
    }

    /// Reads what there is of the next message, and says whether that is all of it.
    fn has_come(&self, end: &UnixStream) -> Result<bool, PipeError> {
        let mut come = self.come.borrow_mut();
        loop {
            let have = come.len();
            let whole = match come.first_chunk() {
                None => HEADER,
                Some(header) => HEADER + length(header)?,
            };
            if have == whole && have >= HEADER {
                return Ok(true);
            }
            come.resize(have + (whole - have).min(PART), 0);
            let count = read_now(end, &mut come[have..]);
            come.truncate(have + count.unwrap_or(0));
            match count {
                Ok(0) => return Err(PipeError::Closed),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(false),
                Err(errno) => return Err(refused(errno)),
            }
        }
    }

    /// Whether `recv` would not wait, for whatever reason.
    pub(crate) fn look(&self) -> (Op<'static>, u32) {
        let come = self.own_end().and_then(|end| self.has_come(&end));
        (Op::LookedAtPipe { end: self.side, ready: !matches!(come, Ok(false)) }, self.object)
    }

    /// Another copy of this process's end, to wait at.
    pub(crate) fn descriptor(&self) -> Option<OwnedFd> {
        self.own_end().ok()?.try_clone().ok().map(OwnedFd::from)
    }

    fn failed(&self, attempt: Attempt, error: PipeError) -> PipeError {
        if let PipeError::Closed = error {
            attempt.did(|| Op::EndOfFile { end: self.side });
        }
        error
    }

    /// This process's copy of this end. From now on it needs no copy of the other one, which would
    /// keep the end of file from coming.
    fn own_end(&self) -> Result<Ref<'_, UnixStream>, PipeError> {
        let other = 1 - self.side;
        if current::pid() != self.creator && self.ends[other].take().is_some() {
            seam::did(Op::Close { end: other }, self.object);
        }
        let end = self.ends[self.side].borrow();
        Ref::filter_map(end, Option::as_ref).map_err(|_| PipeError::Closed)
    }
}

fn refused(errno: Errno) -> PipeError {
    match errno {
        Errno::EPIPE | Errno::ECONNRESET => PipeError::Closed,
        errno => PipeError::Os(errno.into()),
    }
}

fn count(messages: &Cell<u64>) -> u64 {
    messages.set(messages.get() + 1);
    messages.get()
}

/// The length that a header tells.
fn length(header: &[u8; HEADER]) -> Result<usize, PipeError> {
    let (mark, length) = header.split_at(MARK.len());
    let length = u64::from_le_bytes(length.try_into().expect("the rest is eight bytes"));
    match usize::try_from(length) {
        Ok(length) if mark == MARK && length <= isize::MAX as usize - HEADER => Ok(length),
        _ => Err(PipeError::Codec(
            "its beginning is missing; do several processes use the same end at once?".to_owned(),
        )),
    }
}

/// Writes what there is room for, without waiting.
#[allow(unsafe_code)]
fn write_now(end: &UnixStream, bytes: &[u8]) -> nix::Result<usize> {
    let (fd, flags) = (end.as_raw_fd(), libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL);
    // SAFETY: the descriptor and the bytes, which are only read, outlive the call.
    let count = unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) };
    Errno::result(count).map(|count| count as usize)
}

/// Reads what has come, without waiting. 0 is the end of file.
#[allow(unsafe_code)]
fn read_now(end: &UnixStream, room: &mut [u8]) -> nix::Result<usize> {
    let (fd, into) = (end.as_raw_fd(), room.as_mut_ptr().cast());
    // SAFETY: the descriptor and the room, which nobody else uses, outlive the call.
    let count = unsafe { libc::recv(fd, into, room.len(), libc::MSG_DONTWAIT) };
    Errno::result(count).map(|count| count as usize)
}

/// Waits at most this long, or a part of a millisecond longer, and says whether it came; whoever calls
/// it looks again.
fn wait_for(end: &UnixStream, what: PollFlags, slice: Duration) -> bool {
    let limit = PollTimeout::from(slice.as_micros().div_ceil(1000) as u16);
    // An error or an interruption is as good as a short wait.
    matches!(poll(&mut [PollFd::new(end.as_fd(), what)], limit), Ok(1..))
}

fn codec(error: CodecError) -> PipeError {
    PipeError::Codec(error.to_string())
}

impl<T> Drop for PipeEnd<T> {
    fn drop(&mut self) {
        let attempt = seam::about(Act::Close, self.object);
        self.ends[self.side].take();
        attempt.did(|| Op::Close { end: self.side });
    }
}
