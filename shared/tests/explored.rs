//! The explorer against brute force. Of each small program every interleaving is driven, one after the
//! other and without a thought of what commutes; what they print, and how they end, must be what the
//! few runs of the explorer stand for.

mod harness;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use driving::{Bounds, Did, Event as Step, Op, Place, Trace, TraceEnd};
use multiprocessing::{
    Array, Barrier, Condition, Event, JoinableQueue, Lock, PipeEnd, Pool, Process, Queue,
    Semaphore, Value, pause, pipe, say, wait, wait_timeout,
};

/// What is printed, and then how it ended.
type Word = Vec<String>;

/// What each process has done so far, step by step, and who has found that they must wait, in that order.
type State = (BTreeMap<Place, Vec<(Vec<Did>, Vec<Place>)>>, Vec<Place>);

/// All states, and the ways from each to the next.
#[derive(Default)]
struct Tree {
    numbers: HashMap<State, usize>,
    /// Who has to go on how to come there.
    paths: Vec<Vec<Place>>,
    /// Whoever can go on there; what that prints, and where it leads, as soon as it has been tried.
    ways: Vec<BTreeMap<Place, Option<(Word, usize)>>>,
    ends: BTreeMap<usize, String>,
}

/// One run through the tree.
#[derive(Default)]
struct Walk {
    path: Vec<Place>,
    waiting: Vec<Place>,
    /// From which state the last step came, and how many there had been before.
    from: Option<usize>,
    before: usize,
}

impl Tree {
    /// Goes every way once. Each run goes on from a state that has a way left to one that has none.
    fn of(program: &'static str) -> (Tree, usize) {
        let mut tree = Tree::default();
        let mut runs = 0;
        let mut way = Vec::new();
        loop {
            runs += 1;
            let (mut walk, mut is_known) = (Walk::default(), false);
            let run = driving::run_once(harness::program(program), &mut |past, free| {
                let here = tree.arrive(&mut walk, past);
                for place in free {
                    tree.ways[here].entry(place.clone()).or_insert(None);
                }
                let next = match way.get(walk.path.len()) {
                    Some(next) => Some(next).filter(|next| free.contains(next)).cloned(),
                    None => tree.left(here),
                };
                is_known = next.is_none();
                walk.path.extend(next.clone());
                walk.from = Some(here);
                next
            });
            // One that comes to where everything is known is given up there.
            if !is_known {
                let Trace { events, end: how, .. } = run.unwrap();
                let here = tree.arrive(&mut walk, &events.iter().collect::<Vec<_>>());
                tree.ends.insert(here, end(&how));
            }
            let Some(next) = (0..tree.ways.len()).rfind(|&state| tree.left(state).is_some()) else {
                return (tree, runs);
            };
            assert!(walk.path.len() > way.len() || way.is_empty(), "{program} went another way");
            way = tree.paths[next].clone();
        }
    }

    /// A way from there that nobody has gone.
    fn left(&self, state: usize) -> Option<Place> {
        self.ways[state].iter().find(|(_, way)| way.is_none()).map(|(place, _)| place.clone())
    }

    /// The state that this past leads to.
    fn arrive(&mut self, walk: &mut Walk, past: &[&Step]) -> usize {
        if let Some(last) = walk.path.last() {
            walk.waiting.retain(|place| place != last);
            if past.len() == walk.before {
                walk.waiting.push(last.clone());
            }
        }
        let mut done: BTreeMap<Place, Vec<_>> = BTreeMap::new();
        for step in past {
            let own = done.entry(step.place.clone()).or_default();
            own.push((step.did.clone(), step.ended.clone()));
        }
        let here = *self.numbers.entry((done, walk.waiting.clone())).or_insert_with(|| {
            self.ways.push(BTreeMap::new());
            self.paths.push(walk.path.clone());
            self.ways.len() - 1
        });
        if let (Some(from), Some(by)) = (walk.from, walk.path.last()) {
            let said = lines(past[walk.before..].iter().copied());
            self.ways[from].insert(by.clone(), Some((said, here)));
        }
        walk.before = past.len();
        here
    }

