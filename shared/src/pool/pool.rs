//! A fixed number of workers that share a stream of tasks.
//!
//! One queue carries the tasks, one the results, and there is no thread: whoever waits for a
//! result takes all results in, and replaces workers that have died.
//!
//! What became of a dead worker's task? Before a worker takes a task out of the queue it publishes
//! the task's number, its *claim*. A task moves from the queue to a claim to the results, so the
//! places are searched in that order: what is in none of them died with its worker.
//!
//! The queues carry bytes. Tasks and results are encoded and decoded here, where a failure or a
//! panic of that code can be told from others and becomes the outcome of its task.

use crate::memory::clock::{Deadline, Time, after, now, sleep_for};
use crate::memory::mapping::{Mapping, shared};
use crate::memory::seam::{Condition, waits_for};
use crate::memory::waiters::UNTIL_A_LOOK;
use crate::memory::{ending, family};
use crate::pool::parcel::{self, WORD, caught, number_of, pack, unpack};
use crate::process::child::Child;
use crate::process::error::ProcessError;
use crate::process::exit::{Exit, Signal};
use crate::process::start::{self, Process};
use crate::queue::message::Bytes;
use crate::queue::queue::{GetError, PutError, Queue};
use anyhow::Context;
use serde::{Serialize, de::DeserializeOwned};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

/// A fixed number of worker processes that share a stream of tasks; Python's
/// `multiprocessing.Pool`.
///
/// - What the workers do is fixed when they are forked, by `new`. A task is data. For several
///   kinds of task, make `T` an enum.
/// - The workers exist from `new` on and are used again and again; none is made per task. They are
///   daemons named `worker-1`, `worker-2` and so on.
/// - A task that returns an error or panics fails alone, with its message; the worker goes on. The
///   same holds if the `Serialize` or `Deserialize` of a task or a result does so.
/// - Dropping the pool terminates it, as leaving Python's `with` block does.
///
/// **When a worker dies**, the task that it was doing fails with [`PoolError::WorkerDied`], another
/// worker takes its place, and everything else is completed. Python's `map` then waits forever. Each
/// call that gives a task, waits for a result or asks about one looks after the workers, every 20 ms
/// or so, and replaces the dead. That is a fork, so the process must have only one thread.
///
/// **When the process that made the pool dies**, even by SIGKILL, its workers do not outlive it. On
/// Linux the system kills them at once, whatever they are doing. Elsewhere a worker first finishes its
/// task, as CPython's do everywhere.
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
    /// A parcel of tasks each. One with the number 0 tells a worker to end.
    tasks: Queue<Bytes>,
    /// A parcel of results each, or why there are none: see [`DONE`].
    results: Queue<Bytes>,
    claims: Mapping,
    creator: i32,
    /// Where a worker's handle stands, its claim stands too.
    workers: RefCell<Vec<Child>>,
    hired: Cell<usize>,
    next: Cell<u64>,
    slots: RefCell<BTreeMap<u64, Slot<R>>>,
    state: Cell<State>,
    /// When the workers were last looked after.
    looked: Cell<Time>,
}

type Work<'f, T, R> = Box<dyn Fn(T) -> anyhow::Result<R> + 'f>;

/// The byte behind the number of what a worker sends back: what follows are the results, or the
/// text of an error or a panic.
const DONE: u8 = 0;
const FAILED: u8 = 1;
const PANICKED: u8 = 2;

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

