//! The pipe: both ways, limits in time, the end of file.
#![allow(unsafe_code)]

mod harness;

use multiprocessing::{Exit, PipeError, Process, pipe};
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
