//! Messages that any number of processes put and get. From the bottom up:

pub(crate) mod beside;
pub(crate) mod message;
pub(crate) mod arena;
#[expect(clippy::module_inception, reason = "the room is named after its main thing")]
pub(crate) mod queue;
pub(crate) mod joinable;
