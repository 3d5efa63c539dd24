//! How tasks are given to a pool, and their results come back: one by one, all at once, or as they come.

use crate::memory::clock::{Deadline, after};
use crate::memory::debug::debug;
use crate::pool::parcel::{self, caught, pack};
use crate::pool::pool::{Outcomes, Pool, PoolError};
use crate::queue::queue::PutError;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

impl<'f, T, R> Pool<'f, T, R>
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
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
        let result = AsyncResult { pool: self, outcomes: Outcomes::default() };
        self.give(&task, &result.outcomes)?;
        Ok(result)
    }

    fn give(&self, task: &T, to: &Outcomes<R>) -> Result<(), PoolError> {
        self.only_open()?;
        let mut parcel = parcel::begin(&[]);
        add_task(&mut parcel, task)?;
        self.submit(parcel, to)
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
            let mut parcel = parcel::begin(&[]);
            let mut sent = Ok(());
            for task in tasks.by_ref().take(chunk.max(1)) {
                sent = sent.and_then(|()| add_task(&mut parcel, &task));
            }
            // An empty parcel would tell a worker to end.
            if !parcel.is_empty() {
                let outcomes = Outcomes::default();
                match self.submit(parcel, &outcomes) {
                    Ok(()) => given.push(outcomes),
                    Err(error) => sent = Err(error),
                }
            }
            if let (Err(error), None) = (sent, &first_error) {
                (before, first_error) = (given.len(), Some(error));
            }
        }
        let mut results = Vec::new();
        for (place, chunk) in given.into_iter().enumerate() {
            match self.next_of(&chunk, None).expect("no deadline") {
                Ok(some) => results.extend(some),
                Err(error) if place < before => (before, first_error) = (0, Some(error)),
                Err(_) => {}
            }
        }
        first_error.map_or(Ok(results), Err)
    }

    /// Gives all these tasks to the pool at once, and gives the results in the order of the tasks, each as
    /// soon as it and those before it are there (Python's `imap`). For each task there is one item.
    ///
    /// # Errors
    /// That of the task stands in its place, also if it could not be given: see
    /// [`apply_async`](Pool::apply_async) and [`AsyncResult::get`]. The others come all the same.
    pub fn imap(
        &self,
        tasks: impl IntoIterator<Item = T>,
    ) -> impl ExactSizeIterator<Item = Result<R, PoolError>> {
        let given: Vec<_> = tasks.into_iter().map(|task| self.apply_async(task)).collect();
        given.into_iter().map(|result| result?.get())
    }

    /// Like [`imap`](Pool::imap), but gives the results in the order in which they come (Python's
    /// `imap_unordered`). So whoever wants to know to which task a result belongs puts that into the
    /// result.
    ///
    /// ```
    /// use multiprocessing::Pool;
    /// let pool = Pool::new(2, |n: u64| Ok((n, n * n)))?;
    /// let mut results = pool.imap_unordered(1..=3);
    /// let mut sum = 0;
    /// while let Some(result) = results.next() {
    ///     let (n, square) = result?;
    ///     println!("{n} squared is {square}; {} to come", results.len());
    ///     sum += square;
    /// }
    /// assert_eq!(sum, 14);
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`imap`](Pool::imap): if a worker dies, the error says so, but not at which task.
    pub fn imap_unordered(
        &self,
        tasks: impl IntoIterator<Item = T>,
    ) -> impl ExactSizeIterator<Item = Result<R, PoolError>> {
        let (arrived, mut count) = (Outcomes::default(), 0);
        for task in tasks {
            count += 1;
            if let Err(error) = self.give(&task, &arrived) {
                arrived.borrow_mut().push_back(Err(error.into()));
            }
        }
        (0..count).map(move |_| one(self.next_of(&arrived, None).expect("no deadline")))
    }
}

/// The result of a task that may not be done yet; Python's `AsyncResult`.
#[must_use = "an error of the task is only seen by asking for its result"]
pub struct AsyncResult<'p, 'f, T, R> {
    pool: &'p Pool<'f, T, R>,
    /// One, once it is known.
    outcomes: Outcomes<R>,
}

debug!(AsyncResult<'p, 'f, T, R>, |result| ready: !result.outcomes.borrow().is_empty());

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
        let Ok(outcome) = self.get_until(None) else { unreachable!("no deadline") };
        outcome
    }

    /// Waits for the result at most this long and never gives up earlier. `Err` is the time: it holds
    /// what was asked, to be asked again (Python's `get(seconds)` raises `TimeoutError`).
    ///
    /// ```
    /// use multiprocessing::Pool;
    /// use std::time::Duration;
    /// let pool = Pool::new(1, |n: u64| Ok(n + 1))?;
    /// let mut result = pool.apply_async(7)?;
    /// let eight = loop {
    ///     match result.get_timeout(Duration::from_millis(10)) {
    ///         Ok(outcome) => break outcome?,
    ///         Err(not_yet) => result = not_yet,
    ///     }
    /// };
    /// assert_eq!(eight, 8);
    /// # Ok::<(), anyhow::Error>(())
    /// ```
    ///
    /// # Errors
    /// Within `Ok`, as [`get`](AsyncResult::get).
    pub fn get_timeout(self, timeout: Duration) -> Result<Result<R, PoolError>, Self> {
        self.get_until(after(timeout))
    }

    fn get_until(self, deadline: Deadline) -> Result<Result<R, PoolError>, Self> {
        self.pool.next_of(&self.outcomes, deadline).map(one).ok_or(self)
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
        Ok(!self.outcomes.borrow().is_empty())
    }
}

/// Adds a task to a parcel, which stays as it was if the task cannot be encoded.
fn add_task(parcel: &mut Vec<u8>, task: &impl Serialize) -> Result<(), PoolError> {
    let whole = parcel.len();
    let packed = match caught(|| pack(parcel, task)) {
        Ok(packed) => packed.map_err(|error| PoolError::Send(PutError::Encode(error))),
        Err(panic) => Err(PoolError::Panic(panic)),
    };
    packed.inspect_err(|_| parcel.truncate(whole))
}

/// The outcome of a chunk of one task.
fn one<R>(outcome: Result<Vec<R>, PoolError>) -> Result<R, PoolError> {
    outcome.map(|mut results| results.pop().expect("a task has one result"))
}
