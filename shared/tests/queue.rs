//! What a queue promises while all processes live: order, limits, time, memory.
#![allow(unsafe_code)]

mod harness;
mod tools;

use multiprocessing::{
    Bytes, Event, GetError, JoinableQueue, Pool, Process, PutError, Queue, Semaphore, Value, wait,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeTuple};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tools::{
    LONG, all_succeed, in_the_end, ms, quantile, runs_out_on_time, timed, until, until_it_has_slept,
};

/// Number of the producer and number of the item; `None` ends a consumer.
type Item = Option<(u32, u32)>;

fn each_item_once_and_each_producer_in_order() {
    many_to_many(&Queue::unbounded().unwrap(), 3, 3);
    many_to_many(&Queue::bounded(1).unwrap(), 2, 3);
    many_to_many(&Queue::bounded(5).unwrap(), 3, 2);
    many_to_many(&Queue::bounded(7).unwrap(), 3, 1);
}

fn many_to_many(queue: &Queue<Item>, producers: u32, consumers: u32) {
    const ITEMS: u32 = 1500;
    let received = Queue::<Vec<(u32, u32)>>::unbounded().unwrap();
    let consume = || -> anyhow::Result<()> {
        let mut all = Vec::new();
        while let Some(item) = queue.get()? {
            all.push(item);
        }
        Ok(received.put(all)?)
    };
    let produce = |producer| (0..ITEMS).try_for_each(|i| queue.put(Some((producer, i))));
    let start = |process: Process<'_>| process.start().unwrap();
    let consumers: Vec<_> = (0..consumers).map(|_| start(Process::new(consume))).collect();
    let producers: Vec<_> =
        (0..producers).map(|p| start(Process::new(move || produce(p)))).collect();
    let expected = producers.len() * ITEMS as usize;
    all_succeed(producers);
    for _ in &consumers {
        queue.put(None).unwrap();
    }
    let mut times = HashMap::new();
    for _ in &consumers {
        let mut next = HashMap::new();
        let all = received.get_timeout(LONG).unwrap().expect("a report");
        // If there is one consumer, the numbers have no gaps.
        for (producer, i) in all {
            let next = next.entry(producer).or_insert(0);
            assert!(i >= *next, "item {i} of producer {producer} after {next}");
            assert!(i == *next || consumers.len() > 1);
            *next = i + 1;
            *times.entry((producer, i)).or_insert(0) += 1;
        }
    }
    assert_eq!(times.len(), expected);
    assert!(times.values().all(|&times| times == 1));
    assert!(queue.is_empty());
    all_succeed(consumers);
}

fn bounded_blocks_at_n_and_frees_on_get() {
    let queue = Queue::bounded(3).unwrap();
    assert_eq!(queue.capacity(), Some(3));
    let through = Event::new().unwrap();
    let producer = Process::new(|| -> anyhow::Result<()> {
        (0..4).try_for_each(|i| queue.put(i))?;
        through.set();
        Ok(())
    });
    let producer = producer.start().unwrap();
    until("the queue is full", || queue.is_full());
    until_it_has_slept(producer.pid(), 3);
    assert!(!through.is_set());
    assert_eq!(queue.len(), 3);
    assert!(matches!(queue.try_put(9), Err(PutError::Full)));
    assert!(matches!(queue.put_timeout(9, ms(5)), Err(PutError::Full)));
    assert_eq!(queue.get().unwrap(), 0);
    assert!(through.wait_timeout(LONG));
    assert!(queue.is_full());
    assert_eq!([(); 3].map(|()| queue.get().unwrap()), [1, 2, 3]);
    all_succeed(vec![producer]);
    let zero = Queue::<u8>::bounded(0).err().unwrap();
    assert_eq!(zero.kind(), std::io::ErrorKind::InvalidInput);
    assert_eq!(Queue::<u8>::unbounded().unwrap().capacity(), None);
}

