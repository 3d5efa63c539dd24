//! A queue of messages that any number of processes put into and get from.
//!
//! A put encodes its message, waits for room, copies the bytes into the [`Arena`] and stores the new tail;
//! a get does the same backwards. The message is in the queue from the one store to the other, and a
//! process that is killed at any other instant has changed nothing that anybody looks at.

use crate::memory::clock::{Deadline, after};
use crate::memory::debug::debug;
use crate::memory::mapping::{Mapping, shared};
use crate::memory::monitor::{self, Monitor, TimedOut};
use crate::memory::seam::{self, Act, Attempt, Condition, Kind, Op, Text};
use crate::queue::arena::{Arena, End, Jumps, LARGEST, MOST_MESSAGES, between, record_len};
use crate::queue::message::{CodecError, Message, Tried};
use std::any::type_name;
use std::borrow::{Borrow, Cow};
use std::fmt::Display;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

/// A queue that any number of processes put messages into and get messages from; Python's
/// `multiprocessing.Queue`. A process shares it with the children that it starts afterwards: a
/// child's function simply borrows it.
///
/// - Each message reaches exactly one `get`. The messages of one producer keep their order.
/// - An [`unbounded`](Queue::unbounded) queue takes a message without waiting for a reader; a
///   [`bounded`](Queue::bounded) one holds at most `n`, and `put` waits for room.
/// - By the time `put` returns, it has written the message (Python only hands it to a thread). So
///   [`len`](Queue::len), [`is_empty`](Queue::is_empty) and `try_get` are right at once, and a
///   process may end right after its last `put`.
/// - Messages lie in shared memory, the *arena*: 256 MiB of addresses (where they are limited, at
///   most a quarter of what is left, but at least 4 MiB), of which only what is used costs memory. Each
///   message must fit into it.
///
/// **When a process dies** in the middle of `put` or `get`, however it dies, the queue stays
/// whole and nobody hangs; at most the one message that it was about to put or had just got is
/// lost. But a `get` whose producers are all dead waits: a queue does not know who will put.
/// Use [`get_timeout`](Queue::get_timeout), or have the producers say that they end, or whoever knows
/// that nobody puts any more [shut it down](Queue::shutdown).
/// **While a process is stopped** (SIGSTOP) in the middle, calls with a time limit return `Busy` when
/// their time is up, calls without one wait for it, and `try_` calls return `Busy` after a tenth of a
/// second. (If it is not stopped but gets no processor, both are given a second more.)
///
/// ```
/// use multiprocessing::{Process, Queue};
/// let queue = Queue::<u32>::unbounded()?;
/// let writer = Process::new(|| (0..3).try_for_each(|i| queue.put(i))).start()?;
/// assert_eq!([queue.get()?, queue.get()?, queue.get()?], [0, 1, 2]);
/// writer.join()?;
/// # Ok::<(), anyhow::Error>(())
/// ```
///
/// A message of another type does not compile:
/// ```compile_fail
/// multiprocessing::Queue::<u32>::unbounded().unwrap().put("seven");
/// ```
pub struct Queue<T> {
    monitor: Monitor<State, 3>,
    limit: Option<usize>,
    tried: Tried,
    message: PhantomData<fn(T) -> T>,
}

debug!(Queue<T>, |queue| object: queue.monitor.object(), len: queue.monitor.state().len());

shared! {
    /// The two ends of the ring, and for `JoinableQueue` how many messages were marked as done.
    pub(crate) struct State {
        tail: AtomicU64,
        head: AtomicU64,
        /// How many messages were ever put; written just before the tail that makes it true.
        puts: AtomicU64,
        /// How many messages were marked as done (40 bits); above them, how often all were (24
        /// bits).
        done: AtomicU64,
        /// Not 0: it was shut down.
        shut_down: AtomicU64,
        /// The highest byte in use since memory was last given back.
        high: AtomicU64,
        jumps: Jumps,
    }
}

