//! No input makes the parser or the checker panic or hang. `GOLDEN_SEED` and `GOLDEN_SECONDS` make
//! it look elsewhere and longer.

use std::io::{self, Write};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::random::Random;
use golden::{End, Golden, Language, Run, Said};

const LIMIT: Duration = Duration::from_secs(20);

const PIECES: [&str; 70] = [
    "main",
    "w-1",
    "w-*",
    "w-[a]",
    "w-[b]",
    "w-[",
    " | ",
    " | ",
    " | ",
    " | ",
    " ! ",
    "\n",
    "\n",
    "\n",
    "\n",
    "  <- ",
    "  <- ",
    "  <- ",
    " <- ",
    "  <-",
    ", ",
    ", ",
    "started by ",
    "joined ",
    "saw the end of ",
    "received from ",
    "room made by ",
    "all done by ",
    "woken by ",
    "met ",
    "read from ",
    "by the clock after ",
    "takes key",
    "holds key",
    "takes one of 2 seats",
    "holds one of 2 seats",
    "next from in",
    "next from out",
    "perhaps",
    "once or more",
    "any number of times",
    "any order",
    "rust only",
    "python only",
    "exit ",
    "exit 3",
    "exit by the time limit",
    "limit 2 s",
    "limit ",
    "outlives main: ",
    "[pid]",
    "[pid:x]",
    "[n]",
    "[n:x]",
    "[n 0..3]",
    "[n 0,1,..]",
    "[n:y 9223372036854775807,-9223372036854775808,..]",
    "[text]",
    "[time]",
    "[one of a / b]",
    "[[",
    "]",
    "\"",
    "#",
    "a",
    "b",
    "1",
    " ",
    "é",
    "\u{0}",
];

fn text(random: &mut Random, most: usize) -> String {
    (0..random.below(most)).map(|_| random.pick(&PIECES)).collect()
}

/// A file that is mostly well-formed, so that the checker is reached.
fn file(random: &mut Random) -> String {
    (0..random.below(12))
        .map(|_| match random.below(8) {
            0 => text(random, 12),
            _ => {
                let line = random.pick(&PIECES[..5]).to_owned() + random.pick(&PIECES[6..11]);
                let text = text(random, 3).replace('\n', "");
                match random.below(3) {
                    0 => line + &text + "\n",
                    1 => line + &text + "  <- " + random.pick(&PIECES[30..38]) + "\n",
                    _ => {
                        let (verb, lane) =
                            (random.pick(&PIECES[22..30]), random.pick(&PIECES[..5]));
                        line + &text + "  <- " + verb + lane + "\n"
                    }
                }
            }
        })
        .collect()
}

/// The file's own run, shuffled and spoilt.
fn spoil(mut run: Run, random: &mut Random) -> Run {
    for _ in 0..random.below(6) {
        let count = run.out.len();
        if count > 0 {
            run.out.swap(random.below(count), random.below(count));
        }
        if count > 0 && random.one_in(4) {
            run.out.remove(random.below(count));
        }
        if random.one_in(4) {
            let process = random.pick(&["main", "w-1", "w-2", ""]).to_owned();
            run.out.push(Said { process, text: text(random, 3) });
        }
        if random.one_in(4) {
            run.err.push(text(random, 3));
        }
    }
    if random.one_in(8) {
        run.end = End::TimeLimit;
    }
    run
}

/// What is read and checked now, and since when.
static NOW: Mutex<Option<(Instant, String)>> = Mutex::new(None);

/// Ends this program when one input takes too long. The test itself could not tell of a hang.
fn watch() {
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_secs(1));
            let now = NOW.lock().expect("nobody panics while it holds this");
            if let Some((_, source)) = now.as_ref().filter(|now| now.0.elapsed() > LIMIT) {
                // Not `eprintln!`: what a test prints with that is kept until it ends.
                let _ = writeln!(io::stderr(), "after {LIMIT:?} not done with:\n{source}");
                std::process::exit(1);
            }
        }
    });
}

#[test]
fn nothing_panics_or_hangs() {
    watch();
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
    };
    let mut random = Random::new(number("GOLDEN_SEED", 1));
    let end = Instant::now() + Duration::from_secs(number("GOLDEN_SECONDS", 2));
    let (mut read, mut checked) = (0, 0);
    while Instant::now() < end {
        let source = if random.one_in(4) { text(&mut random, 80) } else { file(&mut random) };
        *NOW.lock().expect("as above") = Some((Instant::now(), source.clone()));
        read += 1;
        match Golden::parse("fuzz.txt", &source, Language::Rust) {
            Err(error) => assert!(!error.to_string().is_empty()),
            Ok(golden) => {
                for _ in 0..4 {
                    let run = spoil(golden.as_written(), &mut random);
                    assert!(!golden.check(&run).to_string().is_empty());
                    checked += 1;
                }
            }
        }
    }
    *NOW.lock().expect("as above") = None;
    println!("{read} files read, {checked} runs checked");
    assert!(checked > 100, "the checker was hardly reached");
}

/// Inputs that are large in one way.
#[test]
fn large_inputs() {
    let begin = Instant::now();
    let many = 100_000;
    for source in [
        "[".repeat(many),
        format!("main | {}", "[text]".repeat(many)),
        format!("main | {}", "x".repeat(many)),
        format!("main | a  <- {}", "joined main, ".repeat(many / 10)),
        format!("{} | a", "w-*".repeat(many)),
        "  <- ".repeat(many),
        "\n".repeat(many),
        format!("{} 3", "exit".repeat(many)),
    ] {
        let _ = Golden::parse("large.txt", &source, Language::Rust);
    }
    let text = format!("main | {}", "[text]a".repeat(60));
    let golden = Golden::parse("large.txt", &text, Language::Rust).expect("legal");
    let mut run = golden.as_written();
    run.out[0].text = "a".repeat(1_000) + "b";
    assert!(!golden.check(&run).is_legal());
    run.out[0].text = "a".repeat(10_000);
    assert!(golden.check(&run).is_legal());
    assert!(begin.elapsed() < LIMIT, "{:?}", begin.elapsed());
}
