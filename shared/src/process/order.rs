//! The order that a fresh program is started with, to run one function.

use crate::lesson::say;

/// Tells the fresh program what it is for: the descriptor on which to answer, the function by its
/// type and by its name, and the directory for the socket, each on a line. The argument never
/// stands there: other users can read it.
pub(crate) const ORDER: &str = "MULTIPROCESSING_SPAWN";

/// In a program that was started to run a function, but whose `main` has gone on to start a
/// process: that would go on for ever.
pub(crate) fn refuse_without_entry() {
    if let Ok(order) = std::env::var(ORDER) {
        let function = order.split('\n').nth(2).unwrap_or_default();
        give_up(&format!(
            "this program was started to run `{}`, but `main` went past it: write `{}` at the \
             top of `main`",
            short(function),
            entry_line(function)
        ));
    }
}

pub(crate) fn give_up(message: &str) -> ! {
    say::raw_line(format_args!("spawn: {message}"));
    std::process::exit(1)
}

/// Without the name of the program.
fn short(function: &str) -> &str {
    function.split_once("::").map_or(function, |(_, rest)| rest)
}

pub(crate) fn entry_line(function: &str) -> String {
    format!("spawn::entry({});", short(function))
}
