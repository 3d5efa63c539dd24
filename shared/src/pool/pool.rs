//! A fixed number of workers that share a stream of tasks.
//!
//! One queue carries the tasks, one the results, and there is no thread: whoever waits for a
//! result takes all results in, and replaces workers that have died.
//!
//! What became of a dead worker's task? A task is known by its number in the queue, and before a
//! worker takes one out it publishes that number, its *claim*. A task moves from the queue to a claim
//! to the results, so the places are searched in that order: what is in none of them died with its
//! worker. (In the opposite order a task could move on behind the searcher's back, and be given up
//! although it is well.)
//!
//! The queues carry bytes. Tasks and results are encoded and decoded here, where a failure or a
//! panic of that code can be told from others and becomes the outcome of its task.

use crate::memory::clock::{Deadline, Time, now, sleep_for};
use crate::memory::debug::debug;
use crate::memory::mapping::{Mapping, shared};
use crate::memory::seam::{self, Condition, Kind, Op, Waiting, waits_for};
use crate::memory::waiters::UNTIL_A_LOOK;
use crate::memory::{ending, family};
use crate::pool::parcel::{self, WORD, caught, number_of, pack, unpack};
use crate::process::child::Child;
use crate::process::children::{self, unless_lost};
use crate::process::error::ProcessError;
use crate::process::exit::Exit;
use crate::process::start::{self, Process};
use crate::queue::message::Bytes;
use crate::queue::queue::{self, GetError, PutError, Queue};
use anyhow::Context;
use serde::{Serialize, de::DeserializeOwned};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::panic;
use std::rc::Rc;
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
    /// A parcel of tasks each. An empty one tells a worker to end.
    tasks: Queue<Bytes>,
    /// The number of a parcel of tasks and its results each, or why there are none: see [`DONE`].
    results: Queue<Bytes>,
    claims: Mapping,
    creator: i32,
    /// Where a worker's handle stands, its claim stands too.
    pub(crate) workers: RefCell<Vec<Child>>,
    hired: Cell<usize>,
    /// How many parcels of tasks were given: the number of the last one.
    given: Cell<u64>,
    /// By the numbers of their parcels, the chunks that are not done, and where their outcomes go.
    waiting: RefCell<BTreeMap<u64, Outcomes<R>>>,
    state: Cell<State>,
    /// When the workers were last looked after.
    looked: Cell<Time>,
}

