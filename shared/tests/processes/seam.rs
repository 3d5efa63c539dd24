//! What passes the seam, by the record of a run.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use multiprocessing::{
    Barrier, Condition, Event, JoinableQueue, Lock, PipeEnd, Pool, Process, Queue, Run, Semaphore,
    Signal, State, Value, current, pause, pipe, say, say_err, state, wait, wait_timeout,
};

use crate::harness;

/// The lines of the record of a program of ours, without pids and the words `hello NAME`.
#[track_caller]
fn record(program: &str) -> Vec<String> {
    let path = std::env::temp_dir().join(format!("{program}-{}", std::process::id()));
    let mut command = harness::program(program);
    let command = command.env("LESSON_RECORD", &path).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    // A pid has its birth place instead.
    let mut places: Vec<[&str; 2]> = Vec::new();
    for line in text.lines().filter(|line| line.contains(" hello ")) {
        let [pid, place] = [0, 1].map(|word| line.split(' ').nth(word).unwrap());
        places.push([pid, place]);
    }
    let is_digit = |c: char| c.is_ascii_digit();
    let without_pids = |line: &str| {
        let numbers = line.split(|c| !is_digit(c)).filter(|number| !number.is_empty());
        let pids = numbers.filter_map(|number| places.iter().find(|[pid, _]| *pid == number));
        pids.fold(line.to_owned(), |line, [pid, place]| line.replace(pid, place))
    };
    // Where an object was made is for its own test.
    let without_source = |line: &str| match line.split_once(", file:") {
        Some((made, _)) => format!("{made} }}"),
        None => line.to_owned(),
    };
    let lines = text.lines().map(|line| line.split_once(' ').unwrap().1);
    lines.map(|line| without_source(&without_pids(line))).collect()
}

/// What those at this place have done, in their order.
fn done_at<'a>(place: &str, record: &'a [String]) -> Vec<&'a str> {
    let of = format!("{place} did ");
    record.iter().filter_map(|line| line.strip_prefix(&of)).collect()
}

/// Program: one of many kinds.
fn traced() {
    say!("one");
    let child = Process::new(|| say!("two\nthree")).name("c d").start().unwrap();
    child.join().unwrap();
    assert_eq!(state(child.pid()), State::Gone);
    current().parent_pid();
    multiprocessing::raise(Signal::SIGCONT).unwrap();
    multiprocessing::stdout().write_all(b"half").unwrap();
    say_err!("\"an error\"");
}

fn each_step_is_recorded() {
    let record = record("traced");
    let me = std::process::id();
    let expected = [
        "0 Line { stream: Stdout, text: \"one\" }".to_owned(),
        "1 New { kind: Output, first: \"\" }".to_owned(),
        "0 Start { child: 1, nth: 1 }".to_owned(),
        "0 Join { child: 1, code: 0 }".to_owned(),
        "0 LookedAtProcess { pid: 1, state: Gone }".to_owned(),
        format!("0 LookedAtParent {{ parent: {me} }}"),
        "0 Signal { target: main, signal: 18 }".to_owned(),
        "0 Piece { stream: Stdout, bytes: [104, 97, 108, 102] }".to_owned(),
        "0 Line { stream: Stderr, text: \"\\\"an error\\\"\" }".to_owned(),
        "0 End { code: 0 }".to_owned(),
    ];
    assert_eq!(done_at("main", &record), expected);
    assert!(record.contains(&"1 hello c d".to_owned()));
    let text = "two\\nthree";
    let child =
        ["0 Begin", &format!("0 Line {{ stream: Stdout, text: \"{text}\" }}"), "0 End { code: 0 }"];
    assert_eq!(done_at("1", &record), child);
}

/// Program: makes one of each, and puts items of many types.
fn made() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Account {
        owner: String,
    }
    fn put<T: multiprocessing::Message>(item: T) {
        Queue::unbounded().unwrap().put(item).unwrap();
    }
    let _items = (Queue::<u8>::unbounded().unwrap(), JoinableQueue::<u8>::with_arena(99).unwrap());
    let _others = (Lock::new().unwrap(), Semaphore::new(1).unwrap(), Event::new().unwrap());
    let _value = (Value::new(0.5).unwrap(), pipe::<u8>().unwrap(), JoinableQueue::<u8>::bounded(1));
    put(Some(7));
    put(None::<u8>);
    put(("a \"b\"".to_owned(), 'c', true, ()));
    put(Account { owner: "ann".to_owned() });
    put("é".repeat(1000));
    put(multiprocessing::Bytes::from(vec![7]));
}

