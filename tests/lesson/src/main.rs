//! `cargo lesson`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::main()
}