impl State {
    fn head(&self) -> End {
        End(self.head.load(Acquire))
    }

    fn tail(&self) -> End {
        End(self.tail.load(Acquire))
    }

    /// How many messages wait. Right also outside the monitor: read when neither end moved.
    pub(crate) fn len(&self) -> usize {
        loop {
            let head = self.head();
            let len = between(head.count(), self.tail().count());
            if head == self.head() {
                return len;
            }
        }
    }

    /// How many messages were ever put. The tail counts them modulo 2^28; `puts` is the same
    /// number, or a little ahead of it.
    fn puts(&self) -> u64 {
        let tail = self.tail().count();
        let puts = self.puts.load(Relaxed);
        puts - between(tail, puts) as u64
    }

    /// How many messages were ever got. Called while nobody else puts.
    pub(crate) fn gets(&self) -> u64 {
        self.puts() - self.len() as u64
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Acquire) != 0
    }

    /// Whether a `get` need not wait.
    fn has_an_answer(&self) -> bool {
        self.len() > 0 || self.is_shut_down()
    }

    /// The message in front of this tail is in the queue. Called inside the monitor.
    fn commit_put(&self, tail: End) {
        self.puts.store(self.puts() + 1, Relaxed);
        self.tail.store(tail.0, Release);
    }

    /// Messages ever put, less messages marked as done. (Read in this order, it is never too low.)
    pub(crate) fn unfinished(&self) -> u64 {
        let done = self.done.load(Acquire);
        self.puts().wrapping_sub(done) & DONE
    }

    /// How many messages were marked as done, modulo 2^40.
    pub(crate) fn times_done(&self) -> u64 {
        self.done.load(Acquire) & DONE
    }

    /// How often, modulo 2^24, the last message has been marked as done.
    pub(crate) fn times_all_done(&self) -> u64 {
        self.done.load(Acquire) >> DONE_BITS
    }

    /// One store, one commit. Called inside the monitor. Says whether all are done now.
    pub(crate) fn mark_done(&self) -> bool {
        let last = self.unfinished() == 1;
        let now = self.done.load(Relaxed);
        let times = (now >> DONE_BITS) + u64::from(last);
        self.done.store(times << DONE_BITS | ((now + 1) & DONE), Release);
        last
    }
}

const DONE_BITS: u32 = 40;
const DONE: u64 = (1 << DONE_BITS) - 1;

/// The conditions that processes wait for.
const MESSAGE: usize = 0;
const ROOM: usize = 1;
pub(crate) const ALL_DONE: usize = 2;

const ARENA: usize = 256 << 20;
const SMALLEST_ARENA: usize = 4 << 20;
/// A queue that has used more memory than this gives it back when it is empty.
const KEEP: u64 = 16 << 20;
/// Messages up to this length are decoded from the stack, without an allocation.
const SMALL: usize = 128;

