//! Starting processes, and what becomes of them. From the bottom up:

pub(crate) mod threads;
pub(crate) mod signal;
pub(crate) mod look;
pub(crate) mod exit;
pub(crate) mod error;
pub(crate) mod order;
pub(crate) mod sentinel;
pub(crate) mod child;
pub(crate) mod children;
pub(crate) mod start;
