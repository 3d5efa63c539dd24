//! The run is recorded: `LESSON_RECORD` in the environment names a file to which each process of the
//! program appends what it tells, one line a time:
//!
//! ```text
//! PID BIRTH-PLACE hello NAME     the first line of a process
//! PID BIRTH-PLACE ...            what it is about to do, did, and waits for: see `event.rs`
//! ```
//!
//! A line is appended after the operation that it tells of. So the lines of one process are in the
//! order of its operations, those of several only nearly. What belongs together is known by its number:
//! the put and the get of a message, the turns of a lock, the setting of an event and who it woke. Only
//! the numbers of a [`Value`](crate::Value)'s changes, which no lock counts, are as near as the lines.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::memory::event::Event;
use crate::memory::{current, ending};

/// Opened before the first fork, and inherited.
static FILE: OnceLock<Option<File>> = OnceLock::new();
/// With what the lines of this process begin.
static WHO: Mutex<String> = Mutex::new(String::new());
/// Nothing more is written by this process and those that it will start.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Whether this process, which has just begun, is to be recorded.
pub(crate) fn begin() -> bool {
    let open = || {
        let path = std::env::var_os("LESSON_RECORD")?;
        OpenOptions::new().append(true).create(true).open(path).map_err(refused).ok()
    };
    if FILE.get_or_init(open).is_none() {
        return false;
    }
    let who = format!("{} {}", current::pid(), current::birth_place());
    *WHO.lock().unwrap_or_else(PoisonError::into_inner) = who;
    append(format_args!("hello {}", current::current().name()));
    !FAILED.load(Relaxed)
}

/// What passes the seam.
pub(crate) fn hear(event: &Event<'_>) {
    append(format_args!("{event}"));
}

fn append(what: fmt::Arguments<'_>) {
    let who = WHO.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Some(mut file)) = FILE.get().map(Option::as_ref)
        && !FAILED.load(Relaxed)
        && let Err(error) = file.write_all(format!("{who} {what}\n").as_bytes())
    {
        refused(error);
    }
}

/// A run that is not recorded is a run all the same.
fn refused(error: io::Error) {
    FAILED.store(true, Relaxed);
    ending::complain(&format!(
        "the run is not recorded, for LESSON_RECORD cannot be written: {error}"
    ));
}
