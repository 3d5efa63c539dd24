//! The picture of a run: its arrows are the causes of the run, nothing in it covers a word, and it is the
//! same picture each time. What is kept of pictures is what the programs do now.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use drawing::{Arrow, Graph, Kind, Picture};
use driving::{Causes, Event, Why};
use golden::Run;
use lesson::{Built, Curriculum, Kept, OUTSIDE, Program, drawn, kept};

/// A page grows by no more.
const LARGEST: usize = 60_000;
/// As wide as the page is on a small telephone.
const WIDTH: f64 = 360.0;

pub fn holds(program: &Program, built: &Built) -> Result<()> {
    if OUTSIDE.contains(&program.title().as_str()) {
        return Ok(());
    }
    let (picture, run) = drawn(program, built, None)?;
    causes(&picture, &run.events)?;
    let svg = drawing::svg(&picture);
    ensure!(svg.len() <= LARGEST, "it has {} bytes", svg.len());
    apart(&svg)?;
    for width in [40, 80, 120, 200] {
        let text = drawing::terminal(&picture, width);
        let wide = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        ensure!(width < 80 || wide <= width, "{wide} columns of {width}:\n{text}");
    }
    let again = drawing::svg(&drawn(program, built, None)?.0);
    ensure!(again == svg, "another picture:\n{again}\nthan:\n{svg}");
    Ok(())
}

/// Drives it once more by its code: what lies there is the same.
pub fn is_kept(kept: &Kept, root: &Path, built: &Built) -> Result<()> {
    let (path, command) = (&kept.path, kept.command());
    let made_anew = || format!("{path}: make it anew: {command}");
    let (picture, run) = kept.made(built).with_context(made_anew)?;
    causes(&picture, &run.events)?;
    let svg = drawing::svg(&picture);
    ensure!(svg.len() <= LARGEST, "it has {} bytes", svg.len());
    apart(&svg)?;
    let text = fs::read_to_string(root.join(path)).with_context(made_anew)?;
    let picture = picture.plain();
    let is_same = text == drawing::to_json(&picture)?;
    ensure!(is_same, "{path} is not what the program does now. {}", made_anew());
    let read = drawing::from_json(&text)?;
    ensure!(read == picture && drawing::svg(&read) == svg, "{path} is read as another picture");
    Ok(())
}

/// What lies there of a program that nobody drives is one of its legal runs, whole.
pub fn is_legal(kept: &Kept, root: &Path) -> Result<()> {
    let (path, command) = (&kept.path, kept.command());
    let text = fs::read_to_string(root.join(path)).with_context(|| format!("{path}: {command}"))?;
    let picture = drawing::from_json(&text)?;
    apart(&drawing::svg(&picture))?;
    let line = |mark: &drawing::Mark| format!("{} | {}\n", picture.name(mark.lane), mark.text);
    let of_kind = |kind: Kind| picture.marks.iter().filter(move |mark| mark.kind == kind);
    let lines: String = of_kind(Kind::Line).map(line).collect();
    let golden = kept.program.golden()?;
    let report = golden.check(&Run::printed(&lines, ""));
    ensure!(report.is_legal(), "{path}: {command}: {report}");
    let numbers: Vec<_> = report.lines().map(|line| line.golden_line).collect();
    let kept: Vec<_> = of_kind(Kind::Line).map(|mark| mark.golden).collect();
    ensure!(numbers == kept, "{path} has the lines {kept:?}, not {numbers:?}: {command}");
    // Whatever the golden file says of a start or an end is the cause of an arrow.
    let forward = picture.arrows.iter().all(|arrow| arrow.from < arrow.to);
    let is_whole = forward && !picture.arrows.is_empty() && picture.recorded;
    ensure!(is_whole, "{path}: an arrow back, or none, or it was not recorded: {command}");
    Ok(())
}

