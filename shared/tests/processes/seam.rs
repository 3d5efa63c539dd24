//! What passes the seam.

use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use multiprocessing::seam::{self, Act, Step};
use multiprocessing::{
    Event, JoinableQueue, Lock, Process, Semaphore, Signal, State, Value, current, pause, pipe,
    say, state,
};

use crate::harness;

/// Program: reports each step, of all processes.
fn traced() {
    use multiprocessing::seam::{self, Event};
    seam::listen(|step| {
        if let Event::Did { op, .. } = step.event {
            multiprocessing::say_err!("{} {op:?}, lines: {}", current().name(), step.lines);
        }
    });
    say!("one");
    let child = Process::new(|| say!("two\nthree")).name("c").start().unwrap();
    child.join().unwrap();
    say!("four");
    assert_eq!(state(child.pid()), State::Gone);
    current().parent_pid();
    multiprocessing::raise(Signal::SIGCONT).unwrap();
    multiprocessing::stdout().write_all(b"half").unwrap();
}

fn each_step_is_traced() {
    let output = harness::program("traced").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let digits = |c: char| c.is_ascii_digit();
    let pid = text.split("child: ").nth(1).unwrap().split(|c| !digits(c)).next().unwrap();
    let (me, main) = (std::process::id(), text.split("target: ").nth(1).unwrap());
    let main = main.split(|c| !digits(c)).next().unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort();
    let line = |text| format!("Line {{ stream: Stdout, text: {text:?} }}");
    let expected = [
        "c Begin, lines: 0".to_owned(),
        "c End { code: 0 }, lines: 2".to_owned(),
        format!("c {}, lines: 2", line("two\nthree")),
        format!("main Join {{ child: {pid} }}, lines: 1"),
        format!("main {}, lines: 2", line("four")),
        format!("main {}, lines: 1", line("one")),
        format!("main LookedAtParent {{ parent: {me} }}, lines: 2"),
        format!("main LookedAtProcess {{ pid: {pid}, state: Gone }}, lines: 2"),
        format!("main Piece {{ stream: Stdout, bytes: {:?} }}, lines: 2", b"half"),
        format!("main Signal {{ target: {main}, signal: 18 }}, lines: 2"),
        format!("main Start {{ child: {pid}, nth: 1 }}, lines: 1"),
    ];
    assert_eq!(lines, expected);
}

/// What this process was about to do, and how long it would have waited.
fn each_call_tells_how_long_it_would_wait() {
    static ALL: Mutex<Vec<(Act, Option<Duration>)>> = Mutex::new(Vec::new());
    seam::listen(|Step { event, .. }| {
        if let seam::Event::About { act, patience, .. } = event {
            ALL.lock().unwrap().push((act, patience));
        }
    });
    let tell = |call: &dyn Fn()| {
        call();
        std::mem::take(&mut *ALL.lock().unwrap())
    };
    let (never, ever, ms) = (Some(Duration::ZERO), None, Duration::from_millis(1));
    let queue = JoinableQueue::<u8>::bounded(9).unwrap();
    let (event, lock, seats) =
        (Event::new().unwrap(), Lock::new().unwrap(), Semaphore::new(9).unwrap());
    let (value, (ours, theirs)) = (Value::new(7).unwrap(), pipe::<u8>().unwrap());
    let child = Process::new(|| ()).start().unwrap();
    ALL.lock().unwrap().clear();
    type Call<'a> = (&'a dyn Fn(), Act, Option<Duration>);
    let cases: [Call; 34] = [
        (&|| queue.put(1).unwrap(), Act::Put, ever),
        (&|| queue.put_timeout(1, ms).unwrap(), Act::Put, Some(ms)),
        (&|| queue.try_put(1).unwrap(), Act::Put, never),
        (&|| _ = queue.get().unwrap(), Act::Get, ever),
        (&|| _ = queue.get_timeout(ms).unwrap(), Act::Get, Some(ms)),
        (&|| _ = queue.try_get().unwrap(), Act::Get, never),
        (&|| _ = queue.try_get().unwrap(), Act::Get, never),
        (&|| _ = queue.len(), Act::LookAtQueue, never),
        (&|| _ = queue.join_timeout(ms), Act::WaitForDone, Some(ms)),
        (&|| (0..3).for_each(|_| queue.task_done().unwrap()), Act::Done, never),
        (&|| queue.join(), Act::WaitForDone, ever),
        (&|| _ = event.is_set(), Act::LookAtEvent, never),
        (&|| _ = event.wait_timeout(ms), Act::WaitForEvent, Some(ms)),
        (&|| event.set(), Act::Set, never),
        (&|| event.wait(), Act::WaitForEvent, ever),
        (&|| event.clear(), Act::Clear, never),
        (&|| std::mem::forget(lock.lock().unwrap()), Act::Acquire, ever),
        (&|| _ = lock.try_lock().unwrap(), Act::Acquire, never),
        (&|| _ = lock.lock_timeout(ms).unwrap(), Act::Acquire, Some(ms)),
        (&|| std::mem::forget(seats.acquire()), Act::Acquire, ever),
        (&|| std::mem::forget(seats.try_acquire()), Act::Acquire, never),
        (&|| std::mem::forget(seats.acquire_timeout(ms)), Act::Acquire, Some(ms)),
        (&|| seats.release(), Act::Release, never),
        (&|| value.set(1), Act::Write, never),
        (&|| _ = value.get(), Act::Read, never),
        (&|| ours.send(1).unwrap(), Act::Send, ever),
        (&|| _ = theirs.recv().unwrap(), Act::Receive, ever),
        (&|| _ = theirs.try_recv().unwrap(), Act::Receive, never),
        (&|| _ = theirs.recv_timeout(ms).unwrap(), Act::Receive, Some(ms)),
        (&|| pause(ms), Act::Pause, Some(ms)),
        (&|| say!("a line"), Act::Line, never),
        (&|| _ = child.join().unwrap(), Act::Join, ever),
        (&|| _ = child.join_timeout(ms).unwrap(), Act::Join, Some(ms)),
        (&|| _ = child.is_alive().unwrap(), Act::LookAtChild, never),
    ];
    for (nth, (call, act, patience)) in cases.into_iter().enumerate() {
        let told = tell(call);
        assert!(
            !told.is_empty() && told.iter().all(|told| *told == (act, patience)),
            "{nth}: {told:?}"
        );
    }
}

pub const CASES: &[harness::Case] =
    harness::cases![each_step_is_traced, each_call_tells_how_long_it_would_wait];

pub const PROGRAMS: &[harness::Case] = harness::cases![traced];
