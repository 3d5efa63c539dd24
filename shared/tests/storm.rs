//! Producers and consumers, killed and stopped at random instants: what is lost, what is corrupt,
//! who hangs?
//!
//! `STORM_SECONDS` sets how long it lasts (3 by default), `STORM_SEED` repeats the decisions of an
//! earlier storm (the instants themselves are the system's).
//!
//! Each item has a number. A table in shared memory says of each number whether its put has returned
//! and how often the item was received. A process that is killed can lose the
//! item that it has just taken out and has not yet noted; nothing else may be lost, and nothing may
//! come twice or changed.
#![allow(unsafe_code)]

mod harness;
mod tools;

use multiprocessing::{Bytes, Child, Lock, Process, PutError, Queue, Semaphore, Value};
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::*};
use std::time::{Duration, Instant};
use tools::{go_on, ms, stop};

const LARGEST: usize = 1 << 20;
/// Which numbers the table has room for.
const ITEMS: u64 = 1 << 28;
/// Nobody may stand still for so long, unless it is stopped.
const HANGS: Duration = Duration::from_secs(8);

/// In the table: the put has returned.
const PUT: u8 = 1;
/// In the table: one more process has received it.
const RECEIVED: u8 = 2;

/// Of which kind the process in a place is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Producer(usize),
    Consumer(usize),
    Locker,
    /// Only stopped, not killed: its permits would die with it.
    Guest,
}

const PLACES: [Part; 12] = [
    Part::Producer(0),
    Part::Producer(0),
    Part::Consumer(0),
    Part::Consumer(0),
    Part::Producer(1),
    Part::Producer(1),
    Part::Consumer(1),
    Part::Consumer(1),
    Part::Locker,
    Part::Locker,
    Part::Guest,
    Part::Guest,
];

/// Ordinary shared memory, so that the objects under test do not keep the books on themselves.
struct Books {
    items: &'static [AtomicU8],
    /// Counted up by each process in its place.
    progress: &'static [AtomicU64],
    next: &'static AtomicU64,
    corrupt: &'static AtomicU64,
    disorder: &'static AtomicU64,
    broken: &'static AtomicU64,
    recovered: &'static AtomicU64,
    /// 1: producers come to an end. 2: everybody does.
    over: &'static AtomicU64,
}

fn shared<T>(number: usize) -> &'static [T] {
    let len = NonZeroUsize::new(number * size_of::<T>()).expect("not empty");
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    #[cfg(target_os = "linux")]
    let flags = MapFlags::MAP_SHARED | MapFlags::MAP_NORESERVE;
    #[cfg(not(target_os = "linux"))]
    let flags = MapFlags::MAP_SHARED;
    // SAFETY: a new mapping, never unmapped, of zeroes, which are a value of the atomics that it
    // is used for; it is large enough for so many.
    unsafe {
        let start = mmap_anonymous(None, len, access, flags).expect("memory");
        std::slice::from_raw_parts(start.cast::<T>().as_ptr(), number)
    }
}

impl Books {
    fn new() -> Books {
        let numbers = shared::<AtomicU64>(6);
        Books {
            items: shared(ITEMS as usize),
            progress: shared(PLACES.len()),
            next: &numbers[0],
            corrupt: &numbers[1],
            disorder: &numbers[2],
            broken: &numbers[3],
            recovered: &numbers[4],
            over: &numbers[5],
        }
    }

    fn is_over(&self, stage: u64) -> bool {
        self.over.load(SeqCst) >= stage
    }
}

struct World {
    books: Books,
    /// A bounded and an unbounded one.
    queues: [Queue<Bytes>; 2],
    lock: Lock,
    /// Equal whenever nobody holds the lock.
    pair: [Value<u64>; 2],
    semaphore: Semaphore,
    guests: Value<i64>,
    /// What the messages are cut from.
    noise: Vec<u8>,
}

/// Number of the item, of its producer's life, and its number in that life.
const HEAD: usize = 24;

impl World {
    fn body(&self, item: u64) -> &[u8] {
        // Small ones, middling ones, large ones.
        let scrambled = item.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let most = match scrambled >> 60 {
            0 => LARGEST - HEAD,
            1..4 => 20_000,
            _ => 100,
        };
        let len = (scrambled >> 20) as usize % (most + 1);
        &self.noise[(scrambled >> 8) as usize % LARGEST..][..len]
    }