/// Each golden file of a program that can be driven has its picture, and no other lies there.
pub fn all_are_kept(curriculum: &Curriculum) -> Result<()> {
    let mut wanted = BTreeSet::new();
    for lesson in curriculum.lessons() {
        wanted.extend(kept(curriculum, lesson)?.into_iter().map(|kept| kept.path));
    }
    let mut there = BTreeSet::new();
    let golden = Path::new("tests/golden");
    let folders = fs::read_dir(curriculum.root.join(golden))?;
    let folders = folders.map(|folder| Ok(golden.join(folder?.file_name())));
    for folder in [Ok(golden.to_owned())].into_iter().chain(folders).collect::<Result<Vec<_>>>()? {
        let folder_there = curriculum.root.join(&folder);
        if !folder_there.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder_there)? {
            there.insert(folder.join(file?.file_name()).display().to_string());
        }
    }
    let pictures = there.iter().filter(|path| path.ends_with(".json"));
    let strange: Vec<&String> = pictures.filter(|path| !wanted.contains(*path)).collect();
    ensure!(strange.is_empty(), "pictures of nothing: {strange:?}");
    let texts = there.iter().filter_map(|path| path.strip_suffix(".txt"));
    // The program of an exercise is the reader's to write.
    let texts = texts.filter(|path| !path.contains("/exercise-"));
    let without: BTreeSet<String> = texts
        .filter(|path| !there.contains(&format!("{path}.json")))
        .map(|path| path.replacen("tests/golden/", "", 1).replace('/', ", broken by "))
        .collect();
    ensure!(
        without == OUTSIDE.map(str::to_owned).into(),
        "no picture beside {without:?}: cargo lesson record --all makes them, but for {OUTSIDE:?}"
    );
    Ok(())
}

/// Holds the arrows against the causes, both ways.
fn causes(picture: &Picture, events: &[Event]) -> Result<()> {
    let causes = Causes::of(events);
    let shares = |from: usize, to: usize| {
        let lanes = |mark: usize| [Some(picture.marks[mark].lane), picture.marks[mark].by];
        lanes(from).iter().flatten().any(|lane| lanes(to).contains(&Some(*lane)))
    };
    // What only the clock gives is no cause.
    let (by_the_clock, arrows): (Vec<&Arrow>, Vec<&Arrow>) =
        picture.arrows.iter().partition(|arrow| arrow.is_by_the_clock());
    let is_arrow = |from, to| arrows.iter().any(|arrow| (arrow.from, arrow.to) == (from, to));
    let graph = Graph::new(picture.marks.len(), |from, to| shares(from, to) || is_arrow(from, to));
    // Of each mark, the step, found in the record as a reader would: the lines of a process in their order.
    let steps = steps(picture, events);
    for arrow in by_the_clock {
        ensure!(!graph.leads(arrow.from, arrow.to), "{arrow:?} has a cause");
    }
    for arrow in &arrows {
        let without = |from, to| {
            shares(from, to) || is_arrow(from, to) && (from, to) != (arrow.from, arrow.to)
        };
        let others = Graph::new(picture.marks.len(), without);
        ensure!(!others.leads(arrow.from, arrow.to), "{arrow:?} follows from the others");
    }
    let is_plain = |mark: usize| picture.marks[mark].kind != Kind::Stuck;
    for to in (0..picture.marks.len()).filter(|&mark| is_plain(mark)) {
        for from in (0..to).filter(|&mark| is_plain(mark)) {
            // The death of one that was killed is in the step of another.
            if picture.marks[from].kind == Kind::Killed || picture.marks[to].kind == Kind::Killed {
                continue;
            }
            let first = steps[from];
            let expected = match picture.marks[from].kind {
                // An end is the cause of what noticed it; what came before it in its step is not meant.
                Kind::End if !shares(from, to) => causes.all.iter().any(|cause| {
                    cause.from == first
                        && matches!(cause.why, Why::Joined | Why::SawEnd)
                        && causes.leads(cause.to, steps[to])
                }),
                _ => first == steps[to] || causes.leads(first, steps[to]),
            };
            let drawn = graph.leads(from, to);
            // That one was killed may say more.
            let is_killing = picture.marks.iter().any(|mark| mark.kind == Kind::Killed);
            ensure!(
                expected == drawn || drawn && is_killing,
                "{:?}\nto {:?}: drawn {drawn}, and caused {expected}",
                picture.marks[from],
                picture.marks[to]
            );
        }
    }
    Ok(())
}