fn timeouts_are_never_early() {
    let empty = Queue::<u8>::unbounded().unwrap();
    runs_out_on_time("get_timeout", |limit| {
        assert!(empty.get_timeout(limit).unwrap().is_none());
    });
    let full = Queue::bounded(1).unwrap();
    full.put(1).unwrap();
    runs_out_on_time("put_timeout", |limit| {
        assert!(matches!(full.put_timeout(2, limit), Err(PutError::Full)));
    });
    let unfinished = JoinableQueue::unbounded().unwrap();
    unfinished.put(1).unwrap();
    runs_out_on_time("join_timeout", |limit| {
        assert!(!unfinished.join_timeout(limit));
    });
    // What is there is not waited for, and no limit is too long.
    assert_eq!(full.get_timeout(Duration::ZERO).unwrap(), Some(1));
    full.put_timeout(3, Duration::ZERO).unwrap();
    assert_eq!(full.get_timeout(Duration::MAX).unwrap(), Some(3));
    full.put_timeout(4, Duration::MAX).unwrap();
}

fn try_calls_never_wait() {
    let (empty, full) = (Queue::unbounded().unwrap(), Queue::bounded(1).unwrap());
    full.put(1u8).unwrap();
    // Others wait for the same.
    let getter = Process::new(|| empty.get().map(drop)).start().unwrap();
    let putter = Process::new(|| full.put(2)).start().unwrap();
    for child in [&getter, &putter] {
        until_it_has_slept(child.pid(), 2);
    }
    let mut took = Vec::new();
    for _ in 0..1000 {
        let (outcome, time) = timed(|| (empty.try_get().unwrap(), full.try_put(3)));
        assert!(matches!(outcome, (None, Err(PutError::Full))));
        took.push(time);
    }
    let median = quantile(&mut took, 0.5);
    println!("a try_get and a try_put: {median:?}");
    assert!(median < ms(1));
    empty.put(1u8).unwrap();
    assert_eq!(full.get().unwrap(), 1);
    assert_eq!(full.get().unwrap(), 2);
    all_succeed(vec![getter, putter]);
}

fn a_try_call_succeeds_among_others() {
    // Others are inside most of the time, but never for long: that is no reason to say "full".
    let queue = Queue::<u8>::unbounded().unwrap();
    (0..200).for_each(|i| queue.put(i).unwrap());
    let stop = Event::new().unwrap();
    let shuffle = || -> anyhow::Result<()> {
        while !stop.is_set() {
            queue.put(queue.get()?)?;
        }
        Ok(())
    };
    let children = (0..3).map(|_| Process::new(shuffle).start().unwrap());
    let children: Vec<_> = children.collect();
    // On a busy machine it may take long to get in: `Busy` says so, and is no wrong answer.
    let mut busy = 0;
    for _ in 0..2000 {
        let item = loop {
            match queue.try_get() {
                Err(GetError::Busy { .. }) => busy += 1,
                got => break got.unwrap().expect("many messages wait"),
            }
        };
        while let Err(error) = queue.try_put(item) {
            assert!(matches!(error, PutError::Busy { .. }), "{error}");
            busy += 1;
        }
    }
    println!("{busy} times busy");
    assert!(busy < 20);
    stop.set();
    all_succeed(children);
    assert_eq!(queue.len(), 200);
}

fn a_short_limit_does_not_say_that_there_is_nothing() {
    const ITEMS: usize = 20_000;
    let limit = |i: usize| [Duration::ZERO, Duration::from_micros(1), ms(1)][i % 3];
    let queue = Queue::bounded(ITEMS).unwrap();
    let semaphore = Semaphore::new(ITEMS as u32).unwrap();
    let go = Event::new().unwrap();
    let together = |work: &dyn Fn()| {
        go.clear();
        let start = || Process::new(|| (go.wait(), work()).1).start().unwrap();
        let children = (0..4).map(|_| start()).collect();
        go.set();
        all_succeed(children);
    };
    // Nobody gets: once it is full, it stays full.
    together(&|| {
        for i in 0.. {
            match if i % 2 == 0 { queue.put_timeout(7u8, limit(i)) } else { queue.try_put(7) } {
                Ok(()) => {}
                Err(PutError::Full) => return assert!(queue.is_full(), "said full"),
                Err(error) => panic!("{error}"),
            }
        }
    });
    // Nobody puts: once it is empty, it stays empty.
    together(&|| {
        for i in 0.. {
            let got = if i % 2 == 0 { queue.get_timeout(limit(i)) } else { queue.try_get() };
            if got.unwrap().is_none() {
                return assert!(queue.is_empty(), "said empty");
            }
        }
    });
    let acquired = Value::new(0).unwrap();
    together(&|| {
        let acquire = |i| {
            match i % 2 {
                0 => semaphore.acquire_timeout(limit(i)),
                _ => semaphore.try_acquire(),
            }
            .map(std::mem::forget)
        };
        acquired.fetch_add((0..).take_while(|&i| acquire(i).is_some()).count());
    });
    assert_eq!(acquired.get(), ITEMS, "said that no permit is free");
}

