//! What each process of a run says that it waits for.
//!
//! A program that uses the helper crate writes it into a file that it is told of by the
//! environment; `shared/src/memory/board.rs` is the other half and says how it lies there. Programs of
//! Python do not, so of them only `/proc` tells.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use serde::{Deserialize, Serialize};

/// The variable that names the file.
pub(crate) const VARIABLE: &str = "LESSON_WAITS";

const MAGIC: &[u8; 8] = b"waits 1\n";
const HEADER: usize = 128;
const SLOT: usize = 128;
const SLOTS: usize = 4096;

/// What a process waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    condition: u8,
    object: u32,
    /// The process that the condition names.
    whom: i32,
    limit: bool,
}

/// One process, as it has made itself known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub pid: i32,
    pub name: String,
    pub wait: Option<Wait>,
    /// How often it has begun to wait.
    pub times: u64,
}

/// The file of one run. By default there is none, and nobody publishes anything.
#[derive(Default)]
pub(crate) struct Board(Option<File>);

impl Board {
    /// It has no name and is gone with this process, however that ends.
    pub fn new() -> Board {
        let file = unnamed_file().and_then(|file| {
            file.set_len((HEADER + SLOTS * SLOT) as u64)?;
            file.write_all_at(MAGIC, 0)?;
            Ok(file)
        });
        Board(file.ok())
    }

    /// Where the program finds it.
    pub fn path(&self) -> Option<OsString> {
        use std::os::fd::AsRawFd;
        let file = self.0.as_ref()?;
        Some(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()).into())
    }

    /// Everybody who has made itself known, in the order of that. A number that the system has
    /// given twice stands for its last process.
    pub fn read(&self) -> Vec<Known> {
        let mut taken = [0; 4];
        let Some(file) = &self.0 else { return Vec::new() };
        if file.read_exact_at(&mut taken, MAGIC.len() as u64).is_err() {
            return Vec::new();
        }
        let taken = (u32::from_ne_bytes(taken) as usize).min(SLOTS);
        let (mut first, mut second) = (vec![0; taken * SLOT], vec![0; taken * SLOT]);
        for bytes in [&mut first, &mut second] {
            if file.read_exact_at(bytes, HEADER as u64).is_err() {
                return Vec::new();
            }
        }
        let mut all: Vec<Known> = Vec::new();
        for (first, slot) in first.chunks_exact(SLOT).zip(second.chunks_exact(SLOT)) {
            let Some(mut known) = Known::from_slot(slot) else { continue };
            // It moves; and nobody promises that the system copies a word in one piece.
            if first != slot {
                known.wait = None;
            }
            all.retain(|other| other.pid != known.pid);
            all.push(known);
        }
        all
    }
}

impl Known {
    /// `None`: its process is only just making itself known.
    fn from_slot(slot: &[u8]) -> Option<Known> {
        let word = |at: usize| Some(u64::from_ne_bytes(slot[at..at + 8].try_into().ok()?));
        let pid = i32::from_ne_bytes(slot[16..20].try_into().ok()?);
        let name = slot[48..].split(|&byte| byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        let wait = word(0).filter(|&wait| wait != 0).map(Wait::of_word);
        let times = word(8)?;
        (pid != 0).then_some(Known { pid, name, wait, times })
    }
}

impl Wait {
    /// As a program writes it: the condition in 7 bits, 1 bit for the limit, the object in 24, the
    /// process in 32.
    pub fn of_word(word: u64) -> Wait {
        Wait {
            condition: (word >> 57) as u8,
            limit: word >> 56 & 1 == 1,
            object: (word >> 32) as u32 & 0xff_ffff,
            whom: word as u32 as i32,
        }
    }

    /// Only the time can end it.
    pub fn is_pause(&self) -> bool {
        self.condition == 15
    }

    /// The number of the condition, as `shared/src/memory/board.rs` has it.
    pub fn condition(&self) -> u8 {
        self.condition
    }

    /// The number of the object; 0: it has none.
    pub fn object(&self) -> u32 {
        self.object
    }

    /// Only a worker of a pool waits like that.
    pub fn is_for_a_task(&self) -> bool {
        self.condition == 13
    }

    /// Only whoever gives tasks to a pool waits like that.
    pub fn is_for_a_result(&self) -> bool {
        self.condition == 12
    }

    /// Only another process can end it.
    pub fn is_for_ever(&self) -> bool {
        let is_passed_on = self.condition == 6 && self.whom == 0;
        !self.limit && !self.is_pause() && !is_passed_on
    }

    /// Whether it gives up after a time.
    pub fn is_limited(&self) -> bool {
        self.limit
    }

    /// The process without which it cannot go on.
    pub fn whom(&self) -> Option<i32> {
        (6..=9).contains(&self.condition).then_some(self.whom).filter(|&whom| whom != 0)
    }

    /// As in "waits for reader-2 to end". `objects` are told apart by their numbers if there are
    /// several of one kind.
    pub fn in_words(&self, pid: i32, names: &HashMap<i32, String>, others: &[Wait]) -> String {
        let whom = match names.get(&self.whom) {
            _ if self.whom == pid => "itself".to_owned(),
            Some(name) => name.clone(),
            None => format!("process {}", self.whom),
        };
        let of = |other: &&Wait| other.kind() == self.kind() && other.object != self.object;
        let which = match self.object != 0 && others.iter().any(|other| of(&other)) {
            true => format!(" (object {})", self.object),
            false => String::new(),
        };
        let words = match self.condition {
            1 => format!("waits in `get` of a queue{which} until somebody puts a message"),
            2 => format!("waits in `put` of a full queue{which} until somebody gets a message"),
            3 => format!("waits in `join` of a queue{which} until every message is marked done"),
            4 => format!("waits for an event{which} until somebody sets it"),
            5 => {
                format!("waits in `acquire` of a semaphore{which} until somebody releases a permit")
            }
            6 if self.whom == 0 => format!("waits for a lock{which} that is just being passed on"),
            6 if self.whom == pid => format!("waits for a lock{which} that it holds itself"),
            6 => format!("waits for a lock{which} that {whom} holds"),
            7 => format!("waits for {whom}, which is in the middle of a call on the same object"),
            8 => format!("waits for {whom} to end"),
            9 => format!("has nothing left to do and waits for its child {whom} to end"),
            10 => {
                format!("waits in `recv` of a pipe{which} until the other end sends or is closed")
            }
            11 => format!("waits in `send` of a pipe{which} until the other end receives"),
            12 => "waits for a result of its pool".to_owned(),
            13 => "waits for a task of its pool".to_owned(),
            14 => "waits until its pool has room for another task".to_owned(),
            15 => return "pauses".to_owned(),
            16 => format!("waits for a notify of a condition{which}"),
            17 => format!("waits at a barrier{which} for the others"),
            18 => "waits for the first of several".to_owned(),
            _ => "waits".to_owned(),
        };
        match self.limit {
            true => words + ", for a limited time",
            false => words,
        }
    }

    /// What the object is.
    fn kind(&self) -> u8 {
        match self.condition {
            1..=3 => 1,
            10 | 11 => 10,
            other => other,
        }
    }
}

#[cfg(target_os = "linux")]
fn unnamed_file() -> io::Result<File> {
    use nix::sys::memfd::{MFdFlags, memfd_create};
    Ok(memfd_create(c"lesson-waits", MFdFlags::MFD_CLOEXEC)?.into())
}

/// Elsewhere no file can be found by its descriptor.
#[cfg(not(target_os = "linux"))]
fn unnamed_file() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
