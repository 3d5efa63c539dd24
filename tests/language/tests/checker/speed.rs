//! Big files take no time, and files with factorially many ways to pair them off take a bounded
//! time. The limits are generous: this is not a benchmark, and it runs unoptimised beside other tests.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use golden::{Golden, Language, Report, Run, Verdict};

fn timed(name: &str, source: &str, spoil: fn(&mut Run), legal: bool) {
    let verdict = judged(name, source, spoil);
    assert_ne!(verdict, Verdict::Undecided, "{name}");
    assert_eq!(verdict <= Verdict::AnotherLegalOrder, legal, "{name}");
}

fn judged(name: &str, source: &str, spoil: fn(&mut Run)) -> Verdict {
    let begin = Instant::now();
    let golden = Golden::parse("speed.txt", source, Language::Rust).expect("a legal file");
    let read = begin.elapsed();
    let mut run = golden.as_written();
    number(&mut run);
    spoil(&mut run);
    let begin = Instant::now();
    let report: Report = golden.check(&run);
    let checked = begin.elapsed();
    println!("{name}: read in {read:?}, checked in {checked:?}");
    assert!(read + checked < Duration::from_secs(10), "{name} took {:?}", read + checked);
    report.verdict()
}

/// Another number for each named hole, the same in each line that has it.
fn number(run: &mut Run) {
    for verb in ["made", "got"] {
        let lines = run.out.iter_mut().filter(|said| said.text == format!("{verb} 0"));
        for (n, said) in lines.enumerate() {
            said.text = format!("{verb} {n}");
        }
    }
}

fn spoil_everything(run: &mut Run) {
    run.out.iter_mut().for_each(|said| said.text.push_str(" spoilt"));
    run.out.reverse();
}

fn keep(_: &mut Run) {}

fn lose_the_middle(run: &mut Run) {
    run.out.remove(run.out.len() / 2);
}

fn lose_the_last(run: &mut Run) {
    run.out.pop();
}

fn change_the_last(run: &mut Run) {
    run.out.last_mut().expect("a line").text = "something else".into();
}

#[test]
fn long_files() {
    // Unoptimised, a tenth of it still tells linear from quadratic.
    let many = if cfg!(debug_assertions) { 2_000 } else { 10_000 };
    for count in [100, many] {
        let lanes: String = (0..count).fold("main | begins\n".into(), |mut source, n| {
            let start = if n < 8 { "  <- started by main" } else { "" };
            writeln!(source, "worker-{} | line {}{start}", n % 8, n / 8).unwrap();
            source
        });
        let joined = format!("{lanes}main | ends  <- joined worker-*\n");
        timed(&format!("{count} lines in 8 lanes"), &joined, keep, true);
        timed(&format!("{count} lines in 8 lanes, one lost"), &joined, lose_the_middle, false);

        let free: String = (0..count).fold("main | begins\n".into(), |mut source, n| {
            writeln!(source, "worker-* | item {n}  <- received from main").unwrap();
            source
        });
        timed(&format!("{count} lines in a free lane"), &free, keep, true);
        timed(&format!("{count} lines in a free lane, one lost"), &free, lose_the_middle, false);

        timed(&format!("{count} lines, all wrong"), &free, spoil_everything, false);

        let alike = "worker-* | works\n".repeat(count);
        timed(&format!("{count} alike lines"), &alike, keep, true);
        timed(&format!("{count} alike lines, one lost"), &alike, lose_the_middle, false);

        // Each text is held against each template.
        let holes: String = (0..count.min(2_000)).fold(String::new(), |mut source, n| {
            writeln!(source, "worker-{} | step {n} of [n] took [time] s", n % 8).unwrap();
            source
        });
        timed(&format!("{count} lines with holes"), &holes, keep, true);

        let any: String = (0..count).fold(String::new(), |mut source, n| {
            writeln!(
                source,
                "sender | puts {n}\nmain | gets {n}  <- received from sender, any order"
            )
            .unwrap();
            source
        });
        timed(&format!("{count} items in any order"), &any, keep, true);
    }
    let ticks = "main | begins\nworker | tick [n 0,1,..]  <- any number of times\nmain | ends\n";
    let golden = Golden::parse("speed.txt", ticks, Language::Rust).expect("a legal file");
    let mut out = String::from("main | begins\n");
    (0..10_000).for_each(|n| writeln!(out, "worker | tick {n}").unwrap());
    out += "main | ends\n";
    let begin = Instant::now();
    let report = golden.check(&Run::printed(&out, ""));
    println!("10,000 ticks: {:?}", begin.elapsed());
    assert!(report.is_legal());
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// Where only letters or named holes tell lines apart, a legal run is found at once. To refuse a run
/// takes all n! ways; that is done for a few such lines and given up for many.
#[test]
fn lines_that_are_almost_alike() {
    for n in [7, 50] {
        let each = |form: &str| -> String {
            (0..n).map(|n| form.replace('%', &n.to_string()) + "\n").collect()
        };
        let apart = "main | begins\n".to_owned()
            + &each("w-[l%] | begins  <- received from main\nw-[l%] | ends");
        let overlapping = each("w-[l%] | begins") + &each("w-[l%] | ends");
        let holes = "main | begins\n".to_owned() + &each("main | got [n:x%]  <- any order");
        let used_twice = each("p-[l%] | made [n:x%]")
            + &each("main | got [n:x%]  <- received from p-[l%], any order");
        for (name, file) in [
            ("letters apart", apart),
            ("letters that overlap", overlapping),
            ("named holes", holes),
            ("letters and named holes", used_twice),
        ] {
            let name = format!("{n} {name}");
            let file = file + "main | ends\n";
            timed(&name, &file, keep, true);
            for spoil in [lose_the_last, lose_the_middle, change_the_last] {
                match n {
                    7 => timed(&name, &file, spoil, false),
                    _ => {
                        assert!(judged(&name, &file, spoil) > Verdict::AnotherLegalOrder, "{name}")
                    }
                }
            }
        }
    }
}
