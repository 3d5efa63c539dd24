//! The pipe: both ways, limits in time, the end of file.
#![allow(unsafe_code)]

mod harness;

use multiprocessing::{Exit, JoinableQueue, PipeEnd, PipeError, Pool, Process, Queue, pipe, wait};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

fn main() {
    harness::run(harness::cases![
        messages_go_both_ways_in_order,
        timeouts_are_never_early,
        end_of_file_when_the_child_ends,
        end_of_file_when_the_child_is_killed,
        end_of_file_when_the_child_is_killed_in_the_middle_of_a_message,
        end_of_file_in_the_child_when_the_parent_drops_its_end,
        sending_to_a_closed_end_is_an_error,
        a_large_message_passes,
        wrong_bytes_are_an_error,
        what_could_not_be_decoded_is_not_sent,
        interruptions_never_surface,
        a_receiver_killed_in_the_middle_of_a_message_is_told_of,
        a_limit_holds_in_the_middle_of_a_message,
        no_descriptors_left,
        an_end_is_sent_and_goes_on_where_it_was,
        ends_arrive_in_their_places_beside_a_message_of_any_length,
        whoever_has_sent_an_end_has_it_no_longer,
        an_end_comes_back_on_the_pipe_that_it_came_from,
        a_receiver_killed_before_it_takes_an_end_closes_it,
        an_end_is_closed_in_another_program,
        only_a_pipe_carries_an_end,
        an_end_to_which_a_message_has_come_stays,
        no_descriptor_left_for_an_end,
    ]);
}

fn messages_go_both_ways_in_order() {
    let (ours, theirs) = pipe::<u32>().unwrap();
    let child = Process::new(move || -> anyhow::Result<()> {
        for _ in 0..100 {
            theirs.send(theirs.recv()? * 2)?;
        }
        Ok(())
    });
    let child = child.start().unwrap();
    for n in 0..100 {
        ours.send(n).unwrap();
    }
    for n in 0..100 {
        assert_eq!(ours.recv().unwrap(), 2 * n);
    }
    assert!(child.join().unwrap().success());
}

fn timeouts_are_never_early() {
    let (first, second) = pipe::<u32>().unwrap();
    for us in [0, 300, 1500, 45_000] {
        let (timeout, began) = (Duration::from_micros(us), Instant::now());
        assert!(first.recv_timeout(timeout).unwrap().is_none());
        assert!(began.elapsed() >= timeout);
    }
    assert!(first.try_recv().unwrap().is_none());
    second.send(7).unwrap();
    assert_eq!(first.try_recv().unwrap(), Some(7));
}

fn end_of_file_when_the_child_ends() {
    let (ours, theirs) = pipe::<u32>().unwrap();
    let child = Process::new(move || theirs.send(7)).start().unwrap();
    child.join().unwrap();
    assert_eq!(ours.recv().unwrap(), 7); // sent before its end, received after
    assert!(matches!(ours.recv(), Err(PipeError::Closed)));
    assert!(matches!(ours.try_recv(), Err(PipeError::Closed)));
}

fn end_of_file_when_the_child_is_killed() {
    let (ours, theirs) = pipe::<u32>().unwrap();
    let child = Process::new(move || theirs.recv().map(drop)).start().unwrap();
    child.kill().unwrap();
    assert!(matches!(ours.recv(), Err(PipeError::Closed)));
}

/// The child has inherited the parent's end, too: if it kept that, it would wait for itself.
fn end_of_file_when_the_child_is_killed_in_the_middle_of_a_message() {
    let (ours, theirs) = pipe::<String>().unwrap();
    let child = Process::new(move || theirs.send("x".repeat(8 << 20))).start().unwrap();
    // The sockets hold a part of it: the child waits for the rest to be read.
    let sending = Duration::from_millis(300);
    assert_eq!(child.join_timeout(sending).unwrap(), None);
    child.kill().unwrap();
    child.join().unwrap();
    assert!(matches!(ours.recv(), Err(PipeError::Closed)));
}

fn end_of_file_in_the_child_when_the_parent_drops_its_end() {
    let (ours, theirs) = pipe::<u32>().unwrap();
    let child = Process::new(move || match (theirs.recv(), theirs.recv()) {
        (Ok(7), Err(PipeError::Closed)) => 0,
        _ => 1,
    });
    let child = child.start().unwrap();
    ours.send(7).unwrap();
    drop(ours);
    assert_eq!(child.join().unwrap(), Exit::Code(0));
}

fn sending_to_a_closed_end_is_an_error() {
    let (ours, theirs) = pipe::<u32>().unwrap();
    drop(theirs);
    assert!(matches!(ours.send(7), Err(PipeError::Closed)));
}

