//! x

mod cause;
mod lane;
mod matcher;
mod model;
mod parse;
mod processes;
mod report;
mod run;
mod symmetry;
mod text;
mod transcript;
mod verdict;

pub use cause::{Cause, Verb};
pub use lane::Lane;
pub use model::Golden;
pub use parse::{Language, Malformed, Stream};
pub use processes::Process;
pub use run::{Ran, kill_all, run};
pub use transcript::{End, Run, Said};
pub use verdict::{Report, Verdict};