    /// All that can be printed from there on.
    fn words(&self, state: usize, known: &mut HashMap<usize, BTreeSet<Word>>) -> BTreeSet<Word> {
        if let Some(words) = known.get(&state) {
            return words.clone();
        }
        let mut words: BTreeSet<Word> =
            self.ends.get(&state).map(|end| vec![end.clone()]).into_iter().collect();
        for (said, next) in self.ways[state].values().flatten() {
            let rest = self.words(*next, known);
            words.extend(rest.into_iter().map(|rest| [said.clone(), rest].concat()));
        }
        known.insert(state, words.clone());
        words
    }
}

fn lines<'s>(steps: impl Iterator<Item = &'s Step>) -> Word {
    let line = |step: &'s Step, did: &Did| match &did.op {
        Op::Line { text, .. } => Some(format!("{}: {text}", step.place)),
        _ => None,
    };
    steps.flat_map(|step| step.did.iter().filter_map(move |did| line(step, did))).collect()
}

fn end(end: &TraceEnd) -> String {
    match end {
        TraceEnd::Over(code) => format!("over, {code}"),
        TraceEnd::Stuck(_) => "stuck".to_owned(),
        TraceEnd::OnlyTimePasses(_) => "only time passes".to_owned(),
    }
}

/// Every order of the lines of one explored run that keeps its order.
fn orders(trace: &Trace, words: &mut BTreeSet<Word>) {
    fn go_on(trace: &Trace, rest: &[usize], word: &mut Word, words: &mut BTreeSet<Word>) {
        if rest.is_empty() {
            words.insert([word.clone(), vec![end(&trace.end)]].concat());
        }
        for &next in rest {
            if rest.iter().any(|&other| trace.orders(other, next)) {
                continue;
            }
            let length = word.len();
            word.extend(lines([&trace.events[next]].into_iter()));
            let rest: Vec<usize> = rest.iter().copied().filter(|&other| other != next).collect();
            go_on(trace, &rest, word, words);
            word.truncate(length);
        }
    }
    let says = |&event: &usize| !lines([&trace.events[event]].into_iter()).is_empty();
    let all: Vec<usize> = (0..trace.events.len()).filter(says).collect();
    go_on(trace, &all, &mut Vec::new(), words);
}

/// Holds the explorer to all interleavings of a program.
fn same(program: &'static str) {
    let began = Instant::now();
    let mut explored = BTreeSet::new();
    let bounds = Bounds { runs: 10_000, time: Duration::from_secs(60), steps: 1_000 };
    let command = || Ok(harness::program(program));
    let told = driving::explore(&command, bounds, &mut |trace| orders(&trace, &mut explored));
    let (told, took) = (told.unwrap(), began.elapsed());
    assert!(told.bounds.is_empty(), "{:?}", told.bounds);
    let (tree, runs) = Tree::of(program);
    let all = tree.words(0, &mut HashMap::new());
    println!(
        "{program}: {} words; explored by {} runs and {} alike in {took:?}; {} states by {runs} runs in {:?}",
        all.len(),
        told.runs,
        told.alike,
        tree.ways.len(),
        began.elapsed() - took,
    );
    let show = |words: Vec<&Word>| -> String {
        words.iter().take(5).map(|word| format!("  {}\n", word.join(" / "))).collect()
    };
    let missed: Vec<&Word> = all.difference(&explored).collect();
    let made_up: Vec<&Word> = explored.difference(&all).collect();
    assert!(
        missed.is_empty() && made_up.is_empty(),
        "{program}: {} of {} not explored, such as\n{}{} explored that cannot be, such as\n{}",
        missed.len(),
        all.len(),
        show(missed.clone()),
        made_up.len(),
        show(made_up.clone()),
    );
}

/// A moment that may be over at any time, and one that is over only when nobody else can go on.
const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(5);

fn start<'a>(run: impl FnOnce() + 'a) -> multiprocessing::Child {
    Process::new(run).start().unwrap()
}

/// Program: says a lot, and does nothing else.
fn many_lines() {
    (0..300).for_each(|n| say!("{n}"));
}

/// A clock that only ticks is given up; whoever speaks gets further.
fn many_lines_are_no_end() {
    let run = driving::run_once(harness::program("program many_lines"), &mut |_, free| {
        free.first().cloned()
    });
    let run = run.unwrap();
    assert_eq!((run.end, lines(run.events.iter()).len()), (TraceEnd::Over(0), 300));
}