/// The step of each mark.
fn steps(picture: &Picture, events: &[Event]) -> Vec<usize> {
    let mut moment = 0;
    let mut moments = Vec::new();
    for (step, event) in events.iter().enumerate() {
        moment += event.did.len() + event.ended.len();
        moments.push((moment, step));
    }
    let step_of = |at: usize| moments.iter().find(|(until, _)| at <= *until).map(|(_, step)| *step);
    picture.marks.iter().map(|mark| step_of(mark.at).unwrap_or(moments.len())).collect()
}

/// Whether each word has a place of its own, within the picture.
fn apart(svg: &str) -> Result<()> {
    let font = number(svg, "font-size=\"").unwrap_or(0.0);
    ensure!(font >= 10.0, "letters of {font} pixels");
    let mut boxes: Vec<(f64, f64, f64, f64, &str)> = Vec::new();
    for text in svg.lines().filter(|line| line.starts_with("<text ")) {
        let (x, y) = (number(text, "x=\"").unwrap_or(-1.0), number(text, "y=\"").unwrap_or(-1.0));
        let letters = letters(text) as f64;
        boxes.push((x, y - 0.8 * font, x + letters * font * 0.605, y + 0.25 * font, text));
    }
    for (at, one) in boxes.iter().enumerate() {
        ensure!(one.0 >= 0.0 && one.2 <= WIDTH, "out of the picture: {}", one.4);
        for other in &boxes[..at] {
            let is_apart =
                one.0 >= other.2 || other.0 >= one.2 || one.1 >= other.3 || other.1 >= one.3;
            ensure!(is_apart, "on each other: {}\n{}", one.4, other.4);
        }
    }
    for path in svg.split("<path ").skip(1) {
        let path = path.split("d=\"").nth(1).and_then(|path| path.split('"').next());
        let path = path.unwrap_or_default();
        for (x, y) in points(path) {
            let hit = boxes.iter().find(|(left, top, right, bottom, _)| {
                *left < x && x < *right && *top < y && y < *bottom
            });
            ensure!(hit.is_none(), "{path} goes through {hit:?}");
        }
    }
    Ok(())
}

fn letters(text: &str) -> usize {
    let mut letters = 0;
    let mut inside = false;
    let text = text.replace("&lt;", "<lt>l").replace("&gt;", "<gt>g").replace("&amp;", "<amp>a");
    for letter in text.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ => letters += usize::from(!inside),
        }
    }
    letters
}

fn number(text: &str, before: &str) -> Option<f64> {
    text.split_once(before)?.1.split('"').next()?.parse().ok()
}

/// Points on a path of absolute moves, lines and curves; what is relative in it is a small sign.
fn points(path: &str) -> Vec<(f64, f64)> {
    let absolute = path.split(|letter: char| "hlmvz".contains(letter)).next().unwrap_or_default();
    let numbers: Vec<f64> = absolute
        .split(|letter: char| " MLQ".contains(letter))
        .filter_map(|number| number.parse().ok())
        .collect();
    let ends: Vec<(f64, f64)> = numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let mix = |a: (f64, f64), b: (f64, f64), part: f64| {
        (a.0 + part * (b.0 - a.0), a.1 + part * (b.1 - a.1))
    };
    let parts = (0..=100).map(|part| f64::from(part) / 100.0);
    match (ends.as_slice(), absolute.contains('Q')) {
        (&[from, over, to], true) => {
            parts.map(|part| mix(mix(from, over, part), mix(over, to, part), part)).collect()
        }
        (ends, _) => ends
            .windows(2)
            .flat_map(|pair| parts.clone().map(|part| mix(pair[0], pair[1], part)))
            .collect(),
    }
}