shared! {
    /// Of each worker, the number of the parcel that it is at, or was last.
    struct Claims {
        of: [AtomicU64; MOST_WORKERS],
    }
}

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
    /// The task panicked, or the code did that encodes or decodes it or its result: the message.
    #[error("the task panicked: {0}")]
    Panic(String),
    /// The worker died while it was doing the task.
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
    /// A worker could not be started. Or it died during this task, but nobody can say how
    /// ([`Lost`](ProcessError::Lost)).
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
    /// Starts `workers` workers; each will do `work` with the tasks that it takes. Python's default
    /// for the number is [`cpu_count`](crate::cpu_count).
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
            creator: family::me().pid(),
            workers: RefCell::new(Vec::with_capacity(workers)),
            hired: Cell::new(0),
            next: Cell::new(1),
            slots: RefCell::default(),
            state: Cell::new(State::Open),
            looked: Cell::new(now()),
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
    /// The task's [`PoolError`], also if its worker dies, or [`Closed`](PoolError::Closed).
    pub fn apply(&self, task: T) -> Result<R, PoolError> {
        self.apply_async(task)?.get()
    }

    /// Gives a task to the pool and returns at once (Python's `apply_async`). Only if the tasks that
    /// wait fill the memory of their queue (256 MiB as a rule) does it wait until a worker takes one,
    /// and replace workers that have died. The task is done whether or not its result is asked for.
    ///
    /// # Errors
    /// [`Closed`](PoolError::Closed). [`Send`](PoolError::Send) or [`Panic`](PoolError::Panic) if the
    /// task cannot be encoded or is too large. [`Process`](PoolError::Process) if a dead worker cannot
    /// be replaced. In each case the task was not given.
    pub fn apply_async(&self, task: T) -> Result<AsyncResult<'_, 'f, T, R>, PoolError> {
        self.only_open()?;
        let mut parcel = self.parcel();
        add_task(&mut parcel, &task)?;
        self.submit(parcel)
    }

    /// Has the workers do all these tasks, and gives the results in the order of the tasks
    /// (Python's `map`). The tasks travel in chunks: by default, as in Python, about four chunks
    /// for each worker.
    ///
    /// # Errors
    /// That of the first task, in the order of the tasks, that failed or could not be sent. All others
    /// are still done, except those behind it in its chunk. If a worker dies, its whole chunk fails.
    pub fn map(&self, tasks: impl IntoIterator<Item = T>) -> Result<Vec<R>, PoolError> {
        let tasks: Vec<T> = tasks.into_iter().collect();
        let chunk = tasks.len().div_ceil(4 * self.workers.borrow().len().max(1));
        self.map_chunked(tasks, chunk)
    }

    /// Like [`map`](Pool::map), with this many tasks in a chunk (Python's `map(…, chunksize)`): few
    /// for tasks that differ in length, many for short ones. 0 counts as 1.
    ///
    /// # Errors
    /// As [`map`](Pool::map). A chunk that is too large for the queue fails as a whole.
    pub fn map_chunked(
        &self,
        tasks: impl IntoIterator<Item = T>,
        chunk: usize,
    ) -> Result<Vec<R>, PoolError> {
        self.only_open()?;
        let mut tasks = tasks.into_iter().peekable();
        let mut given = Vec::new();
        // The first error, and how many of the chunks that were given come before it.
        let (mut before, mut first_error) = (usize::MAX, None);
        while tasks.peek().is_some() {
            let mut parcel = self.parcel();
            let mut sent = Ok(());
            for task in tasks.by_ref().take(chunk.max(1)) {
                sent = sent.and_then(|()| add_task(&mut parcel, &task));
            }
            match self.submit(parcel) {
                Ok(result) => given.push(result),
                Err(error) => sent = Err(error),
            }
            if let (Err(error), None) = (sent, &first_error) {
                (before, first_error) = (given.len(), Some(error));
            }
        }
        let mut results = Vec::new();
        for (place, chunk) in given.iter().enumerate() {
            match self.wait_for(chunk.number, None) {
                Ok(some) => results.extend(some.into_iter().flatten()),
                Err(error) if place < before => (before, first_error) = (0, Some(error)),
                Err(_) => {}
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

    /// Waits until all tasks are done and the workers have ended (Python's `join`). Workers that die
    /// before that are replaced. Results can still be asked for afterwards.
    ///
    /// # Errors
    /// [`StillOpen`](PoolError::StillOpen) if [`close`](Pool::close) has not been called;
    /// [`Process`](PoolError::Process) if a dead worker cannot be replaced.
    pub fn join(&self) -> Result<(), PoolError> {
        self.only_creator()?;
        match self.state.get() {
            State::Open => return Err(PoolError::StillOpen),
            State::Ended => return Ok(()),
            State::Closed => {}
        }
        let given: Vec<u64> = self.slots.borrow().keys().copied().collect();
        let waiting = waits_for(0, Condition::Result, false);
        for number in given {
            while !matches!(self.slots.borrow().get(&number), Some(Slot::Settled(_)) | None) {
                self.take_results(None)?;
            }
        }
        drop(waiting);
        self.state.set(State::Ended);
        let workers = self.workers.take();
        for _ in &workers {
            self.tasks.put(Bytes(0u64.to_le_bytes().into()))?;
        }
        for worker in &workers {
            unless_lost(worker.join().map(drop))?;
        }
        Ok(())
    }

    /// Ends the workers now, with SIGTERM, and waits for their end (Python's `terminate`). Tasks
    /// that are not done fail with [`Terminated`](PoolError::Terminated); in Python a call that waits
    /// for them waits forever.
    ///
    /// # Errors
    /// [`NotCreator`](PoolError::NotCreator); [`Process`](PoolError::Process).
    pub fn terminate(&self) -> Result<(), PoolError> {
        self.only_creator()?;
        self.state.set(State::Ended);
        self.collect();
        let ended = Self::end(&self.workers.take());
        for slot in self.slots.borrow_mut().values_mut() {
            if !matches!(slot, Slot::Settled(_)) {
                *slot = Slot::Settled(Err(PoolError::Terminated.into()));
            }
        }
        Ok(ended?)
    }

    fn only_creator(&self) -> Result<(), PoolError> {
        match family::me().pid() == self.creator {
            true => Ok(()),
            false => Err(PoolError::NotCreator(self.creator)),
        }
    }

    fn only_open(&self) -> Result<(), PoolError> {
        self.only_creator()?;
        match self.state.get() {
            State::Open => Ok(()),
            State::Closed | State::Ended => Err(PoolError::Closed),
        }
    }

    /// The beginning of the next parcel of tasks: its number.
    fn parcel(&self) -> Vec<u8> {
        let number = self.next.get();
        self.next.set(number + 1);
        parcel::begin(&number.to_le_bytes())
    }

    fn submit(&self, parcel: Vec<u8>) -> Result<AsyncResult<'_, 'f, T, R>, PoolError> {
        let (number, parcel) = (number_of(&parcel), Bytes(parcel));
        self.look_after_workers()?;
        let mut waiting = None;
        while let Err(error) = self.tasks.put_timeout(&parcel, UNTIL_A_LOOK) {
            waiting.get_or_insert_with(|| waits_for(0, Condition::TaskRoom, false));
            match error {
                // The workers may be waiting for room for results, or be dead: then it is on us.
                PutError::Full | PutError::Busy { .. } => _ = self.collect(),
                error => return Err(error.into()),
            }
            self.look_after_workers()?;
        }
        self.slots.borrow_mut().insert(number, Slot::Waiting);
        Ok(AsyncResult { pool: self, number })
    }

    /// Waits for the results of one chunk; `None` if the deadline passes before.
    fn wait_for(&self, number: u64, deadline: Deadline) -> Result<Option<Vec<R>>, PoolError> {
        self.only_creator()?;
        self.collect();
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

    /// Looks after the workers, and waits for a result, at most for a slice. False once the deadline
    /// has passed.
    fn take_results(&self, deadline: Deadline) -> Result<bool, PoolError> {
        self.look_after_workers()?;
        let Some(wait) = sleep_for(deadline, UNTIL_A_LOOK) else {
            return Ok(false);
        };
        self.take_result(after(wait));
        Ok(true)
    }

    /// Takes in the results that are there now, without waiting for more. False: it could not.
    fn collect(&self) -> bool {
        (0..self.results.len()).all(|_| self.take_result(after(UNTIL_A_LOOK)))
    }

    fn take_result(&self, deadline: Deadline) -> bool {
        let Ok(Some(Bytes(done))) = self.results.get_until(deadline, |_| ()) else {
            return false;
        };
        self.settle(number_of(&done), || outcome(&done[WORD..]));
        true
    }

    fn settle(&self, number: u64, outcome: impl FnOnce() -> Result<Vec<R>, PoolError>) {
        let mut slots = self.slots.borrow_mut();
        match slots.get_mut(&number) {
            Some(slot @ Slot::Waiting) => *slot = Slot::Settled(outcome().map_err(Box::new)),
            Some(Slot::Abandoned) => _ = slots.remove(&number),
            Some(Slot::Settled(_)) | None => {}
        }
    }

    /// Replaces workers that have died. To be called as often as possible: it asks the system once
    /// in a slice, also while results flow.
    fn look_after_workers(&self) -> Result<(), PoolError> {
        let now = now();
        if now - self.looked.get() < UNTIL_A_LOOK {
            return Ok(());
        }
        self.looked.set(now);
        let places = self.workers.borrow().len();
        for place in 0..places {
            let asked = self.workers.borrow()[place].poll();
            let died = match asked {
                Ok(None) => continue,
                Ok(Some(exit)) => PoolError::WorkerDied(exit),
                Err(error) => PoolError::Process(error),
            };
            let number = self.claim(place).load(Acquire);
            let claims_it = |other| other != place && self.claim(other).load(Acquire) == number;
            // A worker that is stopped inside a queue keeps us out of it: ask again later.
            let Ok(front) = self.tasks.peek(after(UNTIL_A_LOOK), number_of) else {
                return Ok(());
            };
            let elsewhere = front == Some(number) || (0..places).any(claims_it);
            if !self.collect() {
                return Ok(());
            }
            if !elsewhere {
                self.settle(number, || Err(died));
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
        Ok(worker.die_with_parent(system_kills()).start()?)
    }

    fn claim(&self, place: usize) -> &AtomicU64 {
        &self.claims.header::<Claims>().of[place]
    }

    /// The life of a worker.
    fn work_off(&self, place: usize) {
        // A panic is reported by its task's result: printed as well, it would be told twice.
        panic::set_hook(Box::new(|_| {}));
        let claimed = |bytes: &[u8]| self.claim(place).store(number_of(bytes), Release);
        let system_kills = system_kills();
        let mut waiting = None;
        loop {
            // An error would say that somebody stands still inside: as if there were nothing yet.
            let task = self.tasks.get_until(after(UNTIL_A_LOOK), claimed).unwrap_or_default();
            if task.is_none() || !system_kills {
                self.end_if_orphaned();
            }
            let Some(Bytes(task)) = task else {
                waiting.get_or_insert_with(|| waits_for(0, Condition::Task, false));
                continue;
            };
            waiting = None;
            let (number, tasks) = task.split_at(WORD);
            if number_of(number) == 0 {
                return;
            }
            let mut done = parcel::begin(number);
            done.push(DONE);
            let instead = |how, text: &str| [number, &[how], text.as_bytes()].concat();
            let mut done = Bytes(match caught(|| self.attempt(tasks, &mut done)) {
                Ok(Ok(())) => done,
                Ok(Err(text)) => instead(FAILED, &text),
                Err(text) => instead(PANICKED, &text),
            });
            while let Err(error) = self.results.put_timeout(&done, UNTIL_A_LOOK) {
                waiting.get_or_insert_with(|| waits_for(0, Condition::Room, false));
                match error {
                    PutError::Full | PutError::Busy { .. } => self.end_if_orphaned(),
                    error => {
                        let text = format!("its result cannot be sent: {error}");
                        done.0 = instead(FAILED, &text);
                    }
                }
            }
            waiting = None;
        }
    }

    /// Where the system does not kill the worker: nobody is left who gives tasks and takes results.
    fn end_if_orphaned(&self) {
        if nix::unistd::getppid().as_raw() != self.creator {
            ending::finish(0);
        }
    }

    /// Does the tasks of a parcel, up to the first that fails, and packs the results.
    fn attempt(&self, tasks: &[u8], done: &mut Vec<u8>) -> Result<(), String> {
        let mut attempt = || {
            for task in unpack(tasks) {
                let result = (self.work)(task.map_err(GetError::Decode)?)?;
                let packed = pack(done, &result).map_err(PutError::Encode);
                packed.context("its result cannot be sent")?;
            }
            Ok(())
        };
        attempt().map_err(|error: anyhow::Error| format!("{error:#}"))
    }
}

impl<T, R> Pool<'_, T, R> {
    fn end(workers: &[Child]) -> Result<(), ProcessError> {
        for worker in workers {
            unless_lost(worker.terminate())?;
            unless_lost(worker.send(Signal::SIGCONT))?; // a stopped one would not take the first
        }
        let deadline = after(GRACE);
        for worker in workers {
            let left = sleep_for(deadline, GRACE).unwrap_or_default();
            if unless_lost(worker.join_timeout(left))?.is_none() {
                unless_lost(worker.kill())?;
                unless_lost(worker.join().map(drop))?;
            }
        }
        Ok(())
    }
}

/// Whether the system kills a worker together with the process that made the pool. Linux does so
/// when the *thread* ends that forked; a pool cannot leave its thread, so that comes to the same.
fn system_kills() -> bool {
    start::can_follow()
}

/// A worker whose status is gone has ended, too.
fn unless_lost<A: Default>(asked: Result<A, ProcessError>) -> Result<A, ProcessError> {
    match asked {
        Err(ProcessError::Lost { .. }) => Ok(A::default()),
        asked => asked,
    }
}

/// Adds a task to a parcel, which stays as it was if the task cannot be encoded.
fn add_task(parcel: &mut Vec<u8>, task: &impl Serialize) -> Result<(), PoolError> {
    let whole = parcel.len();
    let packed = match caught(|| pack(parcel, task)) {
        Ok(packed) => packed.map_err(|error| PutError::Encode(error).into()),
        Err(panic) => Err(PoolError::Panic(panic)),
    };
    packed.inspect_err(|_| parcel.truncate(whole))
}

/// What a worker has sent behind the number.
fn outcome<R: DeserializeOwned>(done: &[u8]) -> Result<Vec<R>, PoolError> {
    let (how, what) = done.split_first().expect("a worker says how it went");
    let text = || String::from_utf8_lossy(what).into_owned();
    match *how {
        FAILED => return Err(PoolError::Task(text())),
        PANICKED => return Err(PoolError::Panic(text())),
        _ => {}
    }
    let results = caught(|| unpack(what).collect::<Result<_, _>>()).map_err(PoolError::Panic)?;
    Ok(results.map_err(GetError::Decode)?)
}

impl<T, R> Drop for Pool<'_, T, R> {
    fn drop(&mut self) {
        // A child that has inherited the pool leaves the workers alone. Of an error nobody could
        // be told; the end of this process looks after its daemons once more.
        if family::me().pid() == self.creator {
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
    /// Waits for the result (Python's `get()`). It does not wait for a worker that has died: see
    /// [`Pool`].
    ///
    /// # Errors
    /// The task's [`PoolError`]; [`Process`](PoolError::Process) if a dead worker cannot be replaced.
    pub fn get(self) -> Result<R, PoolError> {
        loop {
            if let Some(result) = self.get_timeout(Duration::MAX)? {
                return Ok(result);
            }
        }
    }

    /// Waits for the result at most this long and never gives up earlier. `None`: the time is up
    /// (Python's `get(seconds)` raises `TimeoutError`).
    ///
    /// # Errors
    /// As [`get`](AsyncResult::get); [`Taken`](PoolError::Taken) after the result was given once.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<R>, PoolError> {
        let results = self.pool.wait_for(self.number, after(timeout))?;
        Ok(results.and_then(|mut results| results.pop()))
    }

    /// Is the task over, whether or not it succeeded (Python's `ready()`)? It is also over when its
    /// worker has died.
    ///
    /// # Errors
    /// A dead worker could not be replaced.
    pub fn ready(&self) -> Result<bool, PoolError> {
        self.pool.only_creator()?;
        self.pool.collect();
        self.pool.look_after_workers()?;
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
