//! Processes, queues, locks and pools after Python's `multiprocessing`.
#![allow(unsafe_code)]
#![warn(missing_docs)]

mod arena;
mod event;
mod identity;
mod joinable;
mod lock;
mod memory;
mod message;
mod monitor;
mod mutex;
mod queue;
mod say;
mod semaphore;
mod time;
pub mod trace;
mod value;
mod waiters;

pub use event::Event;
pub use joinable::{JoinableQueue, TooManyDone};
pub use lock::{Lock, LockError, LockGuard};
pub use message::{Bytes, CodecError, Message};
pub use queue::{GetError, PutError, Queue};
pub use semaphore::{NothingTaken, Semaphore};
pub use value::{Number, Value};