/// Why a message was not put.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// A bounded queue holds as many messages as it may (Python's `queue.Full`).
    #[error("the queue is full: get from it first, or use put() to wait for room")]
    Full,
    /// The queue was [shut down](Queue::shutdown) (Python's `queue.ShutDown`). Nothing was written.
    #[error("the queue was shut down: shut it down only when nobody puts any more")]
    ShutDown,
    /// The messages that wait fill the arena of an unbounded queue.
    #[error(
        "the queue's {arena} bytes of memory are full: let a reader keep up, limit the queue \
         with Queue::bounded(n), or give it more with Queue::with_arena(bytes)"
    )]
    ArenaFull {
        /// The size of the arena.
        arena: usize,
    },
    /// The message is larger than the whole arena, or than 4 GiB, which is too large for any queue. Nothing was
    /// written.
    #[error(
        "a message of {len} bytes does not fit into {}",
        match record_len(*len) {
            Some(_) => format!(
                "the queue's {arena} bytes of memory: send it in parts, or make the queue with \
                 Queue::with_arena(bytes)"
            ),
            None => "any queue, for no message may have 4 GiB: send it in parts, or write it to a \
                     file and send its path".to_owned(),
        }
    )]
    TooLarge {
        /// The size of the encoded message.
        len: usize,
        /// The size of the arena.
        arena: usize,
    },
    /// The message's `Serialize` reported an error. Nothing was written.
    #[error("the message cannot be encoded: {0}")]
    Encode(CodecError),
    /// The message can be encoded, but nobody could decode it: see [`Message`]. Nothing was written.
    #[error(
        "a message of type `{message}` can be encoded, but not decoded again: {error}. The encoding \
         has no names in it, so use a plain enum or struct, without serde's `untagged`, `tag`, \
         `flatten` and `skip_serializing_if`"
    )]
    Undecodable {
        /// The type of the message.
        message: &'static str,
        /// What its `Deserialize` reported.
        error: CodecError,
    },
    /// A call that does not wait, or only for a time, found another process standing still in the
    /// middle of a put or get.
    #[error(
        "process {pid} stands still in the middle of a put or get (is it stopped?): continue it with `kill -CONT {pid}`"
    )]
    Busy {
        /// The process inside.
        pid: i32,
    },
}

/// Why no message was got.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// No message waits, and none will come: the queue was [shut down](Queue::shutdown) (Python's
    /// `queue.ShutDown`).
    #[error("the queue is empty and was shut down: no message will come")]
    ShutDown,
    /// The bytes are not a message of this type: its `Serialize` and `Deserialize` disagree. The
    /// message is gone from the queue; the queue is unharmed.
    #[error("the message cannot be decoded: {0}")]
    Decode(CodecError),
    /// A call that does not wait, or only for a time, found another process standing still in the
    /// middle of a put or get.
    #[error(
        "process {pid} stands still in the middle of a put or get (is it stopped?): continue it with `kill -CONT {pid}`"
    )]
    Busy {
        /// The process inside.
        pid: i32,
    },
}

impl<T: Message> Queue<T> {
    /// A queue without a limit on the number of messages (Python's `Queue()`). A `put` into it
    /// never waits for a reader.
    ///
    /// # Errors
    /// The system has not even 4 MiB of addresses, or (not on Linux) no descriptors left.
    #[track_caller]
    pub fn unbounded() -> io::Result<Self> {
        Self::build(Kind::Queue, None, None)
    }

