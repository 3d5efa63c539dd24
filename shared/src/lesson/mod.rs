//! What a learner sees of a run, and whatever disturbs it. From the bottom up:

pub(crate) mod shake;
pub(crate) mod output;
pub(crate) mod say;
pub(crate) mod pause;