fn a_large_message_passes() {
    let (ours, theirs) = pipe::<String>().unwrap();
    let child = Process::new(move || theirs.send("x".repeat(20 << 20))).start().unwrap();
    assert_eq!(ours.recv().unwrap().len(), 20 << 20);
    assert!(child.join().unwrap().success());
}

/// Whether `Liar` reads what it says: so long it may be sent.
static HONEST: AtomicBool = AtomicBool::new(true);

/// Says that it is one kind of thing and reads another.
#[derive(Debug)]
struct Liar;

impl serde::Serialize for Liar {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(7)
    }
}

impl<'de> serde::Deserialize<'de> for Liar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if HONEST.load(Relaxed) {
            u8::deserialize(deserializer).map(drop)
        } else {
            bool::deserialize(deserializer).map(drop)
        }?;
        Ok(Liar)
    }
}

fn wrong_bytes_are_an_error() {
    let (ours, theirs) = pipe::<Liar>().unwrap();
    theirs.send(Liar).unwrap();
    HONEST.store(false, Relaxed);
    assert!(matches!(ours.recv(), Err(PipeError::Codec(_))));
}

#[derive(serde::Serialize, serde::Deserialize, Debug)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
}

fn what_could_not_be_decoded_is_not_sent() {
    let (ours, theirs) = pipe::<Untagged>().unwrap();
    assert!(matches!(theirs.send(Untagged::Number(7)), Err(PipeError::Codec(_))));
    assert!(ours.try_recv().unwrap().is_none());
}

/// A handler without SA_RESTART, every millisecond, on both sides: it meets calls that wait for the
/// other process, and the middle of messages that no socket can hold.
fn interruptions_never_surface() {
    const SMALL: u32 = 5_000;
    let (ours, theirs) = pipe::<String>().unwrap();
    let child = Process::new(move || -> anyhow::Result<()> {
        harness::interrupt_every(1_000);
        for size in [4 << 20, 1 << 20] {
            theirs.send("x".repeat(size))?;
        }
        for n in 0..SMALL {
            theirs.send(n.to_string())?;
        }
        // The parent takes its time: this waits for room, and is interrupted.
        theirs.send("x".repeat(1 << 20))?;
        anyhow::ensure!(theirs.recv()? == "enough");
        Ok(())
    });
    let child = child.start().unwrap();
    harness::interrupt_every(1_000);
    for size in [4 << 20, 1 << 20] {
        assert_eq!(ours.recv().unwrap().len(), size);
    }
    for n in 0..SMALL {
        assert_eq!(ours.recv().unwrap(), n.to_string());
    }
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(50) {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(ours.recv().unwrap().len(), 1 << 20);
    ours.send("enough".to_owned()).unwrap();
    assert!(child.join().unwrap().success());
    assert!(matches!(ours.recv(), Err(PipeError::Closed)));
}

/// Comes back when the process sleeps: here it can only be in `send`, in the middle of a message.
fn until_it_sleeps(pid: i32) {
    while harness::Stat::of(pid).is_none_or(|stat| stat.state != 'S') {
        std::thread::yield_now();
    }
}

fn a_receiver_killed_in_the_middle_of_a_message_is_told_of() {
    let main = std::process::id() as i32;
    let (ours, theirs) = pipe::<String>().unwrap();
    let child = Process::new(move || {
        // Holds its end, and no copy of the other.
        assert!(theirs.try_recv().unwrap().is_none());
        until_it_sleeps(main);
        nix::sys::signal::raise(nix::sys::signal::SIGKILL)
    });
    let child = child.start().unwrap();
    // Busy until it sends.
    let message = "x".repeat(4 << 20);
    assert!(matches!(ours.send(message), Err(PipeError::Closed)));
    assert_eq!(child.join().unwrap().code(), -9);
}

fn a_limit_holds_in_the_middle_of_a_message() {
    let signal = |child: &multiprocessing::Child, signal| {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.pid()), signal).unwrap();
    };
    let (ours, theirs) = pipe::<String>().unwrap();
    let child = Process::new(move || theirs.send("x".repeat(4 << 20))).start().unwrap();
    until_it_sleeps(child.pid());
    signal(&child, nix::sys::signal::SIGSTOP);
    for limit in [0, 20] {
        assert!(ours.recv_timeout(Duration::from_millis(limit)).unwrap().is_none());
    }
    signal(&child, nix::sys::signal::SIGCONT);
    assert_eq!(ours.recv().unwrap().len(), 4 << 20);
    assert!(child.join().unwrap().success());
}

