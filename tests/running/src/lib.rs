//! Running a program under a time limit, watching it, and leaving nothing of it behind.
//!
//! [`run()`] gives the program a process group of its own. [`watch`] also gives it a warden, a process
//! that runs nothing else: then every descendant of the program is found, whatever group or session it
//! has moved to. [`show`] leaves the program the terminal.
//!
//! The files, from the bottom up: `proc` (what the system shows of a process), `processes` (those of a
//! run, and how they are killed), `leftovers` (files and shared memory), `waits`, `pipes`, `stand` and `watcher`
//! (what each process waits for, and whether any gets further), `going` and `orders` (a run, its end from
//! outside, its time limit), then `run` and `warden`.

#![warn(missing_docs)]

mod begun;
mod ended;
mod foreground;
mod going;
mod leftovers;
mod orders;
mod pipes;
mod printed;
mod proc;
mod processes;
mod run;
mod shake;
mod stand;
mod waits;
mod warden;
mod watcher;

pub use begun::Begun;
pub use ended::Ended;
pub use going::leave_nothing_at_ctrl_c;
pub use orders::Orders;
pub use printed::MOST;
pub use proc::Stat;
pub use processes::Process;
pub use run::{run, show};
pub use stand::Stand;
pub use waits::Wait;
pub use warden::{WARDEN, is_stopped, serve, stop_all, watch, watch_and_tell};
