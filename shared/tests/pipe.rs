//! The pipe: both ways, limits in time, the end of file.

mod harness;

use multiprocessing::{Exit, Pipe, PipeError, Process};
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
    ]);
}

fn messages_go_both_ways_in_order() {
    let (ours, theirs) = Pipe::<u32>::new().unwrap();
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
    let (first, second) = Pipe::<u32>::new().unwrap();
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
    let (ours, theirs) = Pipe::<u32>::new().unwrap();
    let child = Process::new(move || theirs.send(7)).start().unwrap();
    child.join().unwrap();
    assert_eq!(ours.recv().unwrap(), 7); // sent before its end, received after
    assert!(matches!(ours.recv(), Err(PipeError::Closed)));
    assert!(matches!(ours.try_recv(), Err(PipeError::Closed)));
}

fn end_of_file_when_the_child_is_killed() {
    let (ours, theirs) = Pipe::<u32>::new().unwrap();
    let child = Process::new(move || theirs.recv().map(drop)).start().unwrap();
    child.kill().unwrap();
    assert!(matches!(ours.recv(), Err(PipeError::Closed)));
}

/// The child has inherited the parent's end, too: if it kept that, it would wait for itself.
fn end_of_file_when_the_child_is_killed_in_the_middle_of_a_message() {
    let (ours, theirs) = Pipe::<String>::new().unwrap();
    let child = Process::new(move || theirs.send("x".repeat(8 << 20))).start().unwrap();
    // The sockets hold a part of it: the child waits for the rest to be read.
    let sending = Duration::from_millis(300);
    assert_eq!(child.join_timeout(sending).unwrap(), None);
    child.kill().unwrap();
    child.join().unwrap();
    assert!(matches!(ours.recv(), Err(PipeError::Closed)));
}

fn end_of_file_in_the_child_when_the_parent_drops_its_end() {
    let (ours, theirs) = Pipe::<u32>::new().unwrap();
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
    let (ours, theirs) = Pipe::<u32>::new().unwrap();
    drop(theirs);
    assert!(matches!(ours.send(7), Err(PipeError::Closed)));
}

fn a_large_message_passes() {
    let (ours, theirs) = Pipe::<String>::new().unwrap();
    let child = Process::new(move || theirs.send("x".repeat(20 << 20))).start().unwrap();
    assert_eq!(ours.recv().unwrap().len(), 20 << 20);
    assert!(child.join().unwrap().success());
}

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
        bool::deserialize(deserializer).map(|_| Liar)
    }
}

fn wrong_bytes_are_an_error() {
    let (ours, theirs) = Pipe::<Liar>::new().unwrap();
    theirs.send(Liar).unwrap();
    assert!(matches!(ours.recv(), Err(PipeError::Codec(_))));
}
