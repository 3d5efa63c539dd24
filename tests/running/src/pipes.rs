//! A process that waits at a pipe, of which the crate knows nothing: who has the other end? As `/proc` shows
//! it, and nothing beyond.

use std::collections::HashMap;
use std::fs;

use crate::proc;

/// What it waits for, and who could help.
pub(crate) struct AtPipe {
    reads: bool,
    /// Everybody who has the other end open.
    others: Vec<i32>,
}

impl AtPipe {
    /// `None`: it does not wait in a read from a pipe or a write to one, or it is not known who has the
    /// other end: somebody besides `all`, perhaps.
    pub fn of(pid: i32, all: &[i32]) -> Option<AtPipe> {
        let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
        let place = read("wchan")?;
        let reads = place.contains("pipe_read");
        if !reads && !place.contains("pipe_write") {
            return None;
        }
        // The number of the call, and then its arguments: the first of these is the descriptor.
        let call = read("syscall")?;
        let descriptor = call.split(' ').nth(1)?.strip_prefix("0x")?;
        let open = proc::open(pid, u32::from_str_radix(descriptor, 16).ok()?)?;
        // A call that takes its descriptors in another order is not understood.
        if !(if reads { open.is_for_reading() } else { open.is_for_writing() })
            || proc::open_here().contains(&open.file)
        {
            return None;
        }
        let has_other_end = |&&pid: &&i32| {
            proc::descriptors(pid).into_iter().filter_map(|number| proc::open(pid, number)).any(
                |other| {
                    other.file == open.file
                        && if reads { other.is_for_writing() } else { other.is_for_reading() }
                },
            )
        };
        let others: Vec<i32> = all.iter().filter(has_other_end).copied().collect();
        (!others.is_empty()).then_some(AtPipe { reads, others })
    }

    /// The process without which it cannot go on.
    pub fn whom(&self) -> Option<i32> {
        match self.others[..] {
            [other] => Some(other),
            _ => None,
        }
    }

    pub fn in_words(&self, pid: i32, names: &HashMap<i32, String>) -> String {
        let name = |other: &i32| match *other == pid {
            true => "itself",
            false => names.get(other).map_or("another process", String::as_str),
        };
        let others: Vec<&str> = self.others.iter().map(name).collect();
        let others = others.join(" and ");
        match self.reads {
            true => format!("waits for bytes from a pipe that only {others} can write to"),
            false => format!("waits for room in a pipe that only {others} can read"),
        }
    }
}
