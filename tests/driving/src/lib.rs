//! Decides the schedule of a run.
//!
//! A program whose environment names a [`Conductor`] stands still before each of its operations, in
//! each of its processes, and one of them goes on at a time: so a run is a sequence of choices. A seed
//! makes them, or a code that names them, and the same choices give the same run.
//!
//! What the processes say and hear, `shared/src/memory/conductor.rs` describes. Who can go on is exact:
//! a process that waits is asked whether what it waits for is there. If nobody can go on and a wait has a
//! time limit, the clock of the run moves to the first one; if none has, the run stands still for ever,
//! and that is known at once.
#![warn(missing_docs, missing_debug_implementations)]

mod cause;
mod conductor;
mod event;
mod execution;
mod explore;
mod link;
mod op;
mod perfetto;
mod place;
mod record;
mod replay;
mod schedule;
mod shared;
mod source;
mod stage;
mod steered;
mod words;

pub use cause::{Cause, Causes, Why};
pub use conductor::{Conductor, Driven, End, drive_once};
pub use event::Event;
pub use explore::{Bounds, Explored, Trace, TraceEnd, explore, follow, run_once};
pub use op::{Did, Kind, Op};
pub use place::Place;
pub use record::{Entry, Header, Line, Order, Record, VERSION};
pub use schedule::Schedule;
pub use shared::{Shared, Thing};
pub use steered::{Can, MakeCommand, Standing, Steered, Went};
pub use words::{Words, signal_name};