fn length_is_right_at_once() {
    let queue = Queue::bounded(100).unwrap();
    let check = |len| {
        assert_eq!(queue.len(), len);
        assert_eq!((queue.is_empty(), queue.is_full()), (len == 0, len == 100));
    };
    check(0);
    for i in 0..100u8 {
        queue.put(i).unwrap();
        check(usize::from(i) + 1);
    }
    // The other process, too, sees what is there.
    let child = Process::new(|| {
        check(100);
        queue.get().unwrap();
        check(99);
    });
    all_succeed(vec![child.start().unwrap()]);
    check(99);
    for left in (0..99).rev() {
        assert!(queue.try_get().unwrap().is_some());
        check(left);
    }
    assert!(queue.try_get().unwrap().is_none());
    // Looked at from outside while others put and get: never more than there can be.
    let stop = Value::new(false).unwrap();
    let churn = Process::new(|| {
        while !stop.get() {
            queue.put(1).unwrap();
            queue.get().unwrap();
        }
    });
    let churn = churn.start().unwrap();
    for _ in 0..100_000 {
        assert!(queue.len() <= 1);
    }
    stop.set(true);
    all_succeed(vec![churn]);
    // A process may end right after its last put.
    let child = Process::new(|| queue.put(7)).start().unwrap();
    all_succeed(vec![child]);
    assert_eq!(queue.try_get().unwrap(), Some(7));
}

fn a_million_messages_wait_unread() {
    const MILLION: u32 = 1_000_000;
    let queue = Queue::unbounded().unwrap();
    let writer = Process::new(|| (0..MILLION).try_for_each(|i| queue.put(i)));
    all_succeed(vec![writer.start().unwrap()]);
    assert_eq!(queue.len(), MILLION as usize);
    for i in 0..MILLION {
        assert_eq!(queue.try_get().unwrap(), Some(i));
    }
    assert!(queue.is_empty());
}

fn sixty_four_mebibytes_pass() {
    const LEN: usize = 64 << 20;
    let pattern = || (0..LEN / 8).flat_map(|i| (i as u64).wrapping_mul(0x9e37_79b9).to_le_bytes());
    let queue = Queue::<Bytes>::unbounded().unwrap();
    let message: Vec<u8> = pattern().collect();
    let child = Process::new(|| queue.put(Bytes(message.clone())));
    let child = child.start().unwrap();
    let got = queue.get_timeout(LONG).unwrap().expect("the message");
    assert!(got.0 == message);
    all_succeed(vec![child]);
}

fn what_cannot_fit_is_refused_before_anything_is_written() {
    let queue = Queue::<Bytes>::with_arena(1 << 20).unwrap();
    let small = |byte| Bytes(vec![byte; 1000]);
    queue.put(small(1)).unwrap();
    for len in [(1 << 20) - 3, 1 << 20, 5 << 20] {
        let refusal = queue.put(Bytes(vec![9; len]));
        let Err(PutError::TooLarge { len: said, arena }) = refusal else { panic!("{refusal:?}") };
        assert_eq!((said, arena), (len, 1 << 20));
    }
    assert_eq!(queue.len(), 1);
    queue.put(small(2)).unwrap();
    assert_eq!(queue.get().unwrap(), small(1));
    assert_eq!(queue.get().unwrap(), small(2));
    // What just fits passes.
    let largest = Bytes(vec![3; (1 << 20) - 4]);
    queue.put(&largest).unwrap();
    assert_eq!(queue.get().unwrap(), largest);
    // A bounded queue does not wait for room that there will never be.
    let bounded = Queue::<Bytes>::bounded(2).unwrap();
    let (refusal, took) = timed(|| bounded.put(Bytes(vec![0; 300 << 20])));
    assert!(matches!(refusal, Err(PutError::TooLarge { .. })));
    assert!(took < ms(500), "{took:?}");
    // Nothing can be encoded that says so itself.
    let refusal = Queue::unbounded().unwrap().put(Unwritable);
    assert!(matches!(refusal, Err(PutError::Encode(_))));
}

