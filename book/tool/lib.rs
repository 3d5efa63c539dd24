//! What `cargo book` is made of: the preprocessor, which shows golden files with their causes,
//! programs with their twins, and what the tutorials claim with what is true; and the link checker.

pub mod appendix;
mod asked;
pub mod chapter;
pub mod links;
mod margin;
mod plan;
pub mod references;
pub mod run;
mod tasks;
mod terms;
pub mod tutorials;
pub mod twin;
