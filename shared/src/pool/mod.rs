//! Workers that share a stream of tasks. From the bottom up:

pub(crate) mod parcel;
#[expect(clippy::module_inception, reason = "the room is named after its main thing")]
pub(crate) mod pool;
pub(crate) mod results;