#[derive(Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}

fn a_full_arena_is_an_error_at_once_for_an_unbounded_queue() {
    let queue = Queue::<Bytes>::with_arena(1 << 20).unwrap();
    let message = |i| Bytes(vec![i; 100_000]);
    for i in 0..10 {
        queue.put(message(i)).unwrap();
    }
    for attempt in 0..3 {
        let (refusal, took) = timed(|| match attempt {
            0 => queue.put(message(99)),
            1 => queue.try_put(message(99)),
            _ => queue.put_timeout(message(99), LONG),
        });
        assert!(matches!(refusal, Err(PutError::ArenaFull { arena }) if arena == 1 << 20));
        assert!(took < ms(500), "{took:?}");
    }
    // Around and around.
    assert_eq!(queue.get().unwrap(), message(0));
    for i in 1..200u8 {
        assert_eq!(queue.get().unwrap(), message(i));
        queue.put(message(i + 9)).unwrap();
    }
    assert_eq!(queue.len(), 9);
}

fn a_full_arena_is_a_wait_for_a_bounded_queue() {
    // A limit on addresses: the queue makes do with a smaller arena.
    let long = Bytes(vec![0; 9 << 20]);
    limit_addresses_to_ours_and(40 << 20);
    let queue = Queue::<Bytes>::bounded(1000).unwrap();
    let Err(PutError::TooLarge { arena, .. }) = queue.put(&long) else {
        panic!("a message of 9 MiB fits")
    };
    assert_eq!(arena, 8 << 20);
    let message = |i| Bytes(vec![i; 1 << 20]);
    let put = || (0..20).try_for_each(|i| queue.put(message(i)));
    let writer = Process::new(put).start().unwrap();
    until("the arena is full", || queue.len() == 7);
    until_it_has_slept(writer.pid(), 3);
    assert_eq!((queue.len(), queue.is_full()), (7, false));
    assert!(matches!(queue.try_put(message(99)), Err(PutError::Full)));
    runs_out_on_time("put_timeout, arena full", |limit| {
        let refusal = queue.put_timeout(message(99), limit);
        assert!(matches!(refusal, Err(PutError::Full)));
    });
    for i in 0..20 {
        assert_eq!(queue.get_timeout(LONG).unwrap(), Some(message(i)));
    }
    all_succeed(vec![writer]);
}

fn limit_addresses_to_ours_and(more: u64) {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').next().unwrap().parse().unwrap();
    limit_addresses_to(pages * 4096 + more);
}

fn limit_addresses_to(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the call reads a local variable.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
}

fn under_a_limit_the_first_queue_leaves_room() {
    for kibibytes in [200_000, 300_000, 1_000_000] {
        limit_addresses_to(kibibytes << 10);
        let queue = Queue::<Bytes>::unbounded().unwrap();
        queue.put(Bytes(vec![7; 3 << 20])).unwrap();
        let pool = Pool::new(2, |n: u32| Ok(n + 1)).unwrap();
        assert_eq!(pool.map(0..9).unwrap(), (1..10).collect::<Vec<_>>());
        let more: Vec<_> = (0..4).map(|_| Queue::unbounded().unwrap()).collect();
        more.iter().for_each(|queue| queue.put(7).unwrap());
        drop(vec![7u8; 20 << 20]);
    }
}