macro_rules! programs {
    ($($name:ident $body:block)*) => {
        $(mod $name { use super::*; pub fn program() $body pub fn case() { same(concat!("program ", stringify!($name))); } })*
        fn main() {
            harness::run_within(
                Duration::from_secs(60),
                &[$((stringify!($name), $name::case as fn())),*, ("many_lines_are_no_end", many_lines_are_no_end as fn())],
                // A program must not be taken for a case, which would start itself for ever.
                &[$((concat!("program ", stringify!($name)), $name::program as fn())),*, ("program many_lines", many_lines as fn())],
            );
        }
    };
}

programs! {
    two_getters {
        let queue = Queue::<u32>::unbounded().unwrap();
        let get = || say!("{}", queue.get().unwrap());
        let getters = [start(get), start(get)];
        (0..2).for_each(|i| queue.put(i).unwrap());
        drop(getters);
    }
    two_putters {
        let queue = Queue::<u32>::unbounded().unwrap();
        let putters = [1, 2].map(|n| start(|| { queue.put(n).unwrap(); say!("put") }));
        (0..2).for_each(|_| say!("{}", queue.get().unwrap()));
        drop(putters);
    }
    shut_down_before_two_getters {
        let queue = Queue::<u32>::unbounded().unwrap();
        let get = || while let Ok(item) = queue.get() { say!("{item}") };
        let getters = [start(get), start(get)];
        queue.put(1).unwrap();
        say!("shuts down");
        queue.shutdown();
        drop(getters);
    }
    shut_down_before_a_putter {
        let queue = Queue::<u32>::bounded(1).unwrap();
        let putter = start(|| (0..2).for_each(|i| say!("{}", queue.put(i).is_ok())));
        say!("{:?}", queue.get().ok());
        queue.shutdown();
        say!("{:?}", queue.get().ok());
        putter.join().unwrap();
    }
    shut_down_before_one_that_tries {
        let queue = Queue::<u32>::unbounded().unwrap();
        let shuts = || { say!("shuts down"); queue.shutdown() };
        let both = [start(shuts), start(shuts)];
        say!("{:?}", queue.try_get().ok());
        say!("{:?}", queue.get_timeout(SHORT).ok());
        say!("{}", queue.try_put(1).is_ok());
        say!("{:?}", wait_timeout(&[&queue], SHORT).unwrap());
        drop(both);
    }
    a_bounded_queue {
        let queue = Queue::<u32>::bounded(1).unwrap();
        let put = |n: u32| { queue.put(n).unwrap(); say!("put {n}") };
        let putter = start(|| { put(1); put(2); put(3) });
        (0..3).for_each(|_| say!("{}", queue.get().unwrap()));
        putter.join().unwrap();
    }
    two_putters_and_room_for_one {
        let queue = Queue::<u32>::bounded(1).unwrap();
        let put = |n: u32| { queue.put(n).unwrap(); say!("put {n}") };
        let putters = [1, 2].map(|n| start(move || put(n)));
        (0..2).for_each(|_| say!("{}", queue.get().unwrap()));
        drop(putters);
    }
    a_lock {
        let lock = Lock::new().unwrap();
        let inside = || { let _held = lock.lock().unwrap(); say!("in"); say!("out") };
        drop([start(inside), start(inside)]);
        inside();
    }
    a_tried_lock {
        let lock = Lock::new().unwrap();
        let hold = || { let _held = lock.lock().unwrap(); say!("in"); };
        let holder = start(hold);
        say!("{}", lock.try_lock().unwrap().is_some());
        say!("{}", lock.lock_timeout(SHORT).unwrap().is_some());
        holder.join().unwrap();
    }
    two_locks {
        let (one, other) = (Lock::new().unwrap(), Lock::new().unwrap());
        let both = |first: &Lock, second: &Lock| {
            let _first = first.lock().unwrap();
            let _second = second.lock().unwrap();
            say!("both");
        };
        let child = start(|| both(&one, &other));
        both(&other, &one);
        child.join().unwrap();
    }
    a_semaphore {
        let permits = Semaphore::new(2).unwrap();
        let inside = || { let _permit = permits.acquire(); say!("in") };
        drop([start(inside), start(inside)]);
        inside();
    }
    either_permit {
        let permits = Semaphore::new(0).unwrap();
        let signal = || { say!("signals"); permits.release() };
        drop([start(signal), start(signal)]);
        std::mem::forget(permits.acquire());
        say!("goes on");
    }
    tried_permits {
        let permits = Semaphore::new(1).unwrap();
        let child = start(|| { let _permit = permits.acquire(); say!("in") });
        say!("{}", permits.try_acquire().is_some());
        say!("{}", permits.acquire_timeout(SHORT).is_some());
        child.join().unwrap();
    }
    an_event {
        let event = Event::new().unwrap();
        let waiter = start(|| { event.wait(); say!("woken") });
        say!("sets");
        event.set();
        say!("{}", event.is_set());
        event.clear();
        say!("cleared");
        waiter.join().unwrap();
    }
    two_set_an_event {
        let event = Event::new().unwrap();
        let set = || { say!("sets"); event.set() };
        drop([start(set), start(set)]);
        event.wait();
        say!("woken");
    }
    an_event_within_a_moment {
        let event = Event::new().unwrap();
        let waiter = start(|| {
            say!("{}", event.wait_timeout(SHORT));
            say!("{}", event.wait_timeout(SHORT));
        });
        event.set();
        event.clear();
        say!("cleared");
        waiter.join().unwrap();
    }
    an_event_within_long {
        let event = Event::new().unwrap();
        let waiter = start(|| {
            say!("{}", event.wait_timeout(LONG));
            say!("{}", event.wait_timeout(LONG));
        });
        event.set();
        say!("set");
        event.clear();
        waiter.join().unwrap();
    }
    a_notify_that_may_come_too_early {
        let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
        let waiter = start(|| {
            let held = lock.lock().unwrap();
            let _held = changed.wait(held).unwrap();
            say!("woken");
        });
        changed.notify_one();
        say!("notified");
        waiter.join().unwrap();
    }
    two_wait_for_a_notify {
        let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
        let wait = || drop(changed.wait(lock.lock().unwrap()).unwrap());
        let other = start(|| { wait(); say!("woken") });
        let third = start(|| changed.notify_one());
        wait();
        say!("woken");
        changed.notify_one();
        drop((other, third));
    }
    either_takes_the_only_notify {
        let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
        let there = Semaphore::new(0).unwrap();
        let wait = |name: u32| {
            let held = lock.lock().unwrap();
            there.release();
            let _held = changed.wait(held).unwrap();
            say!("{name}");
        };
        let others = [1, 2].map(|name| start(move || wait(name)));
        (0..2).for_each(|_| std::mem::forget(there.acquire()));
        drop(lock.lock().unwrap());
        changed.notify_one();
        drop(others);
    }
    all_are_notified_under_the_lock {
        let (lock, changed) = (Lock::new().unwrap(), Condition::new().unwrap());
        let plates = Value::new(0).unwrap();
        let eat = || {
            let mut held = lock.lock().unwrap();
            while plates.get() == 0 {
                held = changed.wait(held).unwrap();
            }
            say!("eats");
            drop(held);
        };
        let guest = start(eat);
        let held = lock.lock().unwrap();
        say!("brings");
        plates.set(1);
        changed.notify_all();
        drop(held);
        guest.join().unwrap();
    }
    a_barrier {
        let barrier = Barrier::new(2).unwrap();
        let run = |name: &str| for leg in 0..2 { say!("{name} {leg}"); barrier.wait().unwrap() };
        let other = start(|| { run("other"); say!("over") });
        run("main");
        drop(other);
    }
    a_barrier_for_two_of_three {
        let barrier = Barrier::new(2).unwrap();
        let run = || { barrier.wait().unwrap(); say!("over") };
        let others = [start(run), start(run)];
        run();
        drop(others);
    }
    a_barrier_within_a_moment {
        let barrier = Barrier::new(2).unwrap();
        let other = start(|| { say!("comes"); say!("{}", barrier.wait().is_ok()) });
        say!("{}", barrier.wait_timeout(SHORT).is_ok());
        drop(other);
    }
    a_barrier_that_both_leave_soon {
        let barrier = Barrier::new(3).unwrap();
        let other = start(|| say!("{}", barrier.wait_timeout(SHORT).is_ok()));
        say!("{}", barrier.wait_timeout(SHORT).is_ok());
        drop(other);
    }
    one_dies_on_its_way_to_a_barrier {
        let barrier = Barrier::new(2).unwrap();
        let other = start(|| { say!("comes"); say!("{}", barrier.wait().is_ok()) });
        other.kill().unwrap();
        say!("{}", barrier.wait_timeout(LONG).is_ok());
    }
    a_join_within_a_moment {
        let child = start(|| { say!("one"); say!("two") });
        say!("{}", child.join_timeout(SHORT).unwrap().is_some());
        say!("{}", child.is_alive().unwrap());
        child.join().unwrap();
        say!("joined");
    }
    a_join_within_long {
        let event = Event::new().unwrap();
        let child = start(|| { event.wait(); say!("woken") });
        say!("{}", child.join_timeout(LONG).unwrap().is_some());
        event.set();
        child.join().unwrap();
    }
    tries_to_get {
        let queue = Queue::<u32>::unbounded().unwrap();
        let putter = start(|| { say!("puts"); queue.put(1).unwrap(); say!("put") });
        for _ in 0..2 { say!("{:?}", queue.try_get().unwrap()) }
        putter.join().unwrap();
    }
    tries_to_get_without_a_word {
        let queue = Queue::<u32>::unbounded().unwrap();
        let putter = start(|| { say!("puts"); queue.put(1).unwrap(); say!("put") });
        // Not more often: whoever has looked twice in vain looks again only when something has changed.
        let got = (0..2).any(|_| queue.try_get().unwrap().is_some());
        say!("{got}");
        putter.join().unwrap();
    }
    puts_within_a_moment {
        let queue = Queue::<u32>::bounded(1).unwrap();
        let putter = start(|| {
            queue.put(1).unwrap();
            say!("{}", queue.put_timeout(2, SHORT).is_ok());
            say!("{}", queue.try_put(3).is_ok());
        });
        say!("{}", queue.get().unwrap());
        putter.join().unwrap();
    }
    looks_at_a_queue {
        let queue = Queue::<u32>::unbounded().unwrap();
        let putter = start(|| { queue.put(1).unwrap(); say!("put"); queue.put(2).unwrap() });
        say!("{}", queue.len());
        say!("{}", queue.is_empty());
        putter.join().unwrap();
    }
    gets_within_a_moment {
        let queue = Queue::<u32>::unbounded().unwrap();
        let putter = start(|| { say!("puts"); queue.put(1).unwrap() });
        let other = start(|| say!("{:?}", queue.get_timeout(SHORT).unwrap()));
        say!("{:?}", queue.get_timeout(SHORT).unwrap());
        drop((putter, other));
    }
    kills_one_that_prints {
        let child = start(|| { say!("one"); say!("two") });
        child.kill().unwrap();
        say!("killed");
        say!("{}", child.join().unwrap());
    }
    terminates_one_that_waits {
        let event = Event::new().unwrap();
        let child = start(|| { say!("waits"); event.wait(); say!("woken") });
        let setter = start(|| event.set());
        child.terminate().unwrap();
        say!("{}", child.join().unwrap());
        setter.join().unwrap();
    }
    a_daemon {
        let child = Process::new(|| { say!("one"); say!("two") }).daemon(true).start().unwrap();
        say!("{}", child.is_alive().unwrap());
    }
    exits {
        let child = start(|| { say!("one"); std::process::exit(3) });
        say!("{:?}", child.exit());
        let other = start(|| panic!("no"));
        say!("{:?}", child.join_timeout(SHORT).unwrap());
        say!("{}", other.join().unwrap());
    }
    pauses {
        let child = start(|| { pause(SHORT); say!("one"); pause(LONG); say!("two") });
        pause(SHORT);
        say!("three");
        child.join().unwrap();
    }
    a_killed_holder {
        let lock = Lock::new().unwrap();
        let child = start(|| { let _held = lock.lock().unwrap(); say!("in"); });
        child.kill().unwrap();
        say!("{}", lock.lock().is_ok());
        child.join().unwrap();
    }
    a_value {
        let value = Value::<u32>::new(0).unwrap();
        let add = || value.set(value.get() + 1);
        let child = start(add);
        add();
        say!("{}", value.get());
        child.join().unwrap();
        say!("{}", value.get());
    }
    an_array {
        let accounts = Array::new(&[3, 0]).unwrap();
        let child = start(|| { accounts.fetch_add(0, -1); accounts.fetch_add(1, 1); });
        let other = start(|| { accounts.fetch_add(1, 2); say!("added") });
        say!("{}", accounts.iter().sum::<i32>());
        child.join().unwrap();
        other.join().unwrap();
    }
    results_as_they_come {
        // The workers say nothing: they are alike, and only one way of two is explored.
        let pool = Pool::new(2, |n: u32| Ok(n)).unwrap();
        let mut results = pool.imap_unordered(0..3);
        say!("{}", results.next().unwrap().unwrap());
        say!("{}", pool.apply(3).unwrap());
        results.for_each(|n| say!("{}", n.unwrap()));
    }
    results_in_order {
        let pool = Pool::new(2, |n: u32| if n == 1 { Ok(n) } else { anyhow::bail!("no") }).unwrap();
        pool.imap(0..3).for_each(|n| say!("{:?}", n.ok()));
    }
    a_pipe {
        let (ours, theirs) = pipe::<u32>().unwrap();
        let child = start(move || {
            theirs.send(1).unwrap();
            say!("{:?}", theirs.recv_timeout(SHORT).unwrap());
        });
        say!("{}", ours.recv().unwrap());
        ours.send(2).unwrap();
        say!("{}", ours.recv().is_err());
        child.join().unwrap();
    }
    an_end_through_a_pipe {
        let (server, requests) = pipe::<PipeEnd<u32>>().unwrap();
        let child = start(move || {
            let answer = requests.recv().unwrap();
            answer.send(1).unwrap();
            drop(answer);
            say!("answered");
        });
        let (answer, theirs) = pipe().unwrap();
        server.send(theirs).unwrap();
        say!("{}", answer.recv().unwrap());
        say!("{}", answer.recv().is_err());
        child.join().unwrap();
    }
    an_end_and_its_receiver_killed {
        let (server, requests) = pipe::<PipeEnd<u32>>().unwrap();
        let child = start(move || drop(requests.recv().and_then(|answer| answer.send(1))));
        let (answer, theirs) = pipe().unwrap();
        say!("{}", server.send(theirs).is_ok());
        child.kill().unwrap();
        say!("{}", answer.recv().is_ok());
        child.join().unwrap();
    }
    joinable {
        let queue = JoinableQueue::<u32>::unbounded().unwrap();
        let work = || { queue.get().unwrap(); say!("works"); queue.task_done().unwrap() };
        drop([start(work), start(work)]);
        (0..2).for_each(|n| queue.put(n).unwrap());
        queue.join();
        say!("all done");
    }
    a_sender_and_one_that_goes {
        let (ours, theirs) = pipe::<u32>().unwrap();
        let child = start(move || { drop(theirs); say!("gone") });
        say!("{}", ours.recv_timeout(SHORT).is_ok());
        say!("{}", ours.send(1).is_ok());
        child.join().unwrap();
    }
    done_within_a_moment {
        let queue = JoinableQueue::<u32>::unbounded().unwrap();
        let worker = start(|| { queue.get().unwrap(); say!("works"); queue.task_done().unwrap() });
        queue.put(1).unwrap();
        say!("{}", queue.join_timeout(SHORT));
        worker.join().unwrap();
    }
    kills_one_that_gets {
        let queue = Queue::<u32>::unbounded().unwrap();
        let child = start(|| say!("{}", queue.get().unwrap()));
        let putter = start(|| queue.put(1).unwrap());
        child.kill().unwrap();
        child.join().unwrap();
        putter.join().unwrap();
    }
    kills_one_that_got_nothing {
        // Whoever waits in vain might have been the one that got it.
        let (queue, got) = (Queue::<u32>::unbounded().unwrap(), Event::new().unwrap());
        let getters = [(); 2].map(|()| start(|| { say!("{}", queue.get().unwrap()); got.set() }));
        queue.put(1).unwrap();
        got.wait();
        getters.iter().for_each(|getter| getter.kill().unwrap());
        say!("killed");
    }
    kills_one_that_joins {
        let parent = start(|| {
            let child = start(|| say!("one"));
            say!("{}", child.join().unwrap());
        });
        parent.kill().unwrap();
        say!("killed");
        parent.join().unwrap();
    }
    kills_one_that_wants_a_lock {
        let lock = Lock::new().unwrap();
        let inside = |name: &str| if let Ok(_held) = lock.lock() { say!("{name}") };
        let child = start(|| inside("one"));
        let other = start(|| inside("two"));
        child.kill().unwrap();
        say!("{}", lock.lock().is_ok());
        drop((child, other));
    }
    the_first_to_end {
        let [one, other] = [1, 2].map(|n| start(move || say!("{n}")));
        say!("{:?}", wait(&[&one, &other]).unwrap());
        one.join().unwrap();
        other.join().unwrap();
    }
    the_first_of_three {
        let three = [(); 3].map(|()| start(|| ()));
        say!("{:?}", wait(&[&three[0], &three[1], &three[2]]).unwrap());
        say!("{:?}", wait(&[&three[1], &three[2]]).unwrap());
    }
    the_first_of_each_kind {
        let queue = Queue::<u32>::unbounded().unwrap();
        let (ours, theirs) = pipe::<u32>().unwrap();
        let putter = start(|| queue.put(1).unwrap());
        let sender = start(move || theirs.send(2).unwrap());
        say!("{:?}", wait(&[&queue, &ours, &putter]).unwrap());
        putter.join().unwrap();
        sender.join().unwrap();
    }
    the_first_within_a_moment {
        let child = start(|| say!("one"));
        let queue = Queue::<u32>::unbounded().unwrap();
        let putter = start(|| queue.put(1).unwrap());
        say!("{:?}", wait_timeout(&[&child, &queue], SHORT).unwrap());
        say!("{:?}", wait_timeout(&[&child, &queue], SHORT).unwrap());
        drop(putter);
    }
    the_first_within_long {
        let event = Event::new().unwrap();
        let child = start(|| { event.wait(); say!("woken") });
        say!("{:?}", wait_timeout(&[&child], LONG).unwrap());
        event.set();
        say!("{:?}", wait_timeout(&[&child], LONG).unwrap());
    }
    looks_for_the_first_again_and_again {
        let go = Event::new().unwrap();
        let (ours, theirs) = pipe::<u32>().unwrap();
        let child = start(|| {
            let theirs = theirs;
            say!("sends");
            theirs.send(1).unwrap();
            go.wait();
        });
        let seen = (0..2).any(|_| !wait_timeout(&[&ours], Duration::ZERO).unwrap().is_empty());
        say!("{seen}");
        go.set();
        child.join().unwrap();
    }
    an_end_of_file_by_exit {
        let (ours, theirs) = pipe::<u32>().unwrap();
        let child = start(move || { let _theirs = theirs; std::process::exit(0) });
        say!("{:?}", wait_timeout(&[&ours], Duration::ZERO).unwrap());
        child.join().unwrap();
    }
    one_that_waits_and_one_that_takes {
        let queue = Queue::<u32>::unbounded().unwrap();
        let waiter = start(|| say!("{:?}", wait(&[&queue]).unwrap()));
        let putter = start(|| queue.put(1).unwrap());
        say!("{}", queue.get().unwrap());
        drop((waiter, putter));
    }
    the_end_of_file_comes_first {
        let (ours, theirs) = pipe::<u32>().unwrap();
        let child = start(move || { theirs.send(1).unwrap(); drop(theirs); say!("gone") });
        for _ in 0..2 { say!("{:?}", wait(&[&ours, &child]).unwrap()); say!("{:?}", ours.try_recv().is_ok()) }
        child.join().unwrap();
    }
    kills_one_that_waits_for_the_first {
        let queue = Queue::<u32>::unbounded().unwrap();
        let child = start(|| say!("{:?}", wait(&[&queue]).unwrap()));
        let putter = start(|| queue.put(1).unwrap());
        child.kill().unwrap();
        say!("{}", child.join().unwrap());
        putter.join().unwrap();
    }
    kills_one_that_waits_for_a_shutdown {
        let queue = Queue::<u32>::unbounded().unwrap();
        let child = start(|| say!("{:?}", wait(&[&queue]).unwrap()));
        let other = start(|| queue.shutdown());
        child.kill().unwrap();
        say!("{}", child.join().unwrap());
        other.join().unwrap();
    }
    its_parent_dies_last {
        // The child has ended by itself in the first run, and may have been taken along.
        let go = Event::new().unwrap();
        let parent = start(|| {
            let child = Process::new(|| say!("hello")).die_with_parent(true).start().unwrap();
            go.wait();
            drop(child);
            std::process::abort();
        });
        let setter = start(|| go.set());
        parent.join().unwrap();
        setter.join().unwrap();
    }
    its_grandparent_dies_last {
        let go = Event::new().unwrap();
        let parent = start(|| {
            let middle = || {
                let child = || say!("hello");
                let child = Process::new(child).die_with_parent(true).start().unwrap();
                child.join().unwrap();
            };
            let middle = Process::new(middle).die_with_parent(true).start().unwrap();
            go.wait();
            drop(middle);
            std::process::abort();
        });
        let setter = start(|| go.set());
        parent.join().unwrap();
        setter.join().unwrap();
    }
}
