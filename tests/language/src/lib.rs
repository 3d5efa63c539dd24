//! Golden files that say what is guaranteed.
//!
//! The output of several processes is only partly ordered. A golden file shows one real run and
//! names, at the right margin, the cause of each order that is guaranteed; everything else is
//! free. [`Golden::parse`] reads one, [`Golden::check`] judges a run, and the [`Report`] says what
//! is wrong and why.
//!
//! ```
//! use golden::{Golden, Language, Run, Verdict};
//!
//! let golden = Golden::parse(
//!     "queue.txt",
//!     "# Two readers share one queue: each item reaches exactly one of them.
//! main       | one writer, two readers
//! writer     | puts 0                               <- started by main
//! writer     | puts 1
//! main       | the writer has ended, 2 items wait   <- joined writer
//! reader-*   | got 0                                <- started by main
//! reader-*   | got 1
//! main       | everything was read                  <- joined reader-*
//! ",
//!     Language::Rust,
//! )?;
//! let run = "main       | one writer, two readers
//! writer     | puts 0
//! main       | the writer has ended, 2 items wait
//! writer     | puts 1
//! reader-2   | got 1
//! reader-1   | got 0
//! main       | everything was read
//! ";
//! let report = golden.check(&Run::printed(run, ""));
//! assert_eq!(report.verdict(), Verdict::NotLegal);
//! let message = report.to_string();
//! assert!(message.contains("came too early: it must come after golden line 4"));
//! assert!(message.contains("join returns only when writer has ended"));
//! # Ok::<(), Box<golden::Malformed>>(())
//! ```
//!
//! # A file
//!
//! ```text
//! file    = { "#" comment | blank | setting | line }
//! line    = lane ( "|" | "!" ) " " text [ "  <- " note { ", " note } ]
//! lane    = [ name ] | name with one "*" | name with one "[" word "]"
//! setting = ( "exit " ( INT | "by the time limit" [ "  <- perhaps" ] ) | "limit " NUMBER " s"
//!           | "outlives main: " name | "orders " INT ) [ "  <- " only ]
//! note    = cause | "takes " seats | "holds " seats | "next from " word
//!         | "perhaps" | "once or more" | "any number of times"
//!         | "any order" | only
//! only    = "rust only" | "python only"
//! seats   = [ "one of " INT " " ] word
//! cause   = verb " " lane [ " " '"' text '"' ]
//! hole    = "[pid" [":" word] "]" | "[text]" | "[time]"
//!         | "[n" [":" word] [ " " INT ".." INT | " " INT "," INT ",.." ] "]"
//!         | "[one of " alternative { " / " alternative } "]"
//! code    = "[u+" HEX "]"
//! ```
//!
//! - `name ! text` is a line on standard error: the text is the whole raw line, and the name says
//!   whose it is.
//! - `[` opens a hole only before a lower-case letter; `[[` is a literal `[`. Holes of one name
//!   hold one value; pids of two names differ; `[n 0,1,..]` counts up at each repetition.
//! - A code is the character of that number, in a text or a name, where it could not be seen or would
//!   mean something else: `[u+1b]` is an escape, `[u+3c]` a `<` that opens no margin, `[u+2a]` a star.
//!   A line without a lane's name is one that names no process.
//!
//!   ```
//!   # use golden::is_legal;
//!   assert!(is_legal("main | [u+1b][[1mbold a [u+3c]- b\n", "main | \x1b[1mbold a <- b\n"));
//!   assert!(is_legal("a[u+2a] | runs\n | says hello\n", "a* | runs\nsays hello\n"));
//!   assert!(!is_legal("a[u+2a] | runs\n", "ab | runs\n"));
//!   ```
//! - Without settings the exit status is 0, nothing is on stderr, nothing outlives main, and the
//!   time limit is 30 s. How many `orders` the lines have is a remark: a run is not held to it. Where a run has to end `by the time limit`, or `perhaps` does, the limit counts only while none
//!   of its processes runs, up to ten times as long. Trailing blanks are not text.
//! - Of a run, the first [`MOST`] bytes of each stream are judged; one that prints more is not legal.
//!
//! # What it means
//!
//! 1. The other language's lines and settings are dropped first. What remains must itself be a
//!    legal run. Causes point only up, so there are no cycles.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "main | code 101  <- rust only\nmain | code 1  <- python only\n";
//!    assert!(is_legal(golden, "main | code 101\n"));
//!    assert!(!is_legal(golden, "main | code 1\n"));
//!    ```
//! 2. A run is legal if its lines pair off with the file's lines, with every text, hole and rule
//!    kept. Lines of one process keep the file's order, whichever lane they matched.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "a | 1\na | 2\nb | 3\n";
//!    assert!(is_legal(golden, "b | 3\na | 1\na | 2\n"));
//!    assert!(!is_legal(golden, "a | 2\na | 1\nb | 3\n"));
//!    ```
//! 3. A cause orders its line after the latest line above whose lane fits (or the latest with the
//!    quoted text). `joined`, `saw the end of`, `all done by` and `met` mean all such lines above.
//!    `worker-*` also covers `worker-[a]` and `worker-1`.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "w-1 | x\nw-1 | y\nw-2 | z\nmain | got y  <- received from w-1\nmain | end  <- joined w-*\n";
//!    assert!(is_legal(golden, "w-1 | x\nw-1 | y\nmain | got y\nw-2 | z\nmain | end\n"));
//!    assert!(!is_legal(golden, "w-1 | x\nmain | got y\nw-1 | y\nw-2 | z\nmain | end\n"));
//!    assert!(!is_legal(golden, "w-1 | x\nw-1 | y\nmain | got y\nmain | end\nw-2 | z\n"));
//!    ```
//!
//!    Neighbours that `met` the same pass a barrier together: of their own lines, only those above the
//!    first of them are meant. A process that comes again is in the next round.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "r-1 | 1\nr-2 | 1\nr-1 | 2  <- met r-*\nr-2 | 2  <- met r-*\nr-1 | 3  <- met r-*\nr-2 | 3  <- met r-*\n";
//!    assert!(is_legal(golden, "r-2 | 1\nr-1 | 1\nr-2 | 2\nr-1 | 2\nr-2 | 3\nr-1 | 3\n"));
//!    assert!(!is_legal(golden, "r-1 | 1\nr-1 | 2\nr-2 | 1\nr-2 | 2\nr-1 | 3\nr-2 | 3\n"));
//!    assert!(!is_legal(golden, "r-1 | 1\nr-2 | 1\nr-1 | 2\nr-1 | 3\nr-2 | 2\nr-2 | 3\n"));
//!    let golden = "r-* | comes\nr-* | comes\nr-* | goes on  <- met r-*\nr-* | goes on  <- met r-*\n";
//!    assert!(is_legal(golden, "r-1 | comes\nr-2 | comes\nr-2 | goes on\nr-1 | goes on\n"));
//!    assert!(!is_legal(golden, "r-1 | comes\nr-1 | goes on\nr-2 | comes\nr-2 | goes on\n"));
//!    ```
//! 4. `started by` holds for every line below whose lane it covers, until the next `started by`
//!    for that lane: it is written once a pattern.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "main | go\nr-* | got 0  <- started by main\nr-* | got 1\n";
//!    assert!(is_legal(golden, "main | go\nr-2 | got 1\nr-1 | got 0\n"));
//!    assert!(!is_legal(golden, "r-2 | got 1\nmain | go\nr-1 | got 0\n"));
//!    ```
//! 5. `[a]` in a lane is one process. Letters whose spans (first to last line) overlap are
//!    different processes; others may coincide, but one process ends what it does under one letter
//!    before it begins under the next.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "w-[a] | begins 0\nw-[b] | begins 1\nw-[a] | ends 0\nw-[b] | ends 1\n";
//!    assert!(is_legal(golden, "w-2 | begins 0\nw-1 | begins 1\nw-1 | ends 1\nw-2 | ends 0\n"));
//!    assert!(!is_legal(golden, "w-1 | begins 0\nw-1 | begins 1\nw-1 | ends 0\nw-1 | ends 1\n"));
//!    ```
//! 6. Neighbouring `any order` lines of a lane may permute, but items received from one process
//!    keep that process's order.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "w-* | 0\nw-* | 1\n\
//!        main | got 0  <- received from w-* \"0\", any order\n\
//!        main | got 1  <- received from w-* \"1\", any order\n";
//!    assert!(is_legal(golden, "w-1 | 0\nw-2 | 1\nmain | got 1\nmain | got 0\n"));
//!    assert!(!is_legal(golden, "w-1 | 0\nw-1 | 1\nmain | got 1\nmain | got 0\n"));
//!    ```
//! 7. `takes L` and the same lane's following `holds L` lines are one turn. Turns of one lock
//!    never overlap; other processes' other lines may fall between.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "a | in  <- takes lock\na | out  <- holds lock\nb | in  <- takes lock\nb | out  <- holds lock\n";
//!    assert!(is_legal(golden, "b | in\nb | out\na | in\na | out\n"));
//!    assert!(!is_legal(golden, "a | in\nb | in\na | out\nb | out\n"));
//!    ```
//!
//!    Of `one of 2 L` at most 2 turns go on at once: between the first line of a turn and its last no more
//!    than one other is begun and not ended.
//!
//!    ```
//!    # use golden::is_legal;
//!    let turn = |who| format!("{who} | in  <- takes one of 2 seats\n{who} | out  <- holds one of 2 seats\n");
//!    let golden = ["a", "b", "c"].map(turn).concat();
//!    assert!(is_legal(&golden, "a | in\nb | in\na | out\nc | in\nb | out\nc | out\n"));
//!    assert!(!is_legal(&golden, "a | in\nb | in\nc | in\na | out\nb | out\nc | out\n"));
//!    ```
//! 8. `perhaps` and `any number of times` lines may be missing. In a named or lettered lane none
//!    follows a missing `perhaps` neighbour. Once a line ordered after it has appeared, an optional
//!    or repeated line is over.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "w | begins  <- perhaps\nw | tick [n 0,1,..]  <- any number of times\nmain | end  <- joined w\n";
//!    assert!(is_legal(golden, "main | end\n"));
//!    assert!(is_legal(golden, "w | begins\nw | tick 0\nw | tick 1\nmain | end\n"));
//!    assert!(!is_legal(golden, "w | tick 0\nmain | end\n"));
//!    assert!(!is_legal(golden, "w | begins\nmain | end\nw | tick 0\n"));
//!    ```
//! 9. Order is closed transitively over both streams, then checked within each: two pipes, so
//!    nothing orders standard output against standard error. For the same reason turns, and items
//!    in any order, are compared within one stream.
//!
//!    ```
//!    # use golden::is_legal;
//!    # use golden::{Golden, Language, Run};
//!    let golden = "a | says\na ! complains\nmain | end  <- joined a\n";
//!    let golden = Golden::parse("two.txt", golden, Language::Rust)?;
//!    assert!(golden.check(&Run::printed("a | says\nmain | end\n", "complains\n")).is_legal());
//!    # Ok::<(), Box<golden::Malformed>>(())
//!    ```
//! 10. `by the clock after P` orders nothing; a deviation is reported as unusual.
//!
//!    ```
//!    # use golden::is_legal;
//!    let golden = "w | tick\nmain | stops it  <- by the clock after w\n";
//!    assert!(is_legal(golden, "main | stops it\nw | tick\n"));
//!    ```
//!
//! 11. `next from Q` lines say what was taken from one queue, which is first in, first out: in the
//!     file's order, but lines that say the same, and `any order` lines, may leave it in another. A run
//!     is legal only if takes and puts can be found for it that keep that order, and between which a
//!     process does one thing after the other: it takes what such a line says after the line that it
//!     said before, and puts what `any order` lines received from it before its next line, and before
//!     what it takes next. In Python a thread puts it, perhaps later.
//!
//!     ```
//!     # use golden::is_legal;
//!     let golden = "r-* | got 0  <- next from q\nr-* | got 1  <- next from q\nr-* | got 2  <- next from q\n";
//!     assert!(is_legal(golden, "r-2 | got 1\nr-2 | got 2\nr-1 | got 0\n"));
//!     // When it said its 0, the 2 had been taken, and before that the 1.
//!     assert!(!is_legal(golden, "r-2 | got 2\nr-1 | got 0\nr-1 | got 1\n"));
//!     let golden = "a | puts 0\na | goes on\nb | puts 1\n\
//!        main | got 0  <- received from a \"puts 0\", any order, next from q\n\
//!        main | got 1  <- received from b \"puts 1\", any order, next from q\n";
//!     assert!(is_legal(golden, "a | puts 0\nb | puts 1\na | goes on\nmain | got 1\nmain | got 0\n"));
//!     assert!(!is_legal(golden, "a | puts 0\na | goes on\nb | puts 1\nmain | got 1\nmain | got 0\n"));
//!     ```
//!
//! [`Verb`] lists the causes with their sentences. A file is refused, with line, column and
//! reason, if a cause has no source above; if a line of P stands below `joined P` or
//! `saw the end of P` without a new start; if one name is started twice without an end between;
//! if `holds` is without `takes`, or in a `*` lane; if a line of one of several turns varies; if `next from` stands on standard error, at some
//! neighbours in any order only, or at those that vary or are in a `*` lane; and if it fails its own
//! rules.
//! [`Golden::warnings`] says where two lines cannot be told apart.
//!
//! # From a file to a report
//!
//! Each step makes one value from the one before, and nothing changes it afterwards.
//!
//! | Value    | What it knows                                                                    |
//! |----------|----------------------------------------------------------------------------------|
//! | `Parsed` | The lines and settings of one language, as they are written.                     |
//! | `Order`  | Which line comes after which, and why; letters, turns, groups, names.            |
//! | `Index`  | What must have come before a line and what is over then; lines by what they say. |
//! | `Walk`   | The golden line of each line of a run, and what is wrong with the others.        |
//! | `Report` | What is wrong, and how to say it.                                                |
//!
//! A [`Golden`] is the first three of them, a [`Report`] tells of the others. A run walks through
//! the [`State`]s of a [`Matcher`]: a state and a line give the next states. With the matcher alone,
//! all orders of a file can be found.
//!
//! ```
//! use std::collections::HashSet;
//! # use golden::{Golden, Language};
//!
//! let golden = Golden::parse("two.txt", "a | 1\na | 2\nb | 3\n", Language::Rust)?;
//! let mut matcher = golden.matcher();
//! let lines = [("a", "1"), ("a", "2"), ("b", "3")]
//!     .map(|(process, text)| matcher.hear(Some(process), text));
//! let mut reached = HashSet::from([matcher.start()]);
//! let mut todo = vec![matcher.start()];
//! while let Some(state) = todo.pop() {
//!     for next in lines.iter().flat_map(|line| matcher.step(&state, line)) {
//!         if reached.insert(next.clone()) {
//!             todo.push(next);
//!         }
//!     }
//! }
//! // Of a, none, one or both lines have come, and of b none or one.
//! assert_eq!(reached.len(), 6);
//! assert_eq!(reached.iter().filter(|state| matcher.is_final(state)).count(), 1);
//! # Ok::<(), Box<golden::Malformed>>(())
//! ```

#![warn(missing_docs)]

mod another;
mod as_written;
mod before;
mod cause;
mod checkout;
mod claim;
mod draft;
mod explain;
mod find;
mod golden;
mod index;
mod judge;
mod lane;
mod layout;
mod matcher;
mod order;
mod parse;
mod problem;
mod random;
mod report;
mod retell;
mod row;
mod split;
mod text;
mod transcript;
mod walk;
mod written;

/// For the examples above.
#[doc(hidden)]
pub fn is_legal(golden: &str, run: &str) -> bool {
    let golden = Golden::parse("example.txt", golden, Language::Rust).expect("a right file");
    golden.check(&Run::printed(run, "")).is_legal()
}

pub use before::Link;
pub use cause::{Cause, Verb};
pub use checkout::checkout;
pub use claim::Claim;
pub use draft::draft;
pub use golden::Golden;
pub use lane::Lane;
pub use matcher::{Heard, Matcher, State};
pub use parse::{Language, Malformed, nearest, with_orders};
pub use report::{Endless, JudgedLine, Report, Verdict, count};
pub use row::{Row, Tone};
pub use split::Split;
pub use transcript::{End, MOST, Run, Said};
pub use written::{Noted, Written};
