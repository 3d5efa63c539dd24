//! A fixed number of workers that share a stream of tasks.
//!
//! One queue carries the tasks, one the results, and there is no thread: whoever waits for a
//! result takes all results in, and replaces workers that have died.
//!
//! What became of a dead worker's task? Before a worker takes a task out of the queue it publishes
//! the task's number, its *claim*. A task moves from the queue to a claim to the results, so the
//! places are searched in that order: what is in none of them died with its worker.

use crate::identity;
use crate::memory::{Mapping, Shared};
use crate::queue::{GetError, PutError, Queue};
use crate::time::{Deadline, after, sleep_for};
use crate::waiters::SLICE;
use crate::waits::{Condition, waits_for};
use crate::{Child, Exit, Process, ProcessError, Signal};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

/// A fixed number of worker processes that share a stream of tasks; Python's
/// `multiprocessing.Pool`.
///
/// - What the workers do is fixed when they are forked, by `new`. A task is data. For several
///   kinds of task, make `T` an enum.
/// - The workers exist from `new` on and are used again and again; none is made per task. They are
///   daemons named `worker-1`, `worker-2` and so on.
/// - A task that returns an error or panics fails alone, with its message; the worker goes on.
/// - Dropping the pool terminates it, as leaving Python's `with` block does.
///
/// **When a worker dies**, the task it was at fails with [`PoolError::WorkerDied`], another worker
/// takes its place, and everything else is completed. Python's `map` waits for ever then. The
/// place is taken when the next result is waited for or asked about, which must therefore be done
/// in a process with one thread.
///
/// ```
/// use multiprocessing::Pool;
/// let pool = Pool::new(2, |n: u64| Ok(n * n))?;
/// assert_eq!(pool.map(0..5)?, [0, 1, 4, 9, 16]);
/// assert_eq!(pool.apply(7)?, 49);
/// pool.close();
/// pool.join()?;
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Pool<'f, T, R> {
    work: Work<'f, T, R>,
    tasks: Queue<Task<T>>,
    results: Queue<Done<R>>,
    claims: Mapping,
    creator: i32,
    /// Where a worker's handle stands, its claim stands too.
    workers: RefCell<Vec<Child>>,
    hired: Cell<usize>,
    next: Cell<u64>,
    slots: RefCell<BTreeMap<u64, Slot<R>>>,
    state: Cell<State>,
}

type Work<'f, T, R> = Box<dyn Fn(T) -> anyhow::Result<R> + 'f>;

/// A chunk of tasks under one number. Number 0 tells a worker to end.
#[derive(Serialize, Deserialize)]
struct Task<T> {
    number: u64,
    chunk: Vec<T>,
}

#[derive(Serialize, Deserialize)]
struct Done<R> {
    number: u64,
    outcome: Result<Vec<R>, Failure>,
}

#[derive(Serialize, Deserialize)]
enum Failure {
    Error(String),
    Panic(String),
}

