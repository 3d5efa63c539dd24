//! Each process waits for something else, and nothing of it ever comes.

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Event, JoinableQueue, Lock, pipe, Pool, Process, Queue, Semaphore, pause, say};

fn main() -> Result<()> {
    let (never, ready, empty) = (Event::new()?, Queue::unbounded()?, Queue::<u8>::unbounded()?);
    let (full, tasks) = (Queue::bounded(1)?, JoinableQueue::unbounded()?);
    let (lock, left, right) = (Lock::new()?, Lock::new()?, Lock::new()?);
    let seat = Semaphore::new(0)?;
    let (ours, _theirs) = pipe::<u8>()?;
    let (far, _near) = pipe::<Vec<u8>>()?;
    let get = || {
        ready.put(())?;
        empty.get().map_err(anyhow::Error::from)
    };
    full.put(1)?;
    tasks.put(1)?;
    say!("starts them");
    Process::new(|| ready.put(())).name("done").start()?;
    Process::new(|| get().map(drop)).name("getter").start()?;
    Process::new(|| empty.get_timeout(Duration::from_secs(1000)).map(drop)).name("patient").start()?;
    Process::new(|| full.put(2)).name("putter").start()?;
    Process::new(|| tasks.join()).name("finisher").start()?;
    Process::new(|| never.wait()).name("runner").start()?;
    Process::new(|| drop(seat.acquire())).name("guest").start()?;
    Process::new(|| ours.recv().map(drop)).name("receiver").start()?;
    let send = || while far.send(vec![0; 1 << 20]).is_ok() {};
    Process::new(send).name("sender").start()?;
    Process::new(|| pause(Duration::from_secs(1000))).name("sleeper").start()?;
    let apply = || -> Result<()> {
        let pool = Pool::new(2, |()| {
            never.wait();
            Ok(())
        })?;
        Ok(pool.apply(())?)
    };
    Process::new(apply).name("boss").start()?;
    let hold = || -> Result<()> {
        let _held = lock.lock()?;
        ready.put(())?;
        never.wait();
        Ok(())
    };
    Process::new(hold).name("holder").start()?;
    let cross = |first: &Lock, second: &Lock, go: &Event| -> Result<()> {
        let _first = first.lock()?;
        ready.put(())?;
        go.wait();
        let _second = second.lock()?;
        Ok(())
    };
    let go = Event::new()?;
    Process::new(|| cross(&left, &right, &go)).name("left").start()?;
    Process::new(|| cross(&right, &left, &go)).name("right").start()?;
    // Of done, getter, holder, left and right.
    for _ in 0..5 {
        ready.get()?;
    }
    go.set();
    Process::new(|| lock.lock().map(drop)).name("asker").start()?;
    Ok(())
}