    /// The next item.
    fn message(&self, life: u64, nth: u64) -> (u64, Bytes) {
        let item = self.books.next.fetch_add(1, SeqCst);
        assert!(item < ITEMS, "the table is full");
        let mut message = [item, life, nth].map(u64::to_le_bytes).concat();
        message.extend_from_slice(self.body(item));
        (item, Bytes(message))
    }

    fn put_one(&self, queue: usize, life: u64) {
        let (item, message) = self.message(life, 0);
        self.queues[queue].put_timeout(message, HANGS).expect("room");
        self.books.items[item as usize].fetch_or(PUT, SeqCst);
    }

    /// Notes that a message was received, and gives the life of its producer and its number there.
    fn note(&self, message: &[u8]) -> Option<(u64, u64)> {
        let number = |at: usize| {
            let bytes = message.get(at..at + 8)?.try_into().ok()?;
            Some(u64::from_le_bytes(bytes))
        };
        let whole = |&item: &u64| item < ITEMS && message[HEAD..] == *self.body(item);
        let (Some(life), Some(nth), Some(item)) = (number(8), number(16), number(0).filter(whole))
        else {
            self.books.corrupt.fetch_add(1, SeqCst);
            return None;
        };
        self.books.items[item as usize].fetch_add(RECEIVED, SeqCst);
        Some((life, nth))
    }

