//! Running a program under a time limit, watching it, and leaving nothing of it behind.
//!
//! [`run()`] is for one that has a process group of its own. [`watch`] gives it a process of its own
//! besides, a warden, so that whoever descends from it is found wherever it has gone. [`show`] leaves it
//! the terminal.

#![warn(missing_docs)]

mod ended;
mod foreground;
mod going;
mod leftovers;
mod orders;
mod printed;
mod proc;
mod processes;
mod run;
mod shake;
mod stand;
mod waits;
mod warden;

pub use ended::Ended;
pub use going::leave_nothing_at_ctrl_c;
pub use orders::Orders;
pub use printed::MOST;
pub use proc::Stat;
pub use processes::Process;
pub use run::{run, show};
pub use stand::Stand;
pub use warden::{WARDEN, is_stopped, serve, stop_all, watch, watch_and_tell};