/// What a pipe needs it has from the start; without it there is no pipe, but an error.
fn no_descriptors_left() {
    use std::fs::File;
    fn take_all() -> Vec<File> {
        std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
    }
    // What the crate itself keeps open it has from now on.
    Process::new(|| ()).start().unwrap().join().unwrap();
    let few = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
    // SAFETY: the limit is read during the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &few) }, 0);
    let mut all = take_all();
    assert_eq!(pipe::<u8>().err().unwrap().raw_os_error(), Some(libc::EMFILE));
    all.truncate(all.len() - 8);
    let (ours, theirs) = pipe::<String>().unwrap();
    let child = Process::new(move || -> anyhow::Result<()> {
        theirs.try_recv()?; // closes this process's copy of the other end
        let _all = take_all();
        theirs.send("x".repeat(1 << 20))?;
        Ok(theirs.send(theirs.recv()?)?)
    });
    let child = child.start().unwrap();
    let _all = take_all();
    assert_eq!(ours.recv().unwrap().len(), 1 << 20);
    ours.send("x".repeat(1 << 20)).unwrap();
    assert_eq!(ours.recv().unwrap().len(), 1 << 20);
    assert!(child.join().unwrap().success());
}

/// What was sent before waits for whoever has the end then.
fn an_end_is_sent_and_goes_on_where_it_was() {
    let (ours, theirs) = pipe::<PipeEnd<u32>>().unwrap();
    let child = Process::new(move || -> anyhow::Result<()> {
        let end = theirs.recv()?;
        for _ in 0..3 {
            end.send(end.recv()? * 2)?;
        }
        anyhow::ensure!(matches!(end.recv(), Err(PipeError::Closed)));
        Ok(())
    });
    let child = child.start().unwrap();
    let (asks, answers) = pipe().unwrap();
    asks.send(1).unwrap();
    asks.send(2).unwrap();
    asks.send(3).unwrap();
    assert_eq!(answers.recv().unwrap(), 1);
    asks.send(4).unwrap();
    ours.send(answers).unwrap();
    assert_eq!([(); 3].map(|()| asks.recv().unwrap()), [4, 6, 8]);
    drop(asks);
    assert!(child.join().unwrap().success());
}

fn ends_arrive_in_their_places_beside_a_message_of_any_length() {
    type Parcel = (PipeEnd<u32>, String, Vec<Option<PipeEnd<u32>>>);
    let (ours, theirs) = pipe::<Parcel>().unwrap();
    let child = Process::new(move || -> anyhow::Result<()> {
        harness::interrupt_every(1_000);
        for size in [0, 4 << 20, 7] {
            let (first, text, others) = theirs.recv()?;
            anyhow::ensure!(text.len() == size);
            first.send(0)?;
            for (n, other) in (1..).zip(others) {
                other.map_or(Ok(()), |other| other.send(n))?;
            }
        }
        Ok(())
    });
    let child = child.start().unwrap();
    harness::interrupt_every(1_000);
    for size in [0, 4 << 20, 7] {
        let pairs = [(); 4].map(|()| pipe().unwrap());
        let (ends, [first, second, third, fourth]): (Vec<_>, _) = {
            let mut others = Vec::new();
            let ends = pairs.into_iter().map(|(end, other)| {
                others.push(other);
                end
            });
            (ends.collect(), others.try_into().unwrap())
        };
        let others = vec![Some(second), None, Some(third), Some(fourth)];
        ours.send((first, "x".repeat(size), others)).unwrap();
        let answers: Vec<u32> = ends.iter().map(|end| end.recv().unwrap()).collect();
        assert_eq!(answers, [0, 1, 3, 4]);
    }
    assert!(child.join().unwrap().success());
}

fn whoever_has_sent_an_end_has_it_no_longer() {
    let (ours, theirs) = pipe::<PipeEnd<u32>>().unwrap();
    let (asks, answers) = pipe().unwrap();
    ours.send(answers).unwrap();
    // It is under way, and nobody has it.
    assert!(asks.try_recv().unwrap().is_none());
    drop(theirs.recv().unwrap());
    assert!(matches!(asks.recv(), Err(PipeError::Closed)));
    // One that could not be sent is closed, too.
    drop(theirs);
    let (asks, answers) = pipe().unwrap();
    assert!(matches!(ours.send(answers), Err(PipeError::Closed)));
    assert!(matches!(asks.recv(), Err(PipeError::Closed)));
}

#[derive(serde::Serialize, serde::Deserialize)]
enum Ball {
    Throw(PipeEnd<Ball>),
    Catch,
}