    fn produce(&self, queue: usize, life: u64, progress: &AtomicU64) {
        let queue = &self.queues[queue];
        let mut pressed = 0;
        for nth in 0u64.. {
            progress.fetch_add(1, Relaxed);
            if self.books.is_over(1) {
                return;
            }
            let (item, message) = self.message(life, nth);
            loop {
                let outcome = match item % 5 {
                    0 => queue.put_timeout(&message, ms(3)),
                    1 => queue.try_put(&message),
                    _ => queue.put(&message),
                };
                match outcome {
                    Ok(()) => break,
                    Err(PutError::Full | PutError::Busy { .. } | PutError::ArenaFull { .. }) => {
                        pressed += 1;
                        progress.fetch_add(1, Relaxed);
                        std::thread::sleep(Duration::from_micros(pressed % 700));
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            self.books.items[item as usize].fetch_or(PUT, SeqCst);
            while queue.capacity().is_none() && queue.len() > 300 && !self.books.is_over(1) {
                progress.fetch_add(1, Relaxed);
                std::thread::sleep(ms(1));
            }
        }
    }

    fn consume(&self, queue: usize, progress: &AtomicU64) {
        let queue = &self.queues[queue];
        let mut lives = HashMap::new();
        for turn in 0u64.. {
            progress.fetch_add(1, Relaxed);
            let outcome = match turn % 4 {
                0 => queue.try_get(),
                // Without a limit, but not when nothing may come any more.
                1 if !self.books.is_over(1) => queue.get().map(Some),
                _ => queue.get_timeout(ms(5)),
            };
            let message = match outcome {
                Ok(Some(message)) => message,
                Ok(None) if self.books.is_over(2) => return,
                Ok(None) | Err(multiprocessing::GetError::Busy { .. }) => continue,
                Err(error) => panic!("{error}"),
            };
            let Some((life, nth)) = self.note(&message) else {
                continue;
            };
            if lives.insert(life, nth).is_some_and(|before| before >= nth) {
                self.books.disorder.fetch_add(1, SeqCst);
            }
        }
    }

    fn use_the_lock(&self, progress: &AtomicU64) {
        let [left, right] = &self.pair;
        for turn in 0u64.. {
            progress.fetch_add(1, Relaxed);
            if self.books.is_over(1) {
                return;
            }
            let mut recovers = false;
            let got = match turn % 3 {
                0 => self.lock.try_lock(),
                1 => self.lock.lock_timeout(ms(2)),
                _ => self.lock.lock().map(Some),
            };
            let got = got.unwrap_or_else(|_died| {
                self.books.recovered.fetch_add(1, SeqCst);
                recovers = true;
                Some(self.lock.recover())
            });
            let Some(_held) = got else { continue };
            if left.get() != right.get() && !recovers {
                self.books.broken.fetch_add(1, SeqCst);
            }
            let next = left.get().max(right.get()) + 1;
            left.set(next);
            std::hint::spin_loop();
            right.set(next);
        }
    }

    fn visit(&self, progress: &AtomicU64) {
        for turn in 0u64.. {
            progress.fetch_add(1, Relaxed);
            if self.books.is_over(1) {
                return;
            }
            let permit = match turn % 3 {
                0 => self.semaphore.try_acquire(),
                1 => self.semaphore.acquire_timeout(ms(2)),
                _ => Some(self.semaphore.acquire()),
            };
            if permit.is_some() {
                if self.guests.fetch_add(1) >= 1 {
                    self.books.broken.fetch_add(1, SeqCst);
                }
                self.guests.fetch_add(-1);
            }
        }
    }

    fn start(&self, place: usize, life: u64) -> Child {
        let progress = &self.books.progress[place];
        let part = PLACES[place];
        let process = Process::new(move || match part {
            Part::Producer(queue) => self.produce(queue, life, progress),
            Part::Consumer(queue) => self.consume(queue, progress),
            Part::Locker => self.use_the_lock(progress),
            Part::Guest => self.visit(progress),
        });
        let process = process.name(format!("{part:?} {life}")).daemon(true);
        process.start().expect("a process")
    }
}

/// Watches that everybody makes progress.
struct Watch {
    seen: [(u64, Instant); PLACES.len()],
    longest: Duration,
}

impl Watch {
    fn new() -> Watch {
        Watch { seen: [(0, Instant::now()); PLACES.len()], longest: Duration::ZERO }
    }

    /// Whoever has been stopped or started anew begins anew.
    fn forgive(&mut self, place: usize) {
        self.seen[place].1 = Instant::now();
    }

    fn look(&mut self, books: &Books) -> Vec<usize> {
        let mut hang = Vec::new();
        for (place, (count, since)) in self.seen.iter_mut().enumerate() {
            let now = books.progress[place].load(Relaxed);
            if now != *count {
                (*count, *since) = (now, Instant::now());
            }
            self.longest = self.longest.max(since.elapsed());
            if since.elapsed() > HANGS {
                hang.push(place);
            }
        }
        hang
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn seconds() -> u64 {
    number("STORM_SECONDS").unwrap_or(3)
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn storm() {
    let seed = number("STORM_SEED").unwrap_or_else(rand::random);
    println!("seed {seed}: repeat it with STORM_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut noise = vec![0; 2 * LARGEST];
    random.fill_bytes(&mut noise);
    let before = descriptors();
    let world = World {
        books: Books::new(),
        queues: [Queue::bounded(8).unwrap(), Queue::unbounded().unwrap()],
        lock: Lock::new().unwrap(),
        pair: [0; 2].map(|zero| Value::new(zero).unwrap()),
        semaphore: Semaphore::new(1).unwrap(),
        guests: Value::new(0).unwrap(),
        noise,
    };
    // The first start makes what the processes share at printing.
    Process::new(|| ()).start().unwrap().join().unwrap();
    let made = descriptors();
    let (mut lives, mut kills, mut stops, mut killed_consumers) = (PLACES.len() as u64, 0, 0, 0);
    let mut children: Vec<Child> =
        (0..PLACES.len()).map(|place| world.start(place, place as u64)).collect();
    let mut watch = Watch::new();
    let mut hang = Vec::new();
    // Who is stopped, and until when.
    let mut stopped: HashMap<usize, Instant> = HashMap::new();
    let end = Instant::now() + Duration::from_secs(seconds());
    while Instant::now() < end && hang.is_empty() {
        std::thread::sleep(Duration::from_micros(random.random_range(0..6000)));
        let place = random.random_range(0..PLACES.len());
        let pid = children[place].pid();
        if random.random_bool(0.6) && PLACES[place] != Part::Guest {
            // Also one that is stopped.
            children[place].kill().unwrap();
            // Not always at once: others meet a zombie.
            if random.random_bool(0.5) {
                std::thread::sleep(Duration::from_micros(random.random_range(0..3000)));
            }
            let exit = children[place].join().unwrap();
            assert_eq!(exit.code(), -9, "{} {exit}", children[place].name());
            kills += 1;
            killed_consumers += u64::from(matches!(PLACES[place], Part::Consumer(_)));
            stopped.remove(&place);
            lives += 1;
            children[place] = world.start(place, lives);
            watch.forgive(place);
        } else if let std::collections::hash_map::Entry::Vacant(entry) = stopped.entry(place) {
            stop(pid);
            stops += 1;
            let longest = if random.random_bool(0.1) { 300 } else { 20 };
            entry.insert(Instant::now() + ms(random.random_range(0..longest)));
        }
        stopped.retain(|&place, until| {
            let over = Instant::now() >= *until;
            if over {
                go_on(children[place].pid());
            }
            !over
        });
        for &place in stopped.keys() {
            watch.forgive(place);
        }
        hang = watch.look(&world.books);
    }
    // Calm: everybody ends by itself, producers first, then consumers, when nothing is left.
    for &place in stopped.keys() {
        go_on(children[place].pid());
    }
    let takeovers: u64 = world.queues.iter().map(Queue::taken_over).sum();
    world.books.over.store(1, SeqCst);
    let deadline = Instant::now() + HANGS;
    for (place, child) in children.iter().enumerate() {
        if !matches!(PLACES[place], Part::Consumer(_)) {
            let rest = deadline.saturating_duration_since(Instant::now());
            if child.join_timeout(rest).unwrap().is_none() {
                hang.push(place);
            }
        }
    }
    world.books.over.store(2, SeqCst);
    let deadline = Instant::now() + HANGS;
    for (place, child) in children.iter().enumerate() {
        let Part::Consumer(queue) = PLACES[place] else {
            continue;
        };
        // It may wait without a limit: for this.
        while child.join_timeout(ms(10)).unwrap().is_none() {
            if Instant::now() > deadline {
                hang.push(place);
                break;
            }
            if world.queues[queue].is_empty() {
                lives += 1;
                world.put_one(queue, lives);
            }
        }
    }
    let mut left = 0;
    for queue in &world.queues {
        while let Ok(Some(message)) = queue.try_get() {
            world.note(&message);
            left += 1;
        }
    }
    let items = world.books.next.load(SeqCst);
    let (mut put, mut lost, mut twice) = (0u64, 0u64, 0u64);
    for entry in &world.books.items[..items as usize] {
        let entry = entry.load(SeqCst);
        let received = entry / RECEIVED;
        put += u64::from(entry & PUT != 0);
        lost += u64::from(entry & PUT != 0 && received == 0);
        twice += u64::from(received > 1);
    }
    let count = |counter: &AtomicU64| counter.load(SeqCst);
    let books = &world.books;
    let (corrupt, disorder) = (count(books.corrupt), count(books.disorder));
    let (broken, recovered) = (count(books.broken), count(books.recovered));
    let crashed: Vec<_> = children
        .iter()
        .filter(|child| child.exit().is_some_and(|exit| !exit.success()))
        .map(Child::name)
        .collect();
    let leaked = descriptors() as i64 - made as i64;
    println!("{} s: {put} items, {kills} killed, {stops} stopped", seconds());
    println!("{takeovers} take-overs of a queue, {recovered} recoveries of the lock");
    println!("{lost} items lost (at most {killed_consumers}), {twice} received twice");
    println!(
        "{corrupt} corrupt, {disorder} out of order, {broken} times a lock or semaphore failed"
    );
    println!("{} hang; the longest time without progress: {:?}", hang.len(), watch.longest);
    println!(
        "{leaked} descriptors left over ({before} before, {made} with the objects), {left} items taken by main"
    );
    let hanging: Vec<_> = hang.iter().map(|&place| PLACES.get(place)).collect();
    assert!(hang.is_empty(), "seed {seed}: these hang: {hanging:?}");
    assert!(crashed.is_empty(), "seed {seed}: these failed: {crashed:?}");
    assert!(lost <= killed_consumers, "seed {seed}: {lost} items lost");
    assert_eq!([twice, corrupt, disorder, broken], [0; 4], "seed {seed}");
    assert_eq!(leaked, 0, "seed {seed}: descriptors are left over");
    assert!(kills > 0 && stops > 0 && put > 0, "seed {seed}: no storm at all");
}

fn main() {
    // The harness ends it if it does not end itself, and finds what it leaves behind.
    let limit = Duration::from_secs(seconds()) + 5 * HANGS;
    // SAFETY: this process has one thread.
    unsafe { std::env::set_var(harness::SHOW, "1") };
    harness::run_within(limit, harness::cases![storm], &[]);
}