debug!(Pool<'f, T, R>, |pool| workers: pool.workers.borrow().len(), state: pool.state.get());

type Work<'f, T, R> = Box<dyn Fn(T) -> anyhow::Result<R> + 'f>;

/// The byte behind the number of what a worker sends back: what follows are the results, or the
/// text of an error or a panic.
const DONE: u8 = 0;
const FAILED: u8 = 1;
const PANICKED: u8 = 2;

/// Where somebody finds the outcomes of his chunks of tasks, in the order in which they came. The error
/// in a box: there may be an outcome for each of a million tasks.
pub(crate) type Outcomes<R> = Rc<RefCell<VecDeque<Result<Vec<R>, Box<PoolError>>>>>;

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
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
    Send(PutError),
    /// The result could not be read.
    #[error("the result cannot be read: {0}")]
    Receive(GetError),
    /// A worker could not be started. Or it died during this task, but nobody can say how
    /// ([`Lost`](ProcessError::Lost)).
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The system has no memory for the pool's queues, or the number of workers is absurd.
    #[error("cannot make a pool: {0}")]
    Make(io::Error),
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
    #[track_caller]
    pub fn new(
        workers: usize,
        work: impl Fn(T) -> anyhow::Result<R> + 'f,
    ) -> Result<Self, PoolError> {
        if !(1..=MOST_WORKERS).contains(&workers) {
            let why = format!("{workers} workers asked for: use 1 to {MOST_WORKERS}");
            return Err(PoolError::Make(io::Error::new(io::ErrorKind::InvalidInput, why)));
        }
        let pool = Pool {
            work: Box::new(work),
            tasks: Queue::patient(Kind::Tasks).map_err(PoolError::Make)?,
            results: Queue::patient(Kind::Results).map_err(PoolError::Make)?,
            claims: Mapping::new(size_of::<Claims>()).map_err(PoolError::Make)?,
            creator: family::me().pid(),
            workers: RefCell::new(Vec::with_capacity(workers)),
            hired: Cell::new(0),
            given: Cell::new(0),
            waiting: RefCell::default(),
            state: Cell::new(State::Open),
            looked: Cell::new(now()),
        };
        for place in 0..workers {
            let worker = pool.hire(place)?;
            pool.workers.borrow_mut().push(worker);
        }
        Ok(pool)
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
        let mut waiting = None;
        while !self.waiting.borrow().is_empty() {
            self.tell(&mut waiting, None);
            self.take_results(None)?;
        }
        drop(waiting);
        self.state.set(State::Ended);
        let workers = self.workers.take();
        for _ in &workers {
            self.tasks.put(Bytes::default()).map_err(PoolError::Send)?;
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
        let ended = children::end_these(&self.workers.take(), GRACE);
        for outcomes in self.waiting.take().into_values() {
            outcomes.borrow_mut().push_back(Err(PoolError::Terminated.into()));
        }
        Ok(ended?)
    }

    pub(crate) fn only_creator(&self) -> Result<(), PoolError> {
        match family::me().pid() == self.creator {
            true => Ok(()),
            false => Err(PoolError::NotCreator(self.creator)),
        }
    }

    pub(crate) fn only_open(&self) -> Result<(), PoolError> {
        self.only_creator()?;
        match self.state.get() {
            State::Open => Ok(()),
            State::Closed | State::Ended => Err(PoolError::Closed),
        }
    }

    /// Gives a chunk of tasks to the workers; its outcome goes there.
    pub(crate) fn submit(&self, parcel: Vec<u8>, to: &Outcomes<R>) -> Result<(), PoolError> {
        let parcel = Bytes(parcel);
        self.look_after_workers()?;
        let mut waiting = None;
        while let Err(error) = self.tasks.put_timeout(&parcel, UNTIL_A_LOOK) {
            waiting.get_or_insert_with(|| waits_for(0, Condition::TaskRoom, None, &|| true));
            match error {
                // The workers may be waiting for room for results, or be dead: then it is on us.
                PutError::Full | PutError::Busy { .. } => _ = self.collect(),
                error => return Err(PoolError::Send(error)),
            }
            self.look_after_workers()?;
        }
        let number = self.given.get() + 1;
        self.given.set(number);
        self.waiting.borrow_mut().insert(number, Rc::clone(to));
        Ok(())
    }

    /// Waits for the next of these outcomes. None: it has not come before the deadline.
    pub(crate) fn next_of(
        &self,
        outcomes: &Outcomes<R>,
        deadline: Deadline,
    ) -> Option<Result<Vec<R>, PoolError>> {
        if let Err(error) = self.only_creator() {
            return Some(Err(error));
        }
        let mut waiting = None;
        loop {
            if let Some(outcome) = outcomes.borrow_mut().pop_front() {
                return Some(outcome.map_err(|error| *error));
            }
            self.tell(&mut waiting, deadline);
            match self.take_results(deadline) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// This process waits for a result or, as one and the same, for the end of a worker.
    fn tell(&self, waiting: &mut Option<Waiting>, deadline: Deadline) {
        let over = || {
            !self.results.is_empty() || self.workers.borrow().iter().any(|worker| worker.is_over())
        };
        let object = self.results.monitor().object();
        match waiting {
            None => *waiting = Some(waits_for(object, Condition::Result, deadline, &over)),
            Some(waiting) => waiting.now_for(object, Condition::Result, deadline, &over),
        }
    }

    /// Looks after the workers, and waits for a result, at most for a slice. False once the deadline
    /// has passed and none is there.
    fn take_results(&self, deadline: Deadline) -> Result<bool, PoolError> {
        self.look_after_workers()?;
        let left = sleep_for(deadline, UNTIL_A_LOOK);
        // In a driven run the wait is over by now, and time does not pass.
        let wait = left.filter(|_| !seam::is_driven());
        Ok(self.take_result(wait.unwrap_or_default()) || left.is_some())
    }

    /// Takes in the results that are there now, without waiting for more. False: it could not.
    pub(crate) fn collect(&self) -> bool {
        (0..self.results.len()).all(|_| self.take_result(UNTIL_A_LOOK))
    }

    fn take_result(&self, limit: Duration) -> bool {
        let Ok(Some(Bytes(done))) = self.results.get_within(Some(limit), |_| ()) else {
            return false;
        };
        self.settle(number_of(&done), || outcome(&done[WORD..]));
        true
    }

    fn settle(&self, number: u64, outcome: impl FnOnce() -> Result<Vec<R>, PoolError>) {
        let outcomes = self.waiting.borrow_mut().remove(&number);
        if let Some(outcomes) = outcomes {
            outcomes.borrow_mut().push_back(outcome().map_err(Box::new));
        }
    }

    /// Replaces workers that have died. To be called as often as possible: it asks the system once
    /// in a slice, also while results flow.
    pub(crate) fn look_after_workers(&self) -> Result<(), PoolError> {
        let now = now();
        if now - self.looked.get() < UNTIL_A_LOOK && !seam::is_driven() {
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
            let child = self.workers.borrow()[place].pid();
            seam::did(Op::LookedAtChild { child, alive: false }, 0);
            let number = self.claim(place).load(Acquire);
            let claims_it = |other| other != place && self.claim(other).load(Acquire) == number;
            let elsewhere = number > self.tasks.gets() || (0..places).any(claims_it);
            // A worker that is stopped inside the queue keeps us out of it: ask again later.
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
        let claimed = |queue: &queue::State| self.claim(place).store(queue.gets() + 1, Release);
        // Where the system does not kill an orphan, it has to look for itself.
        let limit = if system_kills() { None } else { Some(UNTIL_A_LOOK) };
        loop {
            let mut patience = limit;
            if seam::is_driven() {
                let is_there = || !self.tasks.is_empty();
                let object = self.tasks.monitor().object();
                drop(waits_for(object, Condition::Task, None, &is_there));
                patience = Some(Duration::ZERO);
            }
            // An error would say that somebody stands still inside: as if there were nothing yet.
            let task = self.tasks.get_within(patience, claimed).unwrap_or_default();
            if limit.is_some() {
                self.end_if_orphaned();
            }
            let Some(Bytes(task)) = task else { continue };
            if task.is_empty() {
                return;
            }
            let number = self.claim(place).load(Relaxed).to_le_bytes();
            let mut done = parcel::begin(&number);
            done.push(DONE);
            let instead = |how, text: &str| [&number[..], &[how], text.as_bytes()].concat();
            let mut done = Bytes(match caught(|| self.attempt(&task, &mut done)) {
                Ok(Ok(())) => done,
                Ok(Err(text)) => instead(FAILED, &text),
                Err(text) => instead(PANICKED, &text),
            });
            while let Err(error) = self.results.put_within(&done, limit) {
                match error {
                    PutError::Full | PutError::Busy { .. } => self.end_if_orphaned(),
                    error => {
                        let text = format!("its result cannot be sent: {error}");
                        done.0 = instead(FAILED, &text);
                    }
                }
            }
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

/// Whether the system kills a worker together with the process that made the pool. Linux does so
/// when the *thread* ends that forked; a pool cannot leave its thread, so that comes to the same.
fn system_kills() -> bool {
    start::can_follow()
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
    results.map_err(|error| PoolError::Receive(GetError::Decode(error)))
}

impl<T, R> Drop for Pool<'_, T, R> {
    fn drop(&mut self) {
        // A child that has inherited the pool leaves the workers alone. Of an error nobody could
        // be told; the end of this process looks after its daemons once more.
        if family::me().pid() == self.creator {
            let _ = children::end_these(&self.workers.take(), GRACE);
        }
    }
}
