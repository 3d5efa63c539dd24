//! Processes, their ends and what they print: what mostly waits, waits beside each other.
#![allow(unsafe_code)]

#[path = "../harness/mod.rs"]
mod harness;
mod printing;
mod process;
mod process_end;
mod seam;
mod shake;
mod waits;

use std::time::Duration;

fn main() {
    let cases = [
        printing::CASES,
        seam::CASES,
        shake::CASES,
        process_end::CASES,
        process::CASES,
        waits::CASES,
    ]
    .concat();
    let programs = [
        printing::PROGRAMS,
        seam::PROGRAMS,
        shake::PROGRAMS,
        process_end::PROGRAMS,
        process::PROGRAMS,
        waits::PROGRAMS,
    ]
    .concat();
    harness::run_within(Duration::from_secs(60), &cases, &programs);
}