fn where_an_object_was_made_and_what_was_put_is_told() {
    let path = std::env::temp_dir().join(format!("made-{}", std::process::id()));
    assert!(harness::program("made").env("LESSON_RECORD", &path).status().unwrap().success());
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    // Each at the very letter at which its constructor is called.
    let source: Vec<&str> = include_str!("seam.rs").lines().collect();
    let number = |text: &str| text.trim_end_matches(" }").parse::<usize>().unwrap();
    let mut called = Vec::new();
    for line in text.lines().filter(|line| line.contains(" New { ")) {
        let (_, at) = line.split_once("file: ").unwrap();
        let (file, at) = at.split_once(", line: ").unwrap();
        assert_eq!(file, "\"shared/tests/processes/seam.rs\"");
        let (line, column) = at.split_once(", column: ").unwrap();
        let call = &source[number(line) - 1][number(column) - 1..];
        called.push(call.split([':', '(']).next().unwrap());
    }
    let expected =
        ["Queue", "JoinableQueue", "Lock", "Semaphore", "Event", "Value", "pipe", "JoinableQueue"];
    assert_eq!(called[..8], expected);
    let long = format!("\"{}…", "é".repeat(39));
    let items = [
        "Some(7)",
        "None",
        r#"("a \"b\"", 'c', true, ())"#,
        r#"Account { owner: "ann" }"#,
        &long,
        "",
    ];
    for word in ["what it is about to do", "what it did"] {
        let told = text.lines().filter_map(|line| match word {
            "what it did" => line.split_once("item: ")?.1.strip_suffix(" }"),
            _ => Some(line.split_once(" Put - ")?.1),
        });
        assert_eq!(told.collect::<Vec<_>>(), items.map(|item| format!("{item:?}")), "{word}");
    }
}

/// Program: waits in each way. Nothing is told before.
fn patient() {
    let queue = JoinableQueue::<u8>::bounded(9).unwrap();
    let ms = Duration::from_millis(1);
    queue.put(1).unwrap();
    queue.put_timeout(1, ms).unwrap();
    queue.try_put(1).unwrap();
    queue.get().unwrap();
    queue.get_timeout(ms).unwrap();
    queue.try_get().unwrap();
    assert!(queue.is_empty() && !queue.join_timeout(ms));
    (0..3).for_each(|_| queue.task_done().unwrap());
    queue.join();
    queue.shutdown();
    queue.shutdown();
    assert!(queue.get().is_err() && queue.try_put(1).is_err());
    let event = Event::new().unwrap();
    assert!(!event.is_set() && !event.wait_timeout(ms));
    event.set();
    event.wait();
    event.clear();
    let (lock, seats) = (Lock::new().unwrap(), Semaphore::new(3).unwrap());
    let held = lock.lock().unwrap();
    assert!(lock.try_lock().unwrap().is_none() && lock.lock_timeout(ms).unwrap().is_none());
    drop(held);
    let _seats =
        (seats.acquire(), seats.try_acquire().unwrap(), seats.acquire_timeout(ms).unwrap());
    seats.release();
    seats.acquire_timeout(ms);
    let changed = Condition::new().unwrap();
    changed.notify_one();
    let barrier = Barrier::new(1).unwrap();
    barrier.wait().unwrap();
    let pair = Barrier::new(2).unwrap();
    assert!(pair.wait_timeout(ms).is_err() && pair.wait().is_err());
    let value = Value::new(7).unwrap();
    value.set(value.get());
    let (ours, theirs) = pipe::<u8>().unwrap();
    ours.send(1).unwrap();
    theirs.recv().unwrap();
    assert!(theirs.try_recv().unwrap().is_none() && theirs.recv_timeout(ms).unwrap().is_none());
    let child = Process::new(|| ()).start().unwrap();
    child.join_timeout(60_000 * ms).unwrap();
    assert!(!child.is_alive().unwrap());
    child.join().unwrap();
    wait(&[&child]).unwrap();
    wait_timeout(&[&child], ms).unwrap();
    child.kill().unwrap();
    pause(ms);
    // Nothing is dropped.
    std::process::exit(0);
}

