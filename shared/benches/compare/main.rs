//! This crate beside CPython's `multiprocessing`, ipc-channel and a bare pipe, on this machine.
//!
//! ```text
//! cargo bench -p multiprocessing
//! cargo bench -p multiprocessing -- --rounds 9 lock queue     # rows whose name contains a word
//! cargo bench -p multiprocessing -- --quick                   # a tenth of the work
//! ```
//! All take turns, round by round, each measurement in a fresh process, so that a slow minute of
//! the machine slows all of them. `BENCHMARKS.md` says what the rows measure.
#![allow(unsafe_code)]

mod others;
mod ours;
mod run;

use std::process::{Command, ExitCode};

use anyhow::Context;

const WHO: [&str; 4] = ["ours", "CPython", "ipc-channel", "raw"];

struct Row {
    name: &'static str,
    /// What to run, and with which size: see `ours::run`.
    what: (&'static str, usize),
    /// How often each of `WHO` does it in one measurement; 0 where it makes no sense.
    times: [usize; WHO.len()],
    /// The least that CPython's median divided by ours may be, or 0.
    floor: f64,
}

/// A start may take 1.25 times as long as a bare fork and waitpid.
const FORK_FLOOR: f64 = 0.8;

const fn row(
    name: &'static str,
    what: (&'static str, usize),
    times: [usize; WHO.len()],
    floor: f64,
) -> Row {
    Row { name, what, times, floor }
}

#[rustfmt::skip] // a table
const ROWS: &[Row] = &[
    row("start + join",               ("start", 0),           [1000, 200, 0, 1000],               6.0),
    row("queue, 16 B",                ("stream", 16),         [1_000_000, 50_000, 100_000, 300_000], 8.0),
    row("queue, 64 KiB",              ("stream", 65_536),     [20_000, 5_000, 10_000, 10_000],    2.0),
    row("queue, 1 MiB",               ("stream", 1 << 20),    [1_000, 300, 300, 500],             4.0),
    row("queue, 16 B, 2 to 2",        ("two_to_two", 16),     [500_000, 30_000, 0, 300_000],      8.0),
    row("ping-pong, 16 B",            ("ping_pong", 16),      [20_000, 10_000, 20_000, 20_000],   8.0),
    row("ask, with a reply channel",  ("reply", 0),           [10_000, 1_000, 0, 0],              8.0),
    row("lock + unlock",              ("lock", 1),            [5_000_000, 1_000_000, 0, 0],       2.0),
    row("lock + unlock, 2 processes", ("lock", 2),            [2_000_000, 500_000, 0, 0],         2.0),
    row("barrier, 2 processes",       ("barrier", 2),         [100_000, 3_000, 0, 0],             2.0),
    row("condition, there and back",  ("condition", 0),       [50_000, 3_000, 0, 0],              0.0),
    row("Pool::map, chunk 1",         ("pool_map", 1),        [100_000, 100_000, 0, 0],           20.0),
    row("Pool::map, default chunk",   ("pool_map", 0),        [100_000, 100_000, 0, 0],           0.0),
    row("Pool::imap_unordered",       ("imap_unordered", 0),  [100_000, 20_000, 0, 0],            0.0),
    row("Array::fetch_add",           ("array_add", 1_000),   [5_000_000, 200_000, 0, 0],         0.0),
    row("sum of an Array of 1,000",   ("array_sum", 1_000),   [20_000, 2_000, 0, 0],              0.0),
    row("start + join beside 1",      ("start", 1),           [300, 100, 0, 300],                 0.0),
    row("start + join beside 10",     ("start", 10),          [300, 100, 0, 300],                 0.0),
    row("start + join beside 100",    ("start", 100),         [300, 100, 0, 300],                 0.0),
    row("start + join beside 1,000",  ("start", 1000),        [300, 100, 0, 300],                 0.0),
    row("the first to die of 2",      ("first", 1),           [300, 300, 0, 0],                   0.0),
    row("the first to die of 100",    ("first", 99),          [300, 300, 0, 0],                   0.0),
    row("put + get behind 10^3",      ("deep", 1_000),        [200_000, 20_000, 0, 0],            0.0),
    row("put + get behind 10^4",      ("deep", 10_000),       [200_000, 20_000, 0, 0],            0.0),
    row("put + get behind 10^5",      ("deep", 100_000),      [200_000, 20_000, 0, 0],            0.0),
    row("put + get behind 10^6",      ("deep", 1_000_000),    [200_000, 20_000, 0, 0],            0.0),
    row("memory of 10^6 waiting",     ("memory", 1_000_000),  [1, 1, 0, 0],                       0.0),
    row("memory after the drain",     ("drained", 1_000_000), [1, 1, 0, 0],                       0.0),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--run", who, what, size, n] => measure_here(who, what, size, n),
        args if args.contains(&"--bench") => compare(args),
        _ => Err(anyhow::anyhow!("use `cargo bench -p multiprocessing`")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure_here(who: &str, what: &str, size: &str, n: &str) -> anyhow::Result<()> {
    let side = match who {
        "ours" => ours::run,
        "ipc-channel" => others::ipc_channel,
        _ => others::raw,
    };
    println!("{}", side(what, size.parse()?, n.parse()?)?);
    Ok(())
}

fn compare(args: &[&str]) -> anyhow::Result<()> {
    let (mut rounds, mut share, mut words) = (5, 1, Vec::new());
    let mut args = args.iter();
    while let Some(&arg) = args.next() {
        match arg {
            "--bench" => {} // from cargo
            "--quick" => share = 10,
            "--rounds" => {
                let number = args.next().and_then(|number| number.parse().ok());
                rounds = number.filter(|n| *n > 0).context("--rounds: give a number above 0")?;
            }
            _ if arg.starts_with('-') => anyhow::bail!("`{arg}`: use --rounds N or --quick"),
            word => words.push(word),
        }
    }
    let python = Command::new("python3").arg("--version").output();
    if let Err(error) = &python {
        println!("CPython is left out: python3: {error}");
    }
    // Ctrl-C reaches only this process, not the group that it measures.
    running::leave_nothing_at_ctrl_c()?;
    println!("{rounds} rounds. `/ ours`: the median, divided by the median of ours.\n");
    println!("{:41}   median       min       max  / ours", "");
    let wanted = |row: &&Row| words.is_empty() || words.iter().any(|word| row.name.contains(word));
    let mut failed = 0;
    for row in ROWS.iter().filter(wanted) {
        let mut seen = [const { Vec::new() }; WHO.len()];
        for (i, &who) in (0..rounds).flat_map(|_| WHO.iter().enumerate()) {
            if row.times[i] == 0 || (who == "CPython" && python.is_err()) {
                continue;
            }
            match run::measure(command(who, row.what, row.times[i].div_ceil(share))) {
                Ok(value) => seen[i].push(value),
                Err(error) => {
                    eprintln!("{error:#}");
                    failed += 1;
                }
            }
        }
        show(row, &mut seen);
    }
    anyhow::ensure!(failed == 0, "{failed} measurements failed");
    Ok(())
}

/// The measurement that prints its number: this program, or the Python script.
fn command(who: &str, (what, size): (&str, usize), times: usize) -> Command {
    let mut command = Command::new("python3");
    if who == "CPython" {
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/cpython.py"));
    } else {
        command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--run", who]);
    }
    command.args([what, &size.to_string(), &times.to_string()]);
    command
}

fn show(row: &Row, seen: &mut [Vec<f64>; WHO.len()]) {
    let in_bytes = matches!(row.what.0, "memory" | "drained");
    let unit = if in_bytes { bytes } else { time };
    let mut median_of_ours = f64::NAN;
    let mut name = row.name;
    for (who, values) in WHO.iter().zip(seen) {
        values.sort_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
            println!("{name:28}{who:12}{:>9}{:>10}{:>10}{:>8}", "-", "-", "-", "-");
            name = "";
            continue;
        };
        let median = values[values.len() / 2];
        if *who == "ours" {
            median_of_ours = median;
        }
        let ratio = median / median_of_ours;
        let floor = match *who {
            "CPython" => row.floor,
            "raw" if row.name == "start + join" => FORK_FLOOR,
            _ => 0.0,
        };
        print!("{name:28}{who:12}{:>9}{:>10}{:>10}", unit(median), unit(min), unit(max));
        print!("{ratio:>8.2}");
        match floor {
            0.0 => println!(),
            _ if ratio >= floor => println!("  (at least {floor}: held)"),
            _ => println!("  (at least {floor}: MISSED)"),
        }
        name = "";
    }
}

fn time(ns: f64) -> String {
    match ns {
        ..1e3 => format!("{ns:.1} ns"),
        ..1e6 => format!("{:.2} µs", ns / 1e3),
        _ => format!("{:.2} ms", ns / 1e6),
    }
}

fn bytes(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / f64::from(1 << 20))
}