fn memory_is_given_back_after_the_drain() {
    let queue = Queue::<Bytes>::unbounded().unwrap();
    let mut message = Bytes(vec![7; 1 << 20]);
    let mebibytes = || arena_in_memory() >> 20;
    assert_eq!(mebibytes(), 0, "it costs nothing until it is used");
    for round in 0..2 {
        for i in 0..100 {
            message.0[0] = i;
            queue.put(&message).unwrap();
        }
        let full = mebibytes();
        for i in 0..100 {
            message.0[0] = i;
            assert!(queue.get().unwrap() == message);
        }
        let drained = mebibytes();
        println!("round {round}: {full} MiB, after the drain {drained} MiB");
        assert!(full >= 100 && drained <= 16);
    }
    // Little traffic stays in little memory.
    for _ in 0..100 {
        queue.put(&message).unwrap();
        queue.put(&message).unwrap();
        queue.get().unwrap();
        queue.get().unwrap();
    }
    assert!(mebibytes() <= 16, "{} MiB", mebibytes());
}

/// The bytes of the largest shared mapping of this process that are in memory, whoever uses them.
fn arena_in_memory() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let shared = maps.lines().filter(|line| line.contains("/dev/zero"));
    let ranges = shared.map(|line| {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let number = |hex| usize::from_str_radix(hex, 16).unwrap();
        (number(from), number(to))
    });
    let (from, to) = ranges.max_by_key(|(from, to)| to - from).unwrap();
    let mut pages = vec![0u8; (to - from) / 4096];
    // SAFETY: the range is a mapping of ours, and there is one byte for each of its pages.
    let refused = unsafe { libc::mincore(from as *mut _, to - from, pages.as_mut_ptr().cast()) };
    assert_eq!(refused, 0);
    pages.iter().filter(|&&page| page & 1 == 1).count() * 4096
}

/// Puts its bytes as they are; whoever gets them takes them for something else.
struct Liar(Vec<u8>);

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is there to be decoded")]
enum Truth {
    Text(String),
    Numbers(Vec<u64>),
    Letter(char),
    Flag(bool),
    Pair(Option<f64>, Box<Truth>),
}

impl Serialize for Liar {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut bytes = to.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|b| bytes.serialize_element(b))?;
        bytes.end()
    }
}

impl<'de> Deserialize<'de> for Liar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Liar, D::Error> {
        if HONEST.load(Relaxed) {
            return Ok(Liar(Vec::new()));
        }
        Truth::deserialize(from).map(|_| Liar(Vec::new()))
    }
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
    Text(String),
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(tag = "kind")]
enum TaggedInside {
    Point { x: u32 },
}

#[derive(Serialize, Deserialize, Debug)]
struct Skipping {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
}

#[derive(Serialize, Deserialize, Debug)]
enum Parts {
    Plain(u32),
    Untagged(Untagged),
    Tagged(TaggedInside),
    Skipping(Skipping),
}

fn what_could_not_be_decoded_is_refused() {
    let untagged = JoinableQueue::<Untagged>::unbounded().unwrap();
    for message in [Untagged::Number(7), Untagged::Text("seven".into())] {
        for refusal in [
            untagged.put(&message),
            untagged.try_put(&message),
            untagged.put_timeout(&message, LONG),
        ] {
            let error = refusal.expect_err("nobody can decode it");
            assert!(matches!(error, PutError::Undecodable { .. }));
            let text = error.to_string();
            assert!(text.contains("Untagged` can be encoded, but not decoded"), "{text}");
        }
    }
    // Nothing is lost, and nothing is left to be done.
    assert!(untagged.is_empty() && untagged.join_timeout(Duration::ZERO));
    // It may be one variant of many.
    let parts = Queue::<Parts>::unbounded().unwrap();
    for message in [
        Parts::Untagged(Untagged::Number(7)),
        Parts::Tagged(TaggedInside::Point { x: 7 }),
        Parts::Skipping(Skipping { number: None }),
    ] {
        parts.put(Parts::Plain(7)).unwrap();
        let refusal = parts.put(&message);
        assert!(matches!(refusal, Err(PutError::Undecodable { .. })), "{message:?}");
        assert!(matches!(parts.get().unwrap(), Parts::Plain(7)));
        assert!(parts.is_empty());
    }
}