/// What main was about to do and what came of it, a line each.
const PATIENT: &str = r#"
1 New { kind: Queue, first: "" }
1 Put - "1" Put { nth: 1, capacity: Some(9), item: "1" }
1 Put 1000000 "1" Put { nth: 2, capacity: Some(9), item: "1" }
1 Put 0 "1" Put { nth: 3, capacity: Some(9), item: "1" }
1 Get - "" Get { nth: 1 }
1 Get 1000000 "" Get { nth: 2 }
1 Get 0 "" Get { nth: 3 }
1 LookAtQueue 0 "" LookedAtQueue { len: 0 }
1 WaitForDone 1000000 "" Missed(WaitForDone)
1 Done 0 "" Done { nth: 1 }
1 Done 0 "" Done { nth: 2 }
1 Done 0 "" Done { nth: 3 }
1 WaitForDone - "" AllDone { nth: 1 }
1 ShutDown 0 "" ShutDown
1 ShutDown 0 "" Missed(ShutDown)
1 Get - "" FoundShutDown(Get)
1 Put 0 "1" FoundShutDown(Put)
2 New { kind: Event, first: "" }
2 LookAtEvent 0 "" LookedAtEvent { nth: 0, set: false }
2 WaitForEvent 1000000 "" Missed(WaitForEvent)
2 Set 0 "" Set { nth: 1 }
2 WaitForEvent - "" Woken { nth: 1 }
2 Clear 0 "" Clear { nth: 1 }
3 New { kind: Lock, first: "" }
4 New { kind: Semaphore, first: "" }
3 Acquire - "" Acquire { nth: 1, permits: 1 }
3 Acquire 0 "" Missed(Acquire)
3 Acquire 1000000 "" Missed(Acquire)
3 Release 0 "" Release { nth: 1 }
4 Acquire - "" Acquire { nth: 1, permits: 3 }
4 Acquire 0 "" Acquire { nth: 2, permits: 3 }
4 Acquire 1000000 "" Acquire { nth: 3, permits: 3 }
4 Release 0 "" Release { nth: 1 }
4 Acquire 1000000 "" Acquire { nth: 4, permits: 3 }
4 Release 0 "" Release { nth: 2 }
5 New { kind: Condition, first: "" }
5 Notify 0 "" Notify { after: 0, until: 0, before: 0, given: 0 }
6 New { kind: Barrier, first: "" }
6 Arrive 0 "" Arrive { round: 1, parties: 1 }
6 Meet - "" Met { round: 1 }
7 New { kind: Barrier, first: "" }
7 Arrive 0 "" Arrive { round: 1, parties: 2 }
7 Meet 1000000 "" Break
7 Arrive 0 "" FoundBroken
8 New { kind: Value, first: "7" }
8 Read 0 "" Read { nth: 0, number: "7" }
8 Write 0 "" Write { nth: 1, number: "7" }
9 New { kind: Pipe, first: "" }
9 Send - "1" Send { end: 0, nth: 1, item: "1" }
9 Receive - "" Receive { end: 1, nth: 1 }
9 Receive 0 "" Missed(Receive)
9 Receive 1000000 "" Missed(Receive)
10 New { kind: Output, first: "" }
0 Start 0 "Process-1" Start { child: 1, nth: 1 }
0 Join 60000000000 "Process-1" Join { child: 1, code: 0 }
0 LookAtChild 0 "Process-1" LookedAtChild { child: 1, alive: false }
0 Join - "Process-1" Join { child: 1, code: 0 }
0 WaitForFirst - "" LookedAtChild { child: 1, alive: false }
0 WaitForFirst 1000000 "" LookedAtChild { child: 1, alive: false }
0 Signal 0 "SIGKILL to Process-1" Missed(Signal)
0 Pause 1000000 "" Pause { duration: 1ms }
0 End { code: 0 }
"#;

fn each_call_tells_how_long_it_would_wait_and_what_came_of_it() {
    let record = record("patient");
    let mut told = vec![String::new()];
    let mut about = String::new();
    for line in record.iter().filter_map(|line| line.strip_prefix("main ")) {
        match line.split_once(' ').unwrap() {
            ("about", what) => about = what.to_owned(),
            ("did", what) if about.is_empty() => told.push(what.to_owned()),
            ("did", what) => {
                let (object, op) = what.split_once(' ').unwrap();
                assert_eq!(about.split(' ').next(), Some(object));
                told.push(format!("{} {op}", std::mem::take(&mut about)));
            }
            _ => {}
        }
    }
    for (told, expected) in told.iter().zip(PATIENT.lines()) {
        assert_eq!(told, expected);
    }
    assert_eq!(told.len(), PATIENT.lines().count(), "{told:#?}");
}

