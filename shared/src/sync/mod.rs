//! Waiting for each other without messages.

pub(crate) mod array;
pub(crate) mod value;
pub(crate) mod event;
pub(crate) mod lock;
pub(crate) mod semaphore;
pub(crate) mod condition;
pub(crate) mod barrier;
