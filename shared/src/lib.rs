//! Processes, queues, locks and pools after Python's `multiprocessing`.
#![allow(unsafe_code)]
#![warn(missing_docs)]

mod say;
pub mod trace;