/// Program: one process of each end.
fn ends() {
    struct Fails;
    impl Run for Fails {
        fn run(&mut self) -> anyhow::Result<()> {
            anyhow::bail!("on purpose")
        }
    }
    let stop = || std::process::exit(3);
    let all = [
        Process::new(|| ()).start().unwrap(),
        Process::new(|| panic!("on purpose")).start().unwrap(),
        Process::of(Fails).start().unwrap(),
        Process::new(stop).start().unwrap(),
        Process::new(|| multiprocessing::raise(Signal::SIGKILL).unwrap()).start().unwrap(),
    ];
    // They have ended by the time that main ends, which joins them.
    all.iter().for_each(|child| while state(child.pid()).is_alive() {});
    panic!("on purpose");
}

fn each_end_is_told() {
    let record = record("ends");
    let last = |place| done_at(place, &record).pop().unwrap().to_owned();
    assert_eq!(last("1"), "0 End { code: 0 }");
    assert_eq!(last("2"), "0 End { code: 101 }");
    assert_eq!(last("3"), "0 End { code: 1 }");
    assert_eq!(last("4"), "0 End { code: 3 }");
    assert_eq!(last("5"), "0 Signal { target: 5, signal: 9 }");
    for (place, text) in [("2", "Process-2: on purpose"), ("3", "Process-3: on purpose")] {
        let line = format!("0 Line {{ stream: Stderr, text: {text:?} }}");
        assert!(done_at(place, &record).contains(&&*line), "{record:#?}");
    }
    let main = done_at("main", &record);
    let joins = [(1, 0), (2, 101), (3, 1), (4, 3), (5, -9)]
        .map(|(child, code)| format!("0 Join {{ child: {child}, code: {code} }}"));
    assert_eq!(main[main.len() - 6], "0 End { code: 101 }");
    assert_eq!(main[main.len() - 5..], joins);
}

/// Program: the end of file, which comes when a process has used its own end.
fn end_of_file() {
    let (ours, theirs) = pipe::<u8>().unwrap();
    let child = Process::new(move || theirs.send(1).unwrap()).start().unwrap();
    ours.recv().unwrap();
    assert!(ours.recv().is_err());
    child.join().unwrap();
}

fn the_end_of_file_and_what_brings_it_are_told() {
    let record = record("end_of_file");
    let of_the_pipe = |place| {
        let all = done_at(place, &record).into_iter();
        all.filter_map(|done| done.strip_prefix("1 ")).collect::<Vec<_>>()
    };
    let main = [
        "New { kind: Pipe, first: \"\" }",
        "Close { end: 1 }",
        "Receive { end: 0, nth: 1 }",
        "EndOfFile { end: 0 }",
        "Close { end: 0 }",
    ];
    assert_eq!(of_the_pipe("main"), main);
    assert_eq!(
        of_the_pipe("1"),
        ["Close { end: 0 }", "Send { end: 1, nth: 1, item: \"1\" }", "Close { end: 1 }"]
    );
}

/// Program: an end is sent, used there and dropped.
fn a_moved_end() {
    let (ours, theirs) = pipe().unwrap();
    let child = Process::new(move || {
        let (n, end): (u8, PipeEnd<u8>) = theirs.recv().unwrap();
        end.send(n + end.recv().unwrap()).unwrap();
    });
    let child = child.start().unwrap();
    let (asks, answers) = pipe().unwrap();
    answers.send(1).unwrap();
    asks.send(2).unwrap();
    ours.send((3, answers)).unwrap();
    assert_eq!((asks.recv().unwrap(), asks.recv().unwrap()), (1, 5));
    child.join().unwrap();
}

/// Whoever has the end goes on counting, and speaks of the same pipe.
fn an_end_that_was_sent_is_told_as_the_same() {
    let record = record("a_moved_end");
    let child = done_at("1", &record).into_iter().filter(|done| done.starts_with("3 "));
    let used = [
        "3 Receive { end: 1, nth: 1 }",
        "3 Send { end: 1, nth: 2, item: \"5\" }",
        "3 Close { end: 1 }",
    ];
    assert_eq!(child.collect::<Vec<_>>(), used);
    let main = done_at("main", &record);
    let sent = "1 Send { end: 0, nth: 1, item: \"(3, PipeEnd)\" }";
    let sent = main.iter().position(|done| *done == sent).expect(sent);
    assert_eq!(main[sent + 1], "3 Close { end: 1 }");
}

