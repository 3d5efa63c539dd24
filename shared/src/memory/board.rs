//! What each process waits for, told to whoever watches the run.
//!
//! `LESSON_WAITS` in the environment names a file that is mapped by every process of the program;
//! the `lesson` command sets it, and reads there who waits for what when a run does not end. A
//! process publishes its wait when it is about to sleep, and only then; without the variable
//! that is the look at one word.
//!
//! Nobody needs a lock. Each process has a slot that no other writes to, and what it waits for is
//! *one* word in it: a reader sees the old wait or the new one, never half of one, and a process
//! that is killed leaves a whole word behind. Slots are not used again. A process that finds none
//! left, or no file, publishes nothing.

use std::fs::OpenOptions;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};

use crate::memory::current;
use crate::memory::mapping::{Mapping, shared};

/// Why a process cannot go on. Processes are named by their pid.
///
/// The numbers stand in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition {
    /// A message in a queue.
    Message,
    /// Room in a queue.
    Room,
    /// Every message of a queue marked as done.
    AllDone,
    /// An event to be set.
    Set,
    /// A permit of a semaphore.
    Permit,
    /// A lock, and who was last seen to hold it; 0: it is just being passed on.
    Lock(i32),
    /// The end of another's call on the same object, in the middle of which it stands still.
    Inside(i32),
    /// The end of a child.
    End(i32),
    /// The same, where this process has nothing else to do any more.
    LastEnd(i32),
    /// A message on a pipe.
    Receive,
    /// Room on a pipe.
    Send,
    /// A result of a pool's task.
    Result,
    /// A task, in a worker of a pool.
    Task,
    /// Room for another task of a pool.
    TaskRoom,
    /// The time.
    Clock,
    /// A notify of a condition.
    Notice,
    /// The others at a barrier.
    Barrier,
    /// The first of several children, queues or pipes.
    First,
}

impl Condition {
    /// Its number, and the process that it names.
    fn parts(self) -> (u64, i32) {
        match self {
            Condition::Message => (1, 0),
            Condition::Room => (2, 0),
            Condition::AllDone => (3, 0),
            Condition::Set => (4, 0),
            Condition::Permit => (5, 0),
            Condition::Lock(holder) => (6, holder),
            Condition::Inside(owner) => (7, owner),
            Condition::End(child) => (8, child),
            Condition::LastEnd(child) => (9, child),
            Condition::Receive => (10, 0),
            Condition::Send => (11, 0),
            Condition::Result => (12, 0),
            Condition::Task => (13, 0),
            Condition::TaskRoom => (14, 0),
            Condition::Clock => (15, 0),
            Condition::Notice => (16, 0),
            Condition::Barrier => (17, 0),
            Condition::First => (18, 0),
        }
    }

    /// The condition in 7 bits, 1 bit for the limit, the object in 24, the process in 32.
    pub(crate) fn word(self, object: u32, limit: bool) -> u64 {
        let (number, process) = self.parts();
        let object = if object < 1 << 24 { u64::from(object) } else { 0 };
        number << 57 | u64::from(limit) << 56 | object << 32 | u64::from(process as u32)
    }
}

/// The file begins with this, so that no other file is ever written to.
const MAGIC: u64 = u64::from_le_bytes(*b"waits 1\n");
const SLOTS: usize = 4096;
const NAME: usize = 80;
/// As many generations are told.
const DEPTH: usize = 6;

shared! {
    struct Header {
        magic: AtomicU64,
        taken: AtomicU32,
        unused: [AtomicU32; 29],
    }
}

shared! {
    /// One process. The rest is there before the pid, which never changes then.
    struct Slot {
        /// 0: it does not wait.
        waits_for: AtomicU64,
        /// How often it has begun to wait, so that a watcher sees it move.
        times: AtomicU64,
        pid: AtomicU32,
        parent: AtomicU32,
        /// Its place in the family, as far as it is not 0.
        birth_place: [AtomicU32; DEPTH],
        /// In UTF-8, as far as it is not 0.
        name: [AtomicU64; NAME / 8],
    }
}

shared! {
    struct Board {
        header: Header,
        slots: [Slot; SLOTS],
    }
}

const SIZE: usize = size_of::<Board>();

/// Mapped once, as a rule before the first fork.
fn board() -> Option<&'static Board> {
    static BOARD: OnceLock<Option<Mapping>> = OnceLock::new();
    let mapping = BOARD.get_or_init(|| {
        let path = std::env::var_os("LESSON_WAITS")?;
        let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        let whole = file.metadata().ok()?.len() >= SIZE as u64;
        let mapping = Mapping::of(&file, SIZE).ok().filter(|_| whole)?;
        let is_ours = mapping.header::<Header>().magic.load(Relaxed) == MAGIC;
        is_ours.then_some(mapping)
    });
    mapping.as_ref().map(Mapping::header)
}

/// The place of this process's slot, above its pid: after a fork it is the parent's. 0: none yet.
static OWN: AtomicU64 = AtomicU64::new(0);

/// A new process makes itself known. Main does so at its first operation, or before its first child.
pub(crate) fn begin() {
    let _slot = own_slot();
}

/// This process is about to sleep until `condition` holds, or waits for something else now.
pub(crate) fn publish(object: u32, condition: Condition, limit: bool) {
    if let Some(slot) = own_slot() {
        if slot.waits_for.load(Relaxed) == 0 {
            slot.times.store(slot.times.load(Relaxed) + 1, Relaxed);
        }
        slot.waits_for.store(condition.word(object, limit), Release);
    }
}

/// It does not wait any more.
pub(crate) fn withdraw() {
    if let Some(slot) = own_slot() {
        slot.waits_for.store(0, Release);
    }
}

fn own_slot() -> Option<&'static Slot> {
    let board = board()?;
    let pid = std::process::id();
    let own = OWN.load(Relaxed);
    if own as u32 == pid {
        return Some(&board.slots[(own >> 32) as usize]);
    }
    let more = |taken| ((taken as usize) < SLOTS).then_some(taken + 1);
    let place = board.header.taken.fetch_update(Relaxed, Relaxed, more).ok()?;
    let slot = &board.slots[place as usize];
    for (place, number) in slot.birth_place.iter().zip(current::identity()) {
        place.store(number, Relaxed);
    }
    let name = current::current();
    let name = current::beginning(name.name(), NAME);
    for (word, bytes) in slot.name.iter().zip(name.as_bytes().chunks(8)) {
        let mut eight = [0; 8];
        eight[..bytes.len()].copy_from_slice(bytes);
        word.store(u64::from_ne_bytes(eight), Relaxed);
    }
    slot.parent.store(nix::unistd::getppid().as_raw() as u32, Relaxed);
    slot.pid.store(pid, Release);
    OWN.store(u64::from(place) << 32 | u64::from(pid), Relaxed);
    Some(slot)
}