    /// A queue that holds at most `n` messages (Python's `Queue(n)`): `put` waits for room.
    ///
    /// # Errors
    /// `n` is 0 (Python takes that for "no limit": say [`unbounded`](Queue::unbounded)) or above
    /// 134,217,728; otherwise as for `unbounded`.
    ///
    /// ```
    /// use multiprocessing::{PutError, Queue};
    /// let queue = Queue::bounded(1)?;
    /// queue.put(1u8)?;
    /// assert!(matches!(queue.try_put(2), Err(PutError::Full)));
    /// assert!(Queue::<u8>::bounded(0).is_err());
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    #[track_caller]
    pub fn bounded(n: usize) -> io::Result<Self> {
        let why = match n {
            0 => "a queue of capacity 0 takes no message: use Queue::unbounded() for no limit",
            1..=MOST_MESSAGES => return Self::build(Kind::Queue, Some(n), None),
            _ => "a bounded queue holds at most 134217728 messages: use a smaller n",
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, why))
    }

    /// An unbounded queue with room for about `bytes` bytes of messages; Python has no such limit.
    ///
    /// # Errors
    /// As for [`unbounded`](Queue::unbounded); also if `bytes` is 0 or above 16 GiB.
    #[track_caller]
    pub fn with_arena(bytes: usize) -> io::Result<Self> {
        if !(1..=LARGEST).contains(&bytes) {
            let why = format!("an arena of {bytes} bytes: use 1 to {LARGEST} (16 GiB)");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        Self::build(Kind::Queue, None, Some(bytes.next_multiple_of(4096)))
    }

    #[track_caller]
    fn build(kind: Kind, limit: Option<usize>, arena: Option<usize>) -> io::Result<Self> {
        let meanings = match kind {
            Kind::Tasks => [Condition::Task, Condition::TaskRoom, Condition::AllDone],
            Kind::Results => [Condition::Result, Condition::Room, Condition::AllDone],
            _ => [Condition::Message, Condition::Room, Condition::AllDone],
        };
        let mut bytes = arena.unwrap_or(ARENA);
        let monitor = loop {
            let may_be_smaller = arena.is_none() && bytes > SMALLEST_ARENA;
            // Under a limit on the address space half as much is still a good queue, and the program
            // will want other things, too.
            if may_be_smaller && !Mapping::would_leave_room(bytes) {
                bytes /= 2;
                continue;
            }
            match Monitor::new(kind, bytes, meanings) {
                Err(e) if may_be_smaller && no_memory(&e) => bytes /= 2,
                made => break made?,
            }
        };
        Ok(Queue { monitor, limit, tried: Tried::default(), message: PhantomData })
    }

    /// For the crate's own queues: no limit in practice, but a full arena makes `put` wait.
    #[track_caller]
    pub(crate) fn patient(kind: Kind) -> io::Result<Self> {
        Self::build(kind, Some(MOST_MESSAGES), None)
    }

    /// Puts a message, waiting for room if the queue is bounded (Python's `put(obj)`).
    ///
    /// # Errors
    /// [`PutError`]; an unbounded queue whose arena is full returns `ArenaFull` at once.
    pub fn put(&self, message: impl Borrow<T>) -> Result<(), PutError> {
        self.put_within(message.borrow(), None)
    }

    /// Puts a message if there is room now (Python's `put_nowait(obj)`).
    ///
    /// # Errors
    /// [`PutError::Full`] if there is none; `Busy` if a process that stands still keeps us from looking.
    pub fn try_put(&self, message: impl Borrow<T>) -> Result<(), PutError> {
        let message = message.borrow();
        let bytes = self.encode(message)?;
        // In this way it does not wait, so no deadline passes.
        self.put_bytes(&bytes, None, true, &message.told()).unwrap_or(Err(PutError::Full))
    }

    /// Puts a message, waiting for room at most this long (Python's `put(obj, timeout=seconds)`).
    ///
    /// # Errors
    /// [`PutError::Full`] when the time is up, never earlier, and only if there is no room; `Busy`
    /// if there is, but a process that stands still keeps us from it.
    pub fn put_timeout(&self, message: impl Borrow<T>, timeout: Duration) -> Result<(), PutError> {
        self.put_within(message.borrow(), Some(timeout))
    }

    pub(crate) fn put_within(&self, message: &T, limit: Option<Duration>) -> Result<(), PutError> {
        let bytes = self.encode(message)?;
        self.put_bytes(&bytes, limit, false, &message.told()).unwrap_or_else(|missed| {
            Err(missed.held_by.map_or(PutError::Full, |pid| PutError::Busy { pid }))
        })
    }

    /// The bytes to put, which can be decoded again.
    fn encode<'m>(&self, message: &'m T) -> Result<Cow<'m, [u8]>, PutError> {
        let bytes = message.encode().map_err(PutError::Encode)?;
        let tried = self.tried.first_of_its_kind::<T>(&bytes);
        tried.map_err(|error| PutError::Undecodable { message: type_name::<T>(), error })?;
        Ok(bytes)
    }

    /// Whether a `put` need not wait.
    fn has_room(&self, state: &State) -> bool {
        self.limit.is_none_or(|limit| state.len() < limit) || state.is_shut_down()
    }

    /// `at_once`: without waiting, whatever the limit. `told`: the message to those who listen.
    fn put_bytes(
        &self,
        bytes: &[u8],
        limit: Option<Duration>,
        at_once: bool,
        told: &dyn Display,
    ) -> Result<Result<(), PutError>, TimedOut> {
        let (object, item) = (self.monitor.object(), Text(told));
        let (attempt, deadline) = match at_once {
            true => (seam::about_this(Act::Put, object, item), None),
            false => (seam::about_within(Act::Put, object, limit, item), limit.and_then(after)),
        };
        let size = self.arena().size();
        if record_len(bytes.len()).is_none_or(|need| need > size) {
            return Ok(Err(PutError::TooLarge { len: bytes.len(), arena: size }));
        }
        loop {
            let mut guard = if at_once {
                match self.monitor.try_enter_when(|state| self.has_room(state)) {
                    Ok(Some(guard)) => guard,
                    Ok(None) => return Ok(Err(PutError::Full)),
                    Err(pid) => return Ok(Err(PutError::Busy { pid })),
                }
            } else {
                self.monitor.enter_when(ROOM, deadline, |state| self.has_room(state))?
            };
            let state = self.monitor.state();
            if state.is_shut_down() {
                drop(guard);
                attempt.did(|| Op::FoundShutDown(Act::Put));
                return Ok(Err(PutError::ShutDown));
            }
            let (mut head, tail) = (state.head(), state.tail());
            if head.count() == tail.count() {
                // Nothing waits, so nobody reads the offset: the ring starts anew at its front.
                head = head.at_offset_0();
                state.head.store(head.0, Release);
            }
            let Some(new_tail) = self.arena().write(&state.jumps, head, tail, bytes) else {
                if self.limit.is_none() {
                    return Ok(Err(PutError::ArenaFull { arena: size }));
                }
                if at_once {
                    return Ok(Err(PutError::Full));
                }
                // Room for one more message, but not for one so long: wait for the next get.
                drop(guard);
                self.wait_for_a_get(head, deadline)?;
                continue;
            };
            if state.high.load(Relaxed) < new_tail.offset() as u64 {
                state.high.store(new_tail.offset() as u64, Relaxed);
            }
            state.commit_put(new_tail);
            guard.ring(MESSAGE, 1);
            drop(guard);
            attempt.did(|| Op::Put { nth: new_tail.count(), capacity: self.limit, item });
            return Ok(Ok(()));
        }
    }

    fn wait_for_a_get(&self, head: End, deadline: Deadline) -> Result<(), TimedOut> {
        let is_worth_it = |state: &State| state.head() != head || state.is_shut_down();
        self.monitor.enter_when(ROOM, deadline, is_worth_it).map(drop)
    }

    fn arena(&self) -> Arena<'_> {
        Arena { mapping: self.monitor.mapping(), start: Monitor::<State, 3>::ARENA }
    }

    /// Takes the oldest message, waiting for one (Python's `get()`).
    ///
    /// # Errors
    /// [`GetError::Decode`] and [`GetError::ShutDown`].
    pub fn get(&self) -> Result<T, GetError> {
        loop {
            if let Some(message) = self.get_within(None, |_| ())? {
                return Ok(message);
            }
        }
    }

    /// Takes the oldest message if there is one now (Python's `get_nowait()`, with `None` for
    /// the exception `queue.Empty`).
    ///
    /// # Errors
    /// [`GetError::Decode`] and [`GetError::ShutDown`]; `Busy` if a message waits but a process that stands still keeps
    /// us from it.
    pub fn try_get(&self) -> Result<Option<T>, GetError> {
        let attempt = seam::about(Act::Get, self.monitor.object());
        match self.monitor.try_enter_when(State::has_an_answer) {
            Ok(Some(guard)) => self.take(attempt, guard, |_| ()).map(Some),
            Ok(None) => Ok(None),
            Err(pid) => Err(GetError::Busy { pid }),
        }
    }

    /// Takes the oldest message, waiting for one at most this long (Python's
    /// `get(timeout=seconds)`, with `None` for the exception `queue.Empty`). Never gives up early,
    /// and however short the time, `None` means that no message waits.
    ///
    /// # Errors
    /// [`GetError::Decode`] and [`GetError::ShutDown`]; `Busy` if a message waits but a process that stands still keeps
    /// us from it.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<T>, GetError> {
        self.get_within(Some(timeout), |_| ())
    }

    /// `before`: see [`take`](Queue::take).
    pub(crate) fn get_within(
        &self,
        limit: Option<Duration>,
        before: impl FnOnce(&State),
    ) -> Result<Option<T>, GetError> {
        let (attempt, deadline) = seam::about_to_wait(Act::Get, self.monitor.object(), limit);
        match self.monitor.enter_when(MESSAGE, deadline, State::has_an_answer) {
            Ok(guard) => self.take(attempt, guard, before).map(Some),
            Err(TimedOut { held_by: None }) => Ok(None),
            Err(TimedOut { held_by: Some(pid) }) => Err(GetError::Busy { pid }),
        }
    }

    /// Takes the oldest message; the caller is inside, and there is one, or the queue was shut down.
    /// `before` runs before it leaves the queue.
    fn take(
        &self,
        attempt: Attempt,
        mut guard: Guard<'_>,
        before: impl FnOnce(&State),
    ) -> Result<T, GetError> {
        let state = self.monitor.state();
        let arena = self.arena();
        if state.head().count() == state.tail().count() {
            drop(guard);
            attempt.did(|| Op::FoundShutDown(Act::Get));
            return Err(GetError::ShutDown);
        }
        let (bytes, head) = arena.read(state.head());
        before(state);
        let mut small = [0; SMALL];
        let copy = if let Some(small) = small.get_mut(..bytes.len()) {
            small.copy_from_slice(bytes);
            Cow::Borrowed(&*small)
        } else {
            Cow::Owned(bytes.to_vec())
        };
        let last = head.count() == state.tail().count();
        state.head.store(head.0, Release); // the message is out of the queue
        let high = state.high.load(Relaxed);
        if last && high > KEEP {
            arena.give_back(high as usize);
            state.high.store(0, Relaxed);
        }
        guard.ring(ROOM, 1);
        drop(guard);
        attempt.did(|| Op::Get { nth: head.count() });
        T::decode(copy).map_err(GetError::Decode)
    }

    /// Shuts the queue down: nothing can be put any more, and a `get` that finds nothing need not wait.
    /// Call it when nobody puts any more; it needs no count of the readers, as [pills] do. To do it again
    /// changes nothing.
    ///
    /// What waits can still be got. After that each `get` returns [`GetError::ShutDown`] at once, also one
    /// that waits already; and each `put` returns [`PutError::ShutDown`], also one that waits for room.
    /// Reporting messages as done, and waiting for that, goes on as before. It is `queue.Queue.shutdown()`
    /// of Python 3.13, which is for threads: `multiprocessing.Queue` has no such method. Python's
    /// `immediate=True`, which also throws away what waits, there is not.
    ///
    /// **A process that dies in the middle** has shut the queue down, or has changed nothing.
    ///
    /// ```
    /// use multiprocessing::{GetError, PutError, Queue};
    /// let queue = Queue::unbounded()?;
    /// queue.put(1u8)?;
    /// queue.shutdown();
    /// assert!(matches!(queue.put(2), Err(PutError::ShutDown)));
    /// assert_eq!(queue.get()?, 1);
    /// assert!(matches!(queue.get(), Err(GetError::ShutDown)));
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    ///
    /// [pills]: crate::JoinableQueue
    pub fn shutdown(&self) {
        let attempt = seam::about(Act::ShutDown, self.monitor.object());
        let Ok(mut guard) = self.monitor.enter(None) else { unreachable!("no deadline") };
        let state = self.monitor.state();
        if !state.is_shut_down() {
            state.shut_down.store(1, Release);
            guard.ring(MESSAGE, u32::MAX);
            guard.ring(ROOM, u32::MAX);
            drop(guard);
            attempt.did(|| Op::ShutDown);
        }
    }

    /// How many messages wait now (Python's `qsize()`, which macOS does not have). The answer is right
    /// at this instant; another process may change it before the next line runs.
    pub fn len(&self) -> usize {
        let attempt = seam::about(Act::LookAtQueue, self.monitor.object());
        let len = self.monitor.state().len();
        attempt.did(|| Op::LookedAtQueue { len });
        len
    }

    /// Is no message waiting now (Python's `empty()`)? The answer is as short-lived as that of
    /// [`len`](Queue::len): to take a message if there is one, use [`try_get`](Queue::try_get).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Would a `put` have to wait now (Python's `full()`)? An unbounded queue is never full.
    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.len() >= limit)
    }

    /// The `n` of [`bounded`](Queue::bounded); `None` for a queue without a limit.
    pub fn capacity(&self) -> Option<usize> {
        self.limit
    }

    /// How often a process was found dead in the middle of a put or get. For the tests.
    #[doc(hidden)]
    pub fn taken_over(&self) -> u64 {
        self.monitor.taken_over()
    }

    pub(crate) fn monitor(&self) -> &Monitor<State, 3> {
        &self.monitor
    }

    /// How many messages have left the queue. Only inside the monitor, or for the one process that
    /// puts.
    pub(crate) fn gets(&self) -> u64 {
        self.monitor.state().gets()
    }
}

