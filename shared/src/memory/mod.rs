//! What processes share, and how they wait for each other. From the bottom up:

pub(crate) mod debug;
pub(crate) mod clock;
pub(crate) mod current;
pub(crate) mod ending;
pub(crate) mod mapping;
pub(crate) mod numbers;
pub(crate) mod board;
pub(crate) mod event;
pub(crate) mod record;
pub(crate) mod shake;
pub(crate) mod conductor;
pub(crate) mod seam;
pub(crate) mod stat;
pub(crate) mod family;
pub(crate) mod bell;
pub(crate) mod waiters;
pub(crate) mod mutex;
pub(crate) mod monitor;