/// Program: a worker dies at its task.
fn a_worker_dies() {
    let pool = Pool::new(1, |n: u32| match n {
        0 => std::process::abort(),
        n => Ok(n),
    });
    let pool = pool.unwrap();
    assert!(pool.apply(0).is_err());
    pool.apply(7).unwrap();
    pool.terminate().unwrap();
}

fn what_a_pool_sees_of_its_workers_is_told() {
    let record = record("a_worker_dies");
    let main = done_at("main", &record);
    let place = |op: &str| main.iter().position(|done| *done == op).expect(op);
    let seen = place("0 LookedAtChild { child: 1, alive: false }");
    assert!(seen < place("0 Start { child: 2, nth: 2 }"), "{main:#?}");
    assert!(place("0 Signal { target: 2, signal: 15 }") < place("0 Join { child: 2, code: -15 }"));
}

/// Program: many at once.
fn many() {
    let queue = Queue::<u32>::unbounded().unwrap();
    for _ in 0..4 {
        Process::new(|| (0..500).for_each(|i| queue.put(i).unwrap())).start().unwrap();
    }
    (0..2000).for_each(|_| _ = queue.get().unwrap());
}

fn many_processes_write_whole_lines() {
    let record = record("many");
    let words = ["hello", "about", "did", "waits", "goes"];
    for line in &record {
        let (place, what) = line.split_once(' ').unwrap();
        assert!(["main", "1", "2", "3", "4"].contains(&place), "{line}");
        assert!(words.contains(&what.split(' ').next().unwrap()), "{line}");
    }
    for op in ["Put {", "Get {"] {
        let of = |line: &&String| line.contains(" did 1 ") && line.contains(op);
        assert_eq!(record.iter().filter(of).count(), 2000);
    }
}

fn a_record_that_cannot_be_written_costs_one_message() {
    for path in ["/nowhere/at/all", "/dev/full", ""] {
        let output = harness::program("many").env("LESSON_RECORD", path).output().unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        let beginning = "main: the run is not recorded, for LESSON_RECORD cannot be written: ";
        assert!(text.starts_with(beginning) && text.lines().count() == 1, "{path}: {text}");
    }
}

fn a_record_whose_reader_goes_away_costs_a_message_of_each_process_at_most() {
    let path = std::env::temp_dir().join(format!("pipe-{}", std::process::id()));
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut command = harness::program("many");
    let child = command.env("LESSON_RECORD", &path).stderr(Stdio::piped()).spawn().unwrap();
    fs::File::open(&path).unwrap().read_exact(&mut [0]).unwrap();
    let output = child.wait_with_output().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!((1..=5).contains(&text.lines().count()), "{text}");
    assert!(text.lines().all(|line| line.contains("the run is not recorded")), "{text}");
}

/// A conductor that is killed leaves no file behind.
fn a_conductor_may_have_a_name_that_is_no_file() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};
    let name = format!("conductor-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let listener = UnixListener::bind_addr(&address).unwrap();
    let mut command = harness::program("traced");
    let mut child = command.env("LESSON_CONDUCTOR", format!("@{name}")).spawn().unwrap();
    let (mut main, _) = listener.accept().unwrap();
    let hello = format!("hello {} main 0 main\n", child.id());
    let mut heard = vec![0; hello.len()];
    main.read_exact(&mut heard).unwrap();
    assert_eq!(String::from_utf8(heard).unwrap(), hello);
    drop((main, listener));
    assert_eq!(child.wait().unwrap().code(), Some(70));
}

pub const CASES: &[harness::Case] = harness::cases![
    each_step_is_recorded,
    each_call_tells_how_long_it_would_wait_and_what_came_of_it,
    where_an_object_was_made_and_what_was_put_is_told,
    each_end_is_told,
    the_end_of_file_and_what_brings_it_are_told,
    an_end_that_was_sent_is_told_as_the_same,
    what_a_pool_sees_of_its_workers_is_told,
    many_processes_write_whole_lines,
    a_record_that_cannot_be_written_costs_one_message,
    a_conductor_may_have_a_name_that_is_no_file,
    a_record_whose_reader_goes_away_costs_a_message_of_each_process_at_most,
];

pub const PROGRAMS: &[harness::Case] =
    harness::cases![traced, patient, made, ends, end_of_file, a_moved_end, a_worker_dies, many];