type Guard<'a> = monitor::Guard<'a, State, 3>;

fn no_memory(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENOMEM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JoinableQueue;

    /// A queue of another size helps only those to whom it is advised.
    #[test]
    #[allow(unsafe_code)]
    fn advice_for_messages_that_are_too_large() {
        let queue = Queue::<crate::Bytes>::with_arena(1 << 20).unwrap();
        let most = u32::MAX as usize - 1;
        for (len, helps) in [(2 << 20, true), (most, true), (most + 1, false), (5 << 30, false)] {
            // Addresses without memory: nothing is read of a message that is refused.
            let message = Mapping::new(len).unwrap();
            // SAFETY: the mapping is as long, lives as long, and nobody writes to it.
            let bytes = unsafe { std::slice::from_raw_parts(message.at(0), len) };
            let refusal = queue.put_bytes(bytes, None, false, &"").unwrap();
            let text = refusal.expect_err("larger than the arena").to_string();
            assert!(text.starts_with(&format!("a message of {len} bytes does not fit")), "{text}");
            assert_eq!(text.contains("with_arena"), helps, "{text}");
            assert_eq!(text.contains("file"), !helps, "{text}");
            if helps {
                assert!(len < LARGEST && Queue::<u8>::with_arena(len + 8).is_ok());
            }
        }
    }

    /// More messages than the ends of the ring can count are got and not done.
    #[test]
    fn as_many_unfinished_as_come_back_to_the_same_count() {
        let tasks = JoinableQueue::<u8>::unbounded().unwrap();
        for unfinished in [1 << 28, (1 << 28) + 1, 3 << 28, 1 << 31] {
            let state = tasks.monitor().state();
            state.done.store(0, Relaxed);
            // All were put, all were got: only the numbers matter.
            for end in [&state.tail, &state.head] {
                end.store((unfinished % (1 << 28)) << 36, Relaxed);
            }
            state.puts.store(unfinished, Relaxed);
            assert!(tasks.is_empty() && !tasks.join_timeout(Duration::ZERO));
            assert_eq!(state.unfinished(), unfinished);
            tasks.task_done().unwrap();
            tasks.put(7).unwrap();
            assert_eq!(tasks.get().unwrap(), 7);
            assert_eq!(state.unfinished(), unfinished);
            state.done.store(unfinished, Relaxed);
            tasks.task_done().unwrap();
            assert!(tasks.join_timeout(Duration::ZERO) && tasks.task_done().is_err());
        }
    }
}
