//! What a learner sees of a run, and who disturbs or drives it. From the bottom up:

pub(crate) mod output;
pub(crate) mod say;
pub(crate) mod pause;