enum Slot<R> {
    Waiting,
    /// Nobody will ask for the result any more.
    Abandoned,
    /// The error in a box: there may be a slot for each of a million tasks.
    Settled(Result<Vec<R>, Box<PoolError>>),
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum State {
    Open,
    Closed,
    Ended,
}

/// The number of the task that a worker is at, or was last.
#[repr(C)]
struct Claim(AtomicU64);
#[repr(C)]
struct Claims([Claim; MOST_WORKERS]);
// SAFETY: atomics only.
unsafe impl Shared for Claims {}

const MOST_WORKERS: usize = 4096;
/// How long a worker may take to obey SIGTERM.
const GRACE: Duration = Duration::from_secs(1);

/// Why a pool or one of its tasks failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The task returned an error: its message, with the causes.
    #[error("the task failed: {0}")]
    Task(String),
    /// The task panicked: its message.
    #[error("the task panicked: {0}")]
    Panic(String),
    /// The worker died while it was at the task.
    #[error("the worker died at this task: {0}")]
    WorkerDied(Exit),
    /// The pool was terminated before the task was done.
    #[error("the pool was terminated before this task was done")]
    Terminated,
    /// The result was asked for a second time.
    #[error("the result of this task has been taken already")]
    Taken,
    /// A task was given to a pool that takes no more (Python's "Pool not running").
    #[error("the pool is closed and takes no more tasks: give it all tasks before close()")]
    Closed,
    /// Python's "Pool is still running".
    #[error("the pool still takes tasks: call close() before join()")]
    StillOpen,
    /// A pool belongs to the process that made it.
    #[error("only process {0}, which made the pool, can use it: make one in this process")]
    NotCreator(i32),
    /// The task could not be sent to a worker.
    #[error("the task cannot be sent: {0}")]
    Send(#[from] PutError),
    /// The result could not be read.
    #[error("the result cannot be read: {0}")]
    Receive(#[from] GetError),
    /// A worker could not be started, or waited for.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The system has no memory for the pool's queues, or the number of workers is absurd.
    #[error("cannot make a pool: {0}")]
    Make(#[from] io::Error),
}

impl<'f, T, R> Pool<'f, T, R>
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    /// Starts `workers` workers; each will do `work` with the tasks it takes. Python's default for
    /// the number is [`cpu_count`](crate::cpu_count).
    ///
    /// # Errors
    /// [`PoolError::Make`] if `workers` is 0 or above 4,096, or memory is short;
    /// [`PoolError::Process`] if a worker cannot be started.
    pub fn new(
        workers: usize,
        work: impl Fn(T) -> anyhow::Result<R> + 'f,
    ) -> Result<Self, PoolError> {
        if !(1..=MOST_WORKERS).contains(&workers) {
            let why = format!("{workers} workers asked for: use 1 to {MOST_WORKERS}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why).into());
        }
        let pool = Pool {
            work: Box::new(work),
            tasks: Queue::patient(Condition::Task, Condition::TaskRoom)?,
            results: Queue::patient(Condition::Result, Condition::Room)?,
            claims: Mapping::new(size_of::<Claims>())?,
            creator: identity::me().pid(),
            workers: RefCell::new(Vec::with_capacity(workers)),
            hired: Cell::new(0),
            next: Cell::new(1),
            slots: RefCell::default(),
            state: Cell::new(State::Open),
        };
        for place in 0..workers {
            let worker = pool.hire(place)?;
            pool.workers.borrow_mut().push(worker);
        }
        Ok(pool)
    }

    /// Has a worker do one task, and waits for its result (Python's `apply`).
    ///
    /// # Errors
    /// The task's [`PoolError`], or [`Closed`](PoolError::Closed).
    pub fn apply(&self, task: T) -> Result<R, PoolError> {
        self.apply_async(task)?.get()
    }

    /// Gives a task to the pool and returns at once (Python's `apply_async`). The task is done
    /// whether or not its result is asked for.
    ///
    /// # Errors
    /// [`Closed`](PoolError::Closed), or [`Send`](PoolError::Send) if the task is too large.
    pub fn apply_async(&self, task: T) -> Result<AsyncResult<'_, 'f, T, R>, PoolError> {
        let number = self.submit(vec![task])?;
        Ok(AsyncResult { pool: self, number })
    }

    /// Has the workers do all these tasks, and gives the results in the order of the tasks
    /// (Python's `map`). The tasks travel in chunks: by default, as in Python, about four chunks
    /// for each worker.
    ///
    /// # Errors
    /// The first task's, in the order of the tasks, that failed. All others are done all the same,
    /// except those behind it in its chunk.
    pub fn map(&self, tasks: impl IntoIterator<Item = T>) -> Result<Vec<R>, PoolError> {
        let tasks: Vec<T> = tasks.into_iter().collect();
        let chunk = tasks.len().div_ceil(4 * self.workers.borrow().len().max(1));
        self.map_chunked(tasks, chunk)
    }

    /// As [`map`](Pool::map), with this many tasks in a chunk (Python's `map(…, chunksize)`): few
    /// for tasks that differ in length, many for short ones. 0 counts as 1.
    ///
    /// # Errors
    /// As [`map`](Pool::map).
    pub fn map_chunked(
        &self,
        tasks: impl IntoIterator<Item = T>,
        chunk: usize,
    ) -> Result<Vec<R>, PoolError> {
        let mut tasks = tasks.into_iter();
        let mut pending = Vec::new();
        loop {
            let chunk: Vec<T> = tasks.by_ref().take(chunk.max(1)).collect();
            if chunk.is_empty() {
                break;
            }
            pending.push(AsyncResult { pool: self, number: self.submit(chunk)? });
        }
        let (mut results, mut first_error) = (Vec::new(), None);
        for chunk in &pending {
            match self.wait_for(chunk.number, None) {
                Ok(some) => results.extend(some.into_iter().flatten()),
                Err(error) => _ = first_error.get_or_insert(error),
            }
        }
        first_error.map_or(Ok(results), Err)
    }

    /// Takes no more tasks (Python's `close`). Those given so far will be done.
    pub fn close(&self) {
        if self.state.get() == State::Open {
            self.state.set(State::Closed);
        }
    }

    /// Waits until all tasks are done and the workers have ended (Python's `join`). Results can
    /// still be asked for afterwards.
    ///
    /// # Errors
    /// [`StillOpen`](PoolError::StillOpen) without a [`close`](Pool::close) before.
    pub fn join(&self) -> Result<(), PoolError> {
        self.only_creator()?;
        match self.state.get() {
            State::Open => return Err(PoolError::StillOpen),
            State::Ended => return Ok(()),
            State::Closed => {}
        }
        let settled = |slot: &Slot<R>| matches!(slot, Slot::Settled(_));
        let waiting = waits_for(0, Condition::Result, false);
        while !self.slots.borrow().values().all(settled) {
            self.take_results(None)?;
        }
        drop(waiting);
        self.state.set(State::Ended);
        let workers = self.workers.take();
        for _ in &workers {
            self.tasks.put(Task { number: 0, chunk: Vec::new() })?;
        }
        for worker in &workers {
            worker.join()?;
        }
        Ok(())
    }

    /// Ends the workers now, with SIGTERM, and waits for their end (Python's `terminate`). Tasks
    /// that are not done fail with [`Terminated`](PoolError::Terminated); in Python whoever waits
    /// for them waits for ever.
    ///
    /// # Errors
    /// [`NotCreator`](PoolError::NotCreator); [`Process`](PoolError::Process).
    pub fn terminate(&self) -> Result<(), PoolError> {
        self.only_creator()?;
        self.state.set(State::Ended);
        self.collect()?;
        Self::end(&self.workers.take())?;
        for slot in self.slots.borrow_mut().values_mut() {
            if !matches!(slot, Slot::Settled(_)) {
                *slot = Slot::Settled(Err(PoolError::Terminated.into()));
            }
        }
        Ok(())
    }

    fn only_creator(&self) -> Result<(), PoolError> {
        match identity::me().pid() == self.creator {
            true => Ok(()),
            false => Err(PoolError::NotCreator(self.creator)),
        }
    }

    fn submit(&self, chunk: Vec<T>) -> Result<u64, PoolError> {
        self.only_creator()?;
        if self.state.get() != State::Open {
            return Err(PoolError::Closed);
        }
        let number = self.next.get();
        self.next.set(number + 1);
        let task = Task { number, chunk };
        // The workers may be waiting for room for results: then it is on us to make some.
        let mut waiting = None;
        while let Err(error) = self.tasks.put_timeout(&task, SLICE) {
            waiting.get_or_insert_with(|| waits_for(0, Condition::TaskRoom, false));
            match error {
                PutError::Full | PutError::Busy { .. } => _ = self.collect()?,
                error => return Err(error.into()),
            }
        }
        self.slots.borrow_mut().insert(number, Slot::Waiting);
        Ok(number)
    }

    /// Waits for the results of one chunk; `None` if the deadline passes before.
    fn wait_for(&self, number: u64, deadline: Deadline) -> Result<Option<Vec<R>>, PoolError> {
        self.only_creator()?;
        self.collect()?;
        let mut waiting = None;
        loop {
            match self.slots.borrow().get(&number) {
                None => return Err(PoolError::Taken),
                Some(Slot::Settled(_)) => break,
                Some(Slot::Waiting | Slot::Abandoned) => {}
            }
            waiting.get_or_insert_with(|| waits_for(0, Condition::Result, deadline.is_some()));
            if !self.take_results(deadline)? {
                return Ok(None);
            }
        }
        match self.slots.borrow_mut().remove(&number) {
            Some(Slot::Settled(outcome)) => outcome.map(Some).map_err(|error| *error),
            _ => unreachable!("a settled slot stays settled"),
        }
    }

    /// Waits for a result, at most for a slice, and looks after the workers if none comes. False
    /// once the deadline has passed.
    fn take_results(&self, deadline: Deadline) -> Result<bool, PoolError> {
        let Some(wait) = sleep_for(deadline, SLICE) else {
            return Ok(false);
        };
        if !self.take_result(after(wait))? {
            self.replace_the_dead()?;
        }
        Ok(true)
    }

    /// Takes in what results there are, without waiting for more. False: there are some left.
    fn collect(&self) -> Result<bool, PoolError> {
        while !self.results.is_empty() {
            if !self.take_result(after(SLICE))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn take_result(&self, deadline: Deadline) -> Result<bool, PoolError> {
        let mut number = 0;
        match self.results.get_until(deadline, |bytes| number = number_of(bytes)) {
            Ok(None) | Err(GetError::Busy { .. }) => return Ok(false),
            Ok(Some(Done { number, outcome })) => self.settle(
                number,
                outcome.map_err(|failure| match failure {
                    Failure::Error(message) => PoolError::Task(message),
                    Failure::Panic(message) => PoolError::Panic(message),
                }),
            ),
            Err(error) => self.settle(number, Err(error.into())),
        }
        Ok(true)
    }

    fn settle(&self, number: u64, outcome: Result<Vec<R>, PoolError>) {
        let mut slots = self.slots.borrow_mut();
        match slots.get_mut(&number) {
            Some(slot @ Slot::Waiting) => *slot = Slot::Settled(outcome.map_err(Box::new)),
            Some(Slot::Abandoned) => _ = slots.remove(&number),
            Some(Slot::Settled(_)) | None => {}
        }
    }

    fn replace_the_dead(&self) -> Result<(), PoolError> {
        let places = self.workers.borrow().len();
        for place in 0..places {
            let exit = self.workers.borrow()[place].exit();
            let Some(exit) = exit else { continue };
            let number = self.claim(place).load(Acquire);
            let claims_it = |other| other != place && self.claim(other).load(Acquire) == number;
            // A worker that is stopped inside a queue keeps us out of it: ask again later.
            let Ok(front) = self.tasks.peek(after(SLICE), number_of) else {
                return Ok(());
            };
            let elsewhere = front == Some(number) || (0..places).any(claims_it);
            if !self.collect()? {
                return Ok(());
            }
            if !elsewhere {
                self.settle(number, Err(PoolError::WorkerDied(exit)));
            }
            self.claim(place).store(0, Release);
            let worker = self.hire(place)?;
            self.workers.borrow_mut()[place] = worker;
        }
        Ok(())
    }

    fn hire(&self, place: usize) -> Result<Child, PoolError> {
        self.hired.set(self.hired.get() + 1);
        let name = format!("worker-{}", self.hired.get());
        let worker = Process::new(|| self.work_off(place)).name(name).daemon(true);
        Ok(worker.start()?)
    }

    fn claim(&self, place: usize) -> &AtomicU64 {
        &self.claims.header::<Claims>().0[place].0
    }

    /// The life of a worker.
    fn work_off(&self, place: usize) -> Result<(), PutError> {
        // A panic is reported by its task's result: printed as well, it would be told twice.
        panic::set_hook(Box::new(|_| {}));
        let claim = self.claim(place);
        loop {
            let claimed = |bytes: &[u8]| claim.store(number_of(bytes), Release);
            let (number, outcome) = match self.tasks.get_until(None, claimed) {
                Ok(None) => continue,
                Ok(Some(Task { number: 0, .. })) => return Ok(()),
                Ok(Some(Task { number, chunk })) => (number, self.attempt(chunk)),
                Err(error) => (claim.load(Relaxed), Err(Failure::Error(error.to_string()))),
            };
            let done = Done { number, outcome };
            if let Err(error) = self.results.put(&done) {
                let outcome = Err(Failure::Error(format!("its result cannot be sent: {error}")));
                self.results.put(Done { number, outcome })?;
            }
        }
    }

    fn attempt(&self, chunk: Vec<T>) -> Result<Vec<R>, Failure> {
        let attempt = || chunk.into_iter().map(&self.work).collect::<anyhow::Result<Vec<R>>>();
        match panic::catch_unwind(AssertUnwindSafe(attempt)) {
            Ok(Ok(results)) => Ok(results),
            Ok(Err(error)) => Err(Failure::Error(format!("{error:#}"))),
            Err(payload) => {
                let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
                let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
                Err(Failure::Panic(text.unwrap_or_else(|| "(without a text)".into())))
            }
        }
    }
}

impl<T, R> Pool<'_, T, R> {
    fn end(workers: &[Child]) -> Result<(), ProcessError> {
        for worker in workers {
            worker.terminate()?;
            worker.send(Signal::SIGCONT)?; // a stopped worker would not take the first
        }
        let deadline = after(GRACE);
        for worker in workers {
            let left = sleep_for(deadline, GRACE).unwrap_or_default();
            if worker.join_timeout(left)?.is_none() {
                worker.kill()?;
                worker.join()?;
            }
        }
        Ok(())
    }
}

/// The number that the bytes of a task or a result begin with.
fn number_of(bytes: &[u8]) -> u64 {
    postcard::take_from_bytes(bytes).map_or(0, |(number, _)| number)
}

impl<T, R> Drop for Pool<'_, T, R> {
    fn drop(&mut self) {
        // A child that has inherited the pool leaves the workers alone. Of an error nobody could
        // be told; the end of this process looks after its daemons once more.
        if identity::me().pid() == self.creator {
            let _ = Self::end(&self.workers.take());
        }
    }
}

/// The result of a task that may not be done yet; Python's `AsyncResult`.
#[must_use = "an error of the task is only seen by asking for its result"]
pub struct AsyncResult<'p, 'f, T, R> {
    pool: &'p Pool<'f, T, R>,
    number: u64,
}

impl<T, R> AsyncResult<'_, '_, T, R>
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    /// Waits for the result (Python's `get()`).
    ///
    /// # Errors
    /// The task's [`PoolError`].
    pub fn get(self) -> Result<R, PoolError> {
        loop {
            if let Some(result) = self.get_timeout(Duration::MAX)? {
                return Ok(result);
            }
        }
    }

    /// Waits for the result at most this long, and never shorter. `None`: the time is over
    /// (Python's `get(seconds)` raises `TimeoutError`).
    ///
    /// # Errors
    /// The task's [`PoolError`]; [`Taken`](PoolError::Taken) after the result was given once.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<R>, PoolError> {
        let results = self.pool.wait_for(self.number, after(timeout))?;
        Ok(results.and_then(|mut results| results.pop()))
    }

    /// Is the task over, well or not (Python's `ready()`)?
    ///
    /// # Errors
    /// A dead worker could not be replaced.
    pub fn ready(&self) -> Result<bool, PoolError> {
        self.pool.only_creator()?;
        self.pool.collect()?;
        self.pool.replace_the_dead()?;
        let waiting = matches!(self.pool.slots.borrow().get(&self.number), Some(Slot::Waiting));
        Ok(!waiting)
    }
}

impl<T, R> Drop for AsyncResult<'_, '_, T, R> {
    fn drop(&mut self) {
        let mut slots = self.pool.slots.borrow_mut();
        match slots.get_mut(&self.number) {
            Some(slot @ Slot::Waiting) => *slot = Slot::Abandoned,
            Some(Slot::Settled(_)) => _ = slots.remove(&self.number),
            Some(Slot::Abandoned) | None => {}
        }
    }
}
