//! Uses every name that the page "From Python to Rust" gives. That it compiles is the test.
#![allow(dead_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{
    Array, AsyncResult, Barrier, BrokenBarrierError, Child, Condition, Current, Event, Exit,
    JoinableQueue, Lock, LockError, PipeEnd, PipeError, Pool, Process, PutError, Queue, Run,
    Semaphore, Signal, Time, Value, active_children, cpu_count, current, now, pause, pipe, raise,
    say, spawn, state, stderr, stdout, wait, wait_timeout,
};

const SOON: Duration = Duration::from_secs(1);

struct Worker;

impl Run for Worker {
    fn run(&mut self) -> Result<()> {
        Ok(())
    }
}

fn processes(child: &Child) -> Result<()> {
    Run::run(&mut Worker)?;
    let made = Process::of(Worker);
    let made = Process::daemon(Process::name(made, "worker"), true);
    Process::start(made)?;
    Process::start(Process::new(|| ()))?;
    Child::join(child)?;
    Child::join_timeout(child, SOON)?;
    Child::is_alive(child)?;
    Child::exit(child).map(Exit::code);
    Child::terminate(child)?;
    Child::kill(child)?;
    let _ = (Child::name(child), Child::pid(child));
    let me = current();
    let _ = (Current::pid(&me), Current::parent_pid(&me));
    let _ = (Current::thread_id(&me), state(Child::pid(child)));
    raise(Signal::SIGTERM)?;
    let _ = (active_children(), cpu_count());
    spawn::entry(|_: u8| ());
    spawn::Spawn::new(|_: u8| (), 7).start()?;
    say!("line");
    let _ = (stdout(), stderr());
    pause(SOON);
    Time::elapsed(now());
    fn is_sent<T: serde::Serialize>(_: T) {}
    is_sent(7);
    let _: (fn(i32) -> !, unsafe extern "C" fn(i32) -> !) = (std::process::exit, libc::_exit);
    let _: Option<std::process::Command> = None;
    Ok(())
}

fn queues() -> Result<()> {
    let queue = Queue::<u8>::unbounded()?;
    Queue::<u8>::bounded(1)?;
    Queue::put(&queue, 7)?;
    Queue::put_timeout(&queue, 7, SOON)?;
    matches!(Queue::try_put(&queue, 7), Err(PutError::Full));
    Queue::get(&queue)?;
    Queue::get_timeout(&queue, SOON)?;
    Queue::try_get(&queue)?;
    let _ = (Queue::len(&queue), Queue::is_empty(&queue), Queue::is_full(&queue));
    Queue::shutdown(&queue);
    let queue = JoinableQueue::<u8>::unbounded()?;
    JoinableQueue::task_done(&queue)?;
    JoinableQueue::join(&queue);
    JoinableQueue::join_timeout(&queue, SOON);
    let _ = std::sync::mpsc::channel::<u8>();
    let (end, _) = pipe::<u8>()?;
    PipeEnd::send(&end, 7)?;
    PipeEnd::try_recv(&end)?;
    PipeEnd::recv_timeout(&end, SOON)?;
    wait(&[&end])?;
    wait_timeout(&[&queue], SOON)?;
    matches!(PipeEnd::recv(&end), Err(PipeError::Closed));
    Ok(())
}

fn synchronising() -> Result<()> {
    let (changed, lock) = (Condition::new()?, Lock::new()?);
    drop(Condition::wait(&changed, Lock::lock(&lock)?)?);
    Condition::notify_one(&changed);
    Condition::notify_all(&changed);
    let bridge = Barrier::new(2)?;
    Barrier::wait(&bridge)?;
    matches!(Barrier::wait_timeout(&bridge, SOON), Err(BrokenBarrierError));
    let event = Event::new()?;
    Event::set(&event);
    Event::clear(&event);
    Event::is_set(&event);
    Event::wait(&event);
    Event::wait_timeout(&event, SOON);
    let lock = Lock::new()?;
    matches!(Lock::lock(&lock), Err(LockError::HolderDied { .. }));
    Lock::try_lock(&lock)?;
    Lock::lock_timeout(&lock, SOON)?;
    let _ = Lock::recover(&lock);
    let semaphore = Semaphore::new(1)?;
    drop(Semaphore::acquire(&semaphore));
    Semaphore::release(&semaphore);
    let value = Value::new(1)?;
    Value::set(&value, Value::get(&value));
    Value::fetch_add(&value, 1);
    Value::fetch_update(&value, |number| number + 1);
    let array = Array::new(&[1])?;
    Array::set(&array, 0, Array::get(&array, 0) + Array::iter(&array).sum::<i32>());
    Array::fetch_add(&array, 0, 1);
    Array::fetch_update(&array, 0, |number| number + 1);
    Ok(())
}

fn pools() -> Result<()> {
    let pool = Pool::new(2, |n: u8| Ok(n))?;
    Pool::apply(&pool, 7)?;
    let result = Pool::apply_async(&pool, 7)?;
    AsyncResult::ready(&result)?;
    if let Err(not_yet) = AsyncResult::get_timeout(result, SOON) {
        AsyncResult::get(not_yet)?;
    }
    Pool::map(&pool, 0..7)?;
    Pool::map_chunked(&pool, 0..7, 2)?;
    Pool::imap(&pool, 0..7).try_for_each(|result| result.map(drop))?;
    Pool::imap_unordered(&pool, 0..7).try_for_each(|result| result.map(drop))?;
    Pool::close(&pool);
    Pool::join(&pool)?;
    Pool::terminate(&pool)?;
    Ok(())
}