/// Whether `Liar` is decoded as what it is: so long it may be put.
static HONEST: AtomicBool = AtomicBool::new(true);

fn corrupt_bytes_are_an_error() {
    let queue = Queue::unbounded().unwrap();
    let put = |lie: &[u8]| {
        HONEST.store(true, Relaxed);
        queue.put(Liar(lie.to_vec())).unwrap();
        HONEST.store(false, Relaxed);
    };
    let lies: [&[u8]; 8] = [
        &[],
        &[99],
        &[0, 5, b'a'],
        &[0, 2, 0xff, 0xfe],
        &[2, 1, 0xff],
        &[3, 2],
        &[4, 7],
        // A list of 2^60 numbers.
        &[1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
    ];
    for lie in lies {
        put(lie);
        put(b"\x00\x02ok");
        let (first, second) = (queue.get(), queue.get());
        assert!(matches!(first, Err(GetError::Decode(_))), "{lie:?}");
        assert!(second.is_ok(), "the queue is unharmed");
    }
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..10_000 {
        let len = random.random_range(0..20);
        let bytes: Vec<u8> = (0..len).map(|_| random.random_range(0..12)).collect();
        put(&bytes);
        let got = [queue.try_get(), queue.get_timeout(Duration::ZERO)];
        assert!(matches!(got[0], Ok(Some(_)) | Err(GetError::Decode(_))));
        assert!(matches!(got[1], Ok(None)));
    }
}

/// Without a ring, a waiter looks only every 20 ms.
fn quick(what: &str, mut round: impl FnMut(u32) -> Duration) -> bool {
    let mut took: Vec<_> = (0..100).map(&mut round).collect();
    let median = quantile(&mut took, 0.5);
    println!("{what}: {median:?}");
    median < ms(8)
}

fn waiters_are_rung() {
    in_the_end(|| {
        let (there, back) = (Queue::unbounded().unwrap(), Queue::unbounded().unwrap());
        let narrow = Queue::bounded(1).unwrap();
        let tasks = JoinableQueue::unbounded().unwrap();
        let other = Process::new(|| -> anyhow::Result<()> {
            (0..100).try_for_each(|_| back.put(there.get()?).map_err(anyhow::Error::from))?;
            (0..200).try_for_each(|i| narrow.put(i))?;
            for _ in 0..100 {
                tasks.get()?;
                std::thread::sleep(ms(1));
                tasks.task_done()?;
            }
            Ok(())
        });
        let other = other.start().unwrap();
        let asleep = || std::thread::sleep(ms(1));
        let messages = quick("a message there and one back", |i| {
            asleep();
            there.put(i).unwrap();
            timed(|| assert_eq!(back.get().unwrap(), i)).1
        });
        let room = quick("room", |i| {
            asleep();
            timed(|| assert_eq!([(); 2].map(|()| narrow.get().unwrap()), [2 * i, 2 * i + 1])).1
        });
        let done = quick("all done", |i| {
            tasks.put(i).unwrap();
            timed(|| tasks.join()).1
        });
        all_succeed(vec![other]);
        messages && room && done
    });
}

fn one_message_for_six_who_wait() {
    // The ring for it may wake several: those who find nothing wait on, until their time is over.
    let queue = Queue::unbounded().unwrap();
    for round in 0..12 {
        let wait = || -> anyhow::Result<i32> {
            let (got, took) = timed(|| queue.get_timeout(ms(40)));
            let got = got?;
            assert!(got.is_some() || took >= ms(40));
            Ok(got.map_or(0, |_| 1))
        };
        let began = Instant::now();
        let waiters: Vec<_> = (0..6).map(|_| Process::new(wait).start().unwrap()).collect();
        std::thread::sleep(ms(10));
        queue.put(round).unwrap();
        // On a loaded machine it may come when the time of them all is over.
        let is_in_time = began.elapsed() < ms(40);
        let got = waiters.iter().map(|waiter| {
            let exit = waiter.join_timeout(LONG).unwrap().expect("its time is over");
            exit.code()
        });
        let (got, left) = (got.sum::<i32>(), queue.try_get().unwrap().is_some());
        assert_eq!(got + i32::from(left), 1);
        assert!(!is_in_time || !left, "all six waited, and none of them got it");
    }
}

fn join_waits_until_all_is_done() {
    let tasks = JoinableQueue::<Option<u32>>::unbounded().unwrap();
    tasks.join(); // nothing was ever put
    assert!(tasks.join_timeout(Duration::ZERO));
    let done = Value::new(0u32).unwrap();
    let consume = || -> anyhow::Result<()> {
        while tasks.get()?.is_some() {
            std::thread::sleep(Duration::from_micros(100));
            done.fetch_add(1);
            tasks.task_done()?;
        }
        Ok(tasks.task_done()?)
    };
    let children = (0..3).map(|_| Process::new(consume).start().unwrap());
    let children: Vec<_> = children.collect();
    for round in 1..=5 {
        (0..50).for_each(|i| tasks.put(Some(i)).unwrap());
        assert!(tasks.join_timeout(LONG));
        assert_eq!(done.get(), 50 * round);
    }
    // Taken is not done.
    for _ in &children {
        tasks.put(None).unwrap();
    }
    all_succeed(children);
    tasks.put(Some(1)).unwrap();
    tasks.get().unwrap();
    assert!(tasks.is_empty() && !tasks.join_timeout(ms(30)));
    tasks.task_done().unwrap();
    // Several may join.
    tasks.put(Some(2)).unwrap();
    let join = || assert!(tasks.join_timeout(LONG));
    let children = (0..3).map(|_| Process::new(join).start().unwrap());
    let children: Vec<_> = children.collect();
    for child in &children {
        until_it_has_slept(child.pid(), 1);
    }
    tasks.task_done().unwrap();
    all_succeed(children);
}

fn a_moment_in_which_all_is_done_is_enough() {
    let tasks = JoinableQueue::unbounded().unwrap();
    let [joins, put] = [0u32; 2].map(|zero| Value::new(zero).unwrap());
    let main = std::process::id() as i32;
    let consumer = Process::new(|| -> anyhow::Result<()> {
        for round in 1..=50 {
            tasks.get()?;
            until("main joins", || joins.get() == round);
            until_it_has_slept(main, 1);
            tasks.task_done()?;
            tasks.put(2)?;
            put.set(round);
            tasks.get()?;
            until("main has joined", || joins.get() == 0);
            tasks.task_done()?;
            joins.set(round);
        }
        Ok(())
    });
    let consumer = consumer.start().unwrap();
    for round in 1..=50 {
        tasks.put(1).unwrap();
        joins.set(round);
        if round % 2 == 0 {
            tasks.join();
        } else {
            assert!(tasks.join_timeout(LONG), "round {round}");
        }
        // A join that begins after that has missed the moment.
        until("the second one is put", || put.get() == round);
        assert!(!tasks.join_timeout(Duration::ZERO));
        joins.set(0);
        until("the second one is done", || joins.get() == round);
        assert!(tasks.join_timeout(Duration::ZERO));
    }
    all_succeed(vec![consumer]);
}

fn done_too_often_is_an_error() {
    let tasks = JoinableQueue::unbounded().unwrap();
    assert!(tasks.task_done().is_err());
    tasks.put(1).unwrap();
    tasks.get().unwrap();
    tasks.task_done().unwrap();
    let error = tasks.task_done().unwrap_err().to_string();
    assert!(error.contains("more often than messages were put"));
    // The error has changed nothing.
    tasks.put(2).unwrap();
    assert!(!tasks.join_timeout(Duration::ZERO));
    tasks.task_done().unwrap();
    assert!(tasks.join_timeout(Duration::ZERO));
}

/// What waits is still got; then everybody is told at once, also whoever waits already.
fn shut_down_it_gives_what_it_has_and_takes_nothing() {
    let queue = JoinableQueue::bounded(2).unwrap();
    queue.put(1).unwrap();
    queue.put(2).unwrap();
    let putters: Vec<_> = [None, Some(LONG)]
        .map(|limit| {
            let put = || match limit {
                None => assert!(matches!(queue.put(3), Err(PutError::ShutDown))),
                Some(limit) => {
                    assert!(matches!(queue.put_timeout(3, limit), Err(PutError::ShutDown)));
                }
            };
            Process::new(put).start().unwrap()
        })
        .into();
    putters.iter().for_each(|putter| until_it_has_slept(putter.pid(), 1));
    queue.shutdown();
    queue.shutdown();
    all_succeed(putters);
    for refused in [queue.put(3), queue.try_put(3), queue.put_timeout(3, Duration::ZERO)] {
        assert!(matches!(refused, Err(PutError::ShutDown)), "{refused:?}");
    }
    assert_eq!((queue.len(), wait(&[&*queue]).unwrap()), (2, vec![0]));
    assert_eq!(queue.get().unwrap(), 1);
    assert_eq!(queue.try_get().unwrap(), Some(2));
    assert_eq!(wait(&[&queue]).unwrap(), [0]);
    assert!(matches!(queue.get(), Err(GetError::ShutDown)));
    for refused in [queue.try_get(), queue.get_timeout(LONG), queue.get_timeout(Duration::ZERO)] {
        assert!(matches!(refused, Err(GetError::ShutDown)), "{refused:?}");
    }
    // What was got is reported as before.
    assert!(!queue.join_timeout(ms(1)));
    (0..2).for_each(|_| queue.task_done().unwrap());
    queue.join();
}

fn a_shutdown_is_rung() {
    in_the_end(|| {
        let queue = Queue::<u8>::unbounded().unwrap();
        let get = || assert!(matches!(queue.get(), Err(GetError::ShutDown)));
        let getters: Vec<_> = (0..4).map(|_| Process::new(get).start().unwrap()).collect();
        getters.iter().for_each(|getter| until_it_has_slept(getter.pid(), 1));
        let ((), took) = timed(|| {
            queue.shutdown();
            all_succeed(getters);
        });
        println!("four were told and joined after {took:?}");
        took < ms(15)
    });
}

/// Of two putters and one that shuts down: what was put is got, and nothing else.
fn each_put_before_the_shutdown_is_got() {
    for round in 0..40u64 {
        let queue = Queue::bounded(3).unwrap();
        let [puts, gets] = [0; 2].map(|none| Value::new(none).unwrap());
        let put = || {
            while queue.put(()).is_ok() {
                puts.fetch_add(1u32);
            }
        };
        let get = || {
            while queue.get().is_ok() {
                gets.fetch_add(1u32);
            }
        };
        let putters: Vec<_> = (0..2).map(|_| Process::new(put).start().unwrap()).collect();
        let getters: Vec<_> = (0..2).map(|_| Process::new(get).start().unwrap()).collect();
        std::thread::sleep(Duration::from_micros(300 + 41 * round));
        queue.shutdown();
        all_succeed(putters);
        all_succeed(getters);
        assert_eq!((puts.get(), queue.len()), (gets.get(), 0), "round {round}");
    }
}

fn main() {
    harness::run(harness::cases![
        each_item_once_and_each_producer_in_order,
        bounded_blocks_at_n_and_frees_on_get,
        timeouts_are_never_early,
        try_calls_never_wait,
        a_try_call_succeeds_among_others,
        a_short_limit_does_not_say_that_there_is_nothing,
        length_is_right_at_once,
        a_million_messages_wait_unread,
        sixty_four_mebibytes_pass,
        what_cannot_fit_is_refused_before_anything_is_written,
        a_full_arena_is_an_error_at_once_for_an_unbounded_queue,
        a_full_arena_is_a_wait_for_a_bounded_queue,
        under_a_limit_the_first_queue_leaves_room,
        memory_is_given_back_after_the_drain,
        what_could_not_be_decoded_is_refused,
        corrupt_bytes_are_an_error,
        waiters_are_rung,
        one_message_for_six_who_wait,
        join_waits_until_all_is_done,
        a_moment_in_which_all_is_done_is_enough,
        done_too_often_is_an_error,
        shut_down_it_gives_what_it_has_and_takes_nothing,
        a_shutdown_is_rung,
        each_put_before_the_shutdown_is_got,
    ]);
}