fn an_end_comes_back_on_the_pipe_that_it_came_from() {
    let (ours, theirs) = pipe::<Ball>().unwrap();
    let child = Process::new(move || -> anyhow::Result<()> {
        let Ball::Throw(end) = theirs.recv()? else { anyhow::bail!("no end") };
        end.send(Ball::Catch)?;
        Ok(theirs.send(Ball::Throw(end))?)
    });
    let child = child.start().unwrap();
    let (one, other) = pipe().unwrap();
    ours.send(Ball::Throw(other)).unwrap();
    assert!(matches!(one.recv().unwrap(), Ball::Catch));
    let Ball::Throw(other) = ours.recv().unwrap() else { panic!("no end") };
    one.send(Ball::Catch).unwrap();
    assert!(matches!(other.recv().unwrap(), Ball::Catch));
    assert!(child.join().unwrap().success());
    // It may be under way through itself, and nobody can take it any more.
    assert!(one.send(Ball::Throw(other)).is_ok());
    assert!(matches!(one.try_recv(), Ok(None) | Err(PipeError::Closed)));
}

fn a_receiver_killed_before_it_takes_an_end_closes_it() {
    let (ours, theirs) = pipe::<PipeEnd<u32>>().unwrap();
    let child = Process::new(move || {
        let _theirs = theirs;
        std::thread::sleep(Duration::from_secs(20));
    });
    let child = child.start().unwrap();
    let (asks, answers) = pipe().unwrap();
    ours.send(answers).unwrap();
    assert!(asks.try_recv().unwrap().is_none());
    // Its copy of our end is open as long as it has not used its own.
    drop(ours);
    child.kill().unwrap();
    assert!(matches!(asks.recv(), Err(PipeError::Closed)));
}

fn an_end_is_closed_in_another_program() {
    let (ours, theirs) = pipe::<PipeEnd<u32>>().unwrap();
    let (asks, answers) = pipe().unwrap();
    ours.send(answers).unwrap();
    let answers = theirs.recv().unwrap();
    let mut other = std::process::Command::new("sleep").arg("20").spawn().unwrap();
    drop(answers);
    assert!(matches!(asks.recv_timeout(Duration::from_secs(10)), Err(PipeError::Closed)));
    other.kill().unwrap();
    other.wait().unwrap();
}

fn only_a_pipe_carries_an_end() {
    const WHY: &str = "an end of a pipe can be sent through a pipe only";
    let queue = Queue::unbounded().unwrap();
    let error = queue.put(pipe::<u32>().unwrap().0).unwrap_err().to_string();
    assert!(error.contains(WHY), "{error}");
    assert!(queue.is_empty());
    let queue = JoinableQueue::unbounded().unwrap();
    let error = queue.put(Some(pipe::<u32>().unwrap().0)).unwrap_err().to_string();
    assert!(error.contains(WHY), "{error}");
    // The next error has its own text.
    let error = Queue::unbounded().unwrap().put(Untagged::Number(7)).unwrap_err().to_string();
    assert!(!error.contains(WHY), "{error}");
    let pool = Pool::new(1, |_: PipeEnd<u32>| Ok(7)).unwrap();
    let error = pool.apply(pipe().unwrap().0).unwrap_err().to_string();
    assert!(error.contains(WHY), "{error}");
}

fn an_end_to_which_a_message_has_come_stays() {
    let (ours, theirs) = pipe::<PipeEnd<u32>>().unwrap();
    let (asks, answers) = pipe().unwrap();
    asks.send(7).unwrap();
    // Whoever waits for it takes in what has come.
    wait(&[&answers]).unwrap();
    let error = ours.send(answers).unwrap_err();
    assert!(error.to_string().contains("receive it first"), "{error}");
    assert!(theirs.try_recv().unwrap().is_none());
}

fn no_descriptor_left_for_an_end() {
    use std::fs::File;
    let (ours, theirs) = pipe::<PipeEnd<u32>>().unwrap();
    let (asks, answers) = pipe().unwrap();
    ours.send(answers).unwrap();
    let few = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
    // SAFETY: the limit is read during the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &few) }, 0);
    let all: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    let error = theirs.recv().unwrap_err();
    assert!(error.to_string().contains("has not come along"), "{error}");
    assert!(matches!(asks.recv(), Err(PipeError::Closed)));
    drop(all);
    // As good as new.
    let (asks, answers) = pipe().unwrap();
    ours.send(answers).unwrap();
    theirs.recv().unwrap().send(7).unwrap();
    assert_eq!(asks.recv().unwrap(), 7);
}
