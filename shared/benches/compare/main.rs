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

const WHO: [&str; 4] = ["ours", "CPython", "ipc-channel", "raw"];

struct Row {
    name: &'static str,
    /// What to run, and with which size: see `ours::run`.
    what: &'static str,
    size: usize,
    /// How often each of `WHO` does it in one measurement; 0 where it makes no sense.
    times: [usize; 4],
    /// The least ratio to ours that CPython and raw must have, or 0.
    floor: [f64; 4],
}

const fn row(
    name: &'static str,
    (what, size): (&'static str, usize),
    times: [usize; 4],
    cpython: f64,
) -> Row {
    let floor = [0.0, cpython, 0.0, 0.0];
    Row {
        name,
        what,
        size,
        times,
        floor,
    }
}

const ROWS: &[Row] = &[
    Row {
        // At most 1.25 times a bare fork and waitpid.
        floor: [0.0, 6.0, 0.0, 0.8],
        ..row("start + join", ("start", 0), [1000, 200, 0, 1000], 6.0)
    },
    row(
        "queue, 16 B",
        ("stream", 16),
        [1_000_000, 50_000, 100_000, 300_000],
        8.0,
    ),
    row(
        "queue, 64 KiB",
        ("stream", 65_536),
        [20_000, 5_000, 10_000, 10_000],
        2.0,
    ),
    row(
        "queue, 1 MiB",
        ("stream", 1 << 20),
        [1_000, 300, 300, 500],
        4.0,
    ),
    row(
        "queue, 16 B, 2 to 2",
        ("two_to_two", 16),
        [500_000, 30_000, 0, 300_000],
        8.0,
    ),
    row(
        "ping-pong, 16 B",
        ("ping_pong", 16),
        [20_000, 10_000, 20_000, 20_000],
        8.0,
    ),
    row(
        "lock + unlock",
        ("lock", 1),
        [5_000_000, 1_000_000, 0, 0],
        2.0,
    ),
    row(
        "lock + unlock, 2 processes",
        ("lock", 2),
        [2_000_000, 500_000, 0, 0],
        2.0,
    ),
    row(
        "Pool::map, chunk 1",
        ("pool_map", 1),
        [100_000, 100_000, 0, 0],
        20.0,
    ),
    row(
        "Pool::map, default chunk",
        ("pool_map", 0),
        [100_000, 100_000, 0, 0],
        0.0,
    ),
    row(
        "start + join beside 1",
        ("start", 1),
        [300, 100, 0, 300],
        0.0,
    ),
    row(
        "start + join beside 10",
        ("start", 10),
        [300, 100, 0, 300],
        0.0,
    ),
    row(
        "start + join beside 100",
        ("start", 100),
        [300, 100, 0, 300],
        0.0,
    ),
    row(
        "start + join beside 1,000",
        ("start", 1000),
        [300, 100, 0, 300],
        0.0,
    ),
    row(
        "put + get behind 10^3",
        ("deep", 1_000),
        [200_000, 20_000, 0, 0],
        0.0,
    ),
    row(
        "put + get behind 10^4",
        ("deep", 10_000),
        [200_000, 20_000, 0, 0],
        0.0,
    ),
    row(
        "put + get behind 10^5",
        ("deep", 100_000),
        [200_000, 20_000, 0, 0],
        0.0,
    ),
    row(
        "put + get behind 10^6",
        ("deep", 1_000_000),
        [200_000, 20_000, 0, 0],
        0.0,
    ),
    row(
        "memory of 10^6 waiting",
        ("memory", 1_000_000),
        [1, 1, 0, 0],
        0.0,
    ),
    row(
        "memory after the drain",
        ("drained", 1_000_000),
        [1, 1, 0, 0],
        0.0,
    ),
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
            "--rounds" => rounds = args.next().unwrap_or(&"").parse()?,
            _ if arg.starts_with('-') => anyhow::bail!("`{arg}`: use --rounds N or --quick"),
            word => words.push(word),
        }
    }
    let python = Command::new("python3").arg("--version").output();
    if let Err(error) = &python {
        println!("CPython is left out: python3: {error}");
    }
    run::kill_measurement_when_interrupted();
    println!("{rounds} rounds. `/ ours`: the median, divided by the median of ours.\n");
    println!(
        "{:<27}{:<13}{:>9}{:>9}{:>9}{:>8}  floor",
        "", "", "median", "min", "max", "/ ours"
    );
    for row in ROWS
        .iter()
        .filter(|row| words.is_empty() || words.iter().any(|w| row.name.contains(w)))
    {
        let mut seen = [const { Vec::new() }; WHO.len()];
        for _ in 0..rounds {
            for (i, who) in WHO.iter().enumerate() {
                if row.times[i] > 0 && (*who != "CPython" || python.is_ok()) {
                    seen[i].push(run::measure(command(
                        who,
                        row,
                        (row.times[i] / share).max(1),
                    ))?);
                }
            }
        }
        show(row, &mut seen);
    }
    Ok(())
}

/// The measurement that prints its number: this program, or the Python script.
fn command(who: &str, row: &Row, times: usize) -> Command {
    let mut command = Command::new("python3");
    if who == "CPython" {
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/cpython.py"));
    } else {
        command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--run", who]);
    }
    command.args([row.what, &row.size.to_string(), &times.to_string()]);
    command
}

fn show(row: &Row, seen: &mut [Vec<f64>; WHO.len()]) {
    seen.iter_mut()
        .for_each(|values| values.sort_by(f64::total_cmp));
    let median = |values: &[f64]| values[values.len() / 2];
    let unit = if matches!(row.what, "memory" | "drained") {
        bytes
    } else {
        time
    };
    let mut name = row.name;
    for (i, who) in WHO.iter().enumerate() {
        let (Some(&min), Some(&max)) = (seen[i].first(), seen[i].last()) else {
            continue;
        };
        print!("{name:<27}{who:<13}");
        for value in [median(&seen[i]), min, max] {
            print!("{:>9}", unit(value));
        }
        let ratio = median(&seen[i]) / median(&seen[0]);
        match row.floor[i] {
            _ if i == 0 => println!(),
            0.0 => println!("{ratio:>8.2}"),
            floor if ratio >= floor => println!("{ratio:>8.2}  {floor} held"),
            floor => println!("{ratio:>8.2}  {floor} MISSED"),
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
