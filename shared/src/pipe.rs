//! Two connected ends: a message sent at one is received at the other.

use crate::memory::clock::sleep_for;
use crate::memory::debug::debug;
use crate::memory::seam::{self, Act, Attempt, Condition, Kind, Op, Text, waits_for};
use crate::memory::waiters::UNTIL_A_LOOK;
use crate::memory::{current, ending};
use crate::queue::beside::{self, refuse};
use crate::queue::message::{self, CodecError, Message, Tried};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::{Cell, Ref, RefCell};
use std::io::{self, IoSlice, IoSliceMut};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
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
/// An end can be sent through another pipe, alone or in a message, as in Python. That moves it: the
/// sender's copy is closed, even if `send` fails. What was sent and received on it so far stays so, and
/// what is under way waits for the receiver. Only a pipe can carry an end, at most 253 in one message; a
/// queue, a pool and a spawn refuse it. If the receiver is killed before it takes the message, the end is
/// closed, and the other side is told.
///
/// ```
/// use multiprocessing::{PipeEnd, Process, pipe};
/// let (server, requests) = pipe::<(u32, PipeEnd<u32>)>()?;
/// let child = Process::new(move || -> anyhow::Result<()> {
///     let (n, answers) = requests.recv()?;
///     Ok(answers.send(n * n)?)
/// });
/// let child = child.start()?;
/// let (answer, theirs) = pipe()?;
/// server.send((7, theirs))?;
/// assert_eq!(answer.recv()?, 49);
/// child.join()?;
/// # Ok::<(), anyhow::Error>(())
/// ```
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
    /// What has come of the message that is under way, and the ends beside it.
    come: RefCell<(Vec<u8>, Vec<OwnedFd>)>,
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
/// So many descriptors go beside one message: Linux's limit.
const MOST_ENDS: usize = 253;

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
        let encode = || message::append(&message, &mut bytes);
        let (encoded, fds) = beside::carrying(Vec::new(), encode);
        encoded.map_err(codec)?;
        // A trial would use up the ends.
        if fds.is_empty() {
            self.tried.first_of_its_kind::<T>(&bytes[HEADER..]).map_err(codec)?;
        }
        let length = (bytes.len() - HEADER) as u64;
        bytes[..HEADER].copy_from_slice([MARK, length.to_le_bytes()].as_flattened());
        // The ends go with the first byte.
        let (mut rest, mut ends, mut waiting) = (&bytes[..], &fds[..], None);
        while !rest.is_empty() {
            match write_now(&end, rest, ends) {
                Ok(count) => (rest, ends) = (&rest[count..], &[]),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
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
        let (bytes, fds) = self.come.take();
        let (message, _) = beside::carrying(fds, || message::decode(&bytes[HEADER..]));
        message.map(Some).map_err(codec)
    }

    /// Reads what there is of the next message, and says whether that is all of it.
    fn has_come(&self, end: &UnixStream) -> Result<bool, PipeError> {
        let (come, fds) = &mut *self.come.borrow_mut();
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
            let count = read_now(end, &mut come[have..], fds);
            come.truncate(have + count.unwrap_or(0));
            match count {
                Ok(0) => return Err(PipeError::Closed),
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(false),
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
        Errno::PIPE | Errno::CONNRESET => PipeError::Closed,
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

/// Writes what there is room for, without waiting; the descriptors with the first byte.
fn write_now(end: &UnixStream, bytes: &[u8], fds: &[OwnedFd]) -> rustix::io::Result<usize> {
    let fds: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
    let rights = SendAncillaryMessage::ScmRights(&fds);
    let mut room = vec![MaybeUninit::uninit(); if fds.is_empty() { 0 } else { rights.size() }];
    let mut beside = SendAncillaryBuffer::new(&mut room);
    // Without descriptors there is no room, and it stays empty.
    beside.push(rights);
    // On macOS, rustix has no name for the second flag.
    let flags = SendFlags::DONTWAIT | SendFlags::from_bits_retain(libc::MSG_NOSIGNAL as _);
    sendmsg(end, &[IoSlice::new(bytes)], &mut beside, flags)
}

/// Reads what has come, without waiting. 0 is the end of file.
fn read_now(
    end: &UnixStream,
    room: &mut [u8],
    fds: &mut Vec<OwnedFd>,
) -> rustix::io::Result<usize> {
    let mut beside = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_ENDS))];
    let mut beside = RecvAncillaryBuffer::new(&mut beside);
    let flags = RecvFlags::DONTWAIT;
    #[cfg(not(target_vendor = "apple"))]
    let flags = flags | RecvFlags::CMSG_CLOEXEC;
    let count = recvmsg(end, &mut [IoSliceMut::new(room)], &mut beside, flags)?.bytes;
    for come in beside.drain() {
        if let RecvAncillaryMessage::ScmRights(come) = come {
            fds.extend(come);
        }
    }
    #[cfg(target_vendor = "apple")]
    for fd in fds.iter() {
        rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC)?;
    }
    Ok(count)
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

/// An end travels through a pipe. In words it is its type's name.
impl<T: Serialize + DeserializeOwned> Serialize for PipeEnd<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.serialize_unit_struct("PipeEnd");
        }
        let fail = |why| S::Error::custom(refuse(why));
        if !self.come.borrow().0.is_empty() {
            return Err(fail("a message has come to this end already: receive it first"));
        }
        let end = self.own_end().map_err(|_| fail("this end is closed in this process"))?;
        beside::put(&*end).map_err(fail)?;
        (self.side == 1, self.object, self.sent.get(), self.received.get()).serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for PipeEnd<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (is_second, object, sent, received): (bool, _, _, _) =
            Deserialize::deserialize(deserializer)?;
        let end = beside::take().map_err(|why| D::Error::custom(refuse(why)))?;
        let (side, ends) = (usize::from(is_second), Rc::<Ends>::default());
        ends[side].replace(Some(end.into()));
        Ok(PipeEnd {
            ends,
            side,
            creator: current::pid(),
            object,
            come: RefCell::default(),
            tried: Tried::default(),
            sent: Cell::new(sent),
            received: Cell::new(received),
            messages: PhantomData,
        })
    }
}

impl<T> Drop for PipeEnd<T> {
    fn drop(&mut self) {
        let attempt = seam::about(Act::Close, self.object);
        self.ends[self.side].take();
        attempt.did(|| Op::Close { end: self.side });
    }
}
