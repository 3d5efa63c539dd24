//! `record`: the pictures that are kept beside a golden file, for the chapter of its lesson.
//!
//! The codes of their runs stand in the lesson's sheet. A chapter is built from what is kept, and runs no
//! lesson; a test drives the runs again and compares.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;

use anyhow::{Context, Result, bail};
use curriculum::{Curriculum, Lesson, Sheet};
use drawing::Picture;
use driving::Schedule;
use golden::Language;

use crate::draw::drawn;
use crate::output::tell;
use crate::picture::Drove;
use crate::program::{Built, Program};
use crate::prove;

/// Each waits for something that is not the crate's, which nobody can drive.
pub const OUTSIDE: [&str; 3] = [
    "queue-kinds, broken by private-queue",
    "other-program, broken by full-pipe",
    "other-program, broken by held-end",
];

/// So many runs that nobody drives are recorded, to find one in the order of the golden file.
const RECORDED: usize = 20;

/// A picture that is kept.
pub struct Kept {
    /// Of which program.
    pub program: Program,
    /// Of which question of the sheet, from 1; else it is the picture of the program.
    pub question: Option<usize>,
    /// The code of the run, if the sheet has one.
    pub code: Option<String>,
    /// Where it lies, below the root.
    pub path: String,
    title: String,
}

/// What is to be kept of this lesson: a picture of it, of each broken variant that can be driven, and of each
/// question of its sheet that names a run.
pub fn kept(curriculum: &Curriculum, lesson: &Lesson) -> Result<Vec<Kept>> {
    let sheet = lesson.sheet(curriculum)?;
    let mut all = Vec::new();
    for broken in [None].into_iter().chain(lesson.broken.iter().map(|name| Some(name.as_str()))) {
        let program = Program::new(curriculum, lesson, Language::Rust, broken)?;
        if !OUTSIDE.contains(&program.title().as_str()) {
            all.push(Kept {
                question: None,
                code: sheet.picture_of(broken).map(str::to_owned),
                path: program.picture_path(),
                title: program.title(),
                program,
            });
        }
    }
    let program = Program::new(curriculum, lesson, Language::Rust, None)?;
    for (number, question) in (1..).zip(&sheet.questions) {
        if let Some(code) = &question.code {
            all.push(Kept {
                question: Some(number),
                code: Some(code.clone()),
                path: format!("{}/question-{number}.json", folder(&lesson.slug)),
                title: format!("{}: {} before {}", program.title(), question.line, question.before),
                program: program.clone(),
            });
        }
    }
    Ok(all)
}

impl Kept {
    /// The picture, by driving the run once more; and what its processes did.
    ///
    /// # Errors
    /// If the sheet has no code of it, or if the program takes another way.
    pub fn made(&self, built: &Built) -> Result<(Picture, Drove)> {
        self.by(built, self.code.as_deref().context("lesson.toml has no code of it")?)
    }

    fn by(&self, built: &Built, code: &str) -> Result<(Picture, Drove)> {
        let schedule = Schedule::Code(code.to_owned());
        let (picture, run) = drawn(&self.program, built, Some(schedule))?;
        Ok((Picture { title: self.title.clone(), ..picture }, run))
    }

    /// What to type to have it made anew.
    pub fn command(&self) -> String {
        format!("cargo lesson record {}", self.program.arguments())
    }

    /// Of a program that nobody drives: the picture whose lines come in the order of the golden file, or nearly
    /// so.
    fn nearest(&self, built: &Built) -> Result<Picture> {
        let mut nearest: Option<(usize, Picture)> = None;
        for _ in 0..RECORDED {
            let picture = drawn(&self.program, built, None)?.0;
            let lines: Vec<usize> = picture.marks.iter().filter_map(|mark| mark.golden).collect();
            let early = lines.windows(2).filter(|pair| pair[1] < pair[0]).count();
            if nearest.as_ref().is_none_or(|(known, _)| early < *known) {
                nearest = Some((early, picture));
            }
            if early == 0 {
                break;
            }
        }
        let (_, picture) = nearest.context("it was not recorded")?;
        Ok(Picture { title: self.title.clone(), ..picture })
    }

    fn write(&self, curriculum: &Curriculum, picture: Picture) -> Result<()> {
        let text = drawing::to_json(&picture.plain())?;
        let path = curriculum.root.join(&self.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        if fs::read_to_string(&path).is_ok_and(|known| known == text) {
            return tell(format!("{} is as before\n", self.path));
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", self.path))?;
        tell(format!("{} is new\n", self.path))
    }
}

/// Makes the picture of this program, and those of its questions.
pub fn record(curriculum: &Curriculum, program: &Program, code: Option<String>) -> Result<u8> {
    if code.is_some() {
        program.refuse_undriven()?;
    }
    let lesson = curriculum.lesson(&program.slug)?;
    let built = Built::new(std::slice::from_ref(program))?;
    let all = kept(curriculum, lesson)?;
    let is_meant = |kept: &&Kept| kept.program.broken == program.broken;
    if !all.iter().any(|kept| is_meant(&kept)) {
        bail!("{} cannot be driven, so there is no picture of it", program.title());
    }
    for kept in all.iter().filter(is_meant) {
        let code = code.clone().filter(|_| kept.question.is_none());
        make(curriculum, &built, kept, code)?;
    }
    without_old(curriculum, lesson, &all)
}

/// Makes all pictures of all lessons.
pub fn all(curriculum: &Curriculum) -> Result<u8> {
    let programs = curriculum
        .lessons()
        .map(|lesson| Program::new(curriculum, lesson, Language::Rust, None))
        .collect::<Result<Vec<_>>>()?;
    let built = Built::new(&programs)?;
    for lesson in curriculum.lessons() {
        let all = kept(curriculum, lesson)?;
        for kept in &all {
            make(curriculum, &built, kept, None)?;
        }
        without_old(curriculum, lesson, &all)?;
    }
    Ok(0)
}

/// By this code, which is written into the sheet; else by the one that stands there; else by a new one.
fn make(curriculum: &Curriculum, built: &Built, kept: &Kept, code: Option<String>) -> Result<()> {
    if kept.program.undriven.is_some() && code.is_none() {
        return kept.write(curriculum, kept.nearest(built)?);
    }
    let known = kept.code.clone();
    let (code, is_new) = match (code, known) {
        (Some(code), known) => (code.clone(), known != Some(code)),
        (None, Some(code)) => (code, false),
        (None, None) => (in_order_of_the_file(&kept.program, built)?, true),
    };
    let is_old = || format!("{}: if the code in lesson.toml fits no more, remove it", kept.path);
    kept.write(curriculum, kept.by(built, &code).with_context(is_old)?.0)?;
    if is_new {
        write_code(curriculum, &kept.program, &code)?;
    }
    Ok(())
}

/// The code of a run that prints the lines as the golden file has them, or nearly so.
fn in_order_of_the_file(program: &Program, built: &Built) -> Result<String> {
    let mut reached = prove::reached(program, built)?;
    let word = reached.as_written(&program.golden()?);
    // A limit is not over before nobody else can go on, whatever the order of the lines says.
    for schedule in [reached.soonest(&word), reached.schedule(&word)].into_iter().flatten() {
        if let Ok(trace) = driving::follow(prove::command(program, built)?, &schedule) {
            return Ok(trace.code);
        }
    }
    bail!("no run of {} prints {word:?}", program.title())
}

/// Removes the pictures of questions that are asked no more.
fn without_old(curriculum: &Curriculum, lesson: &Lesson, all: &[Kept]) -> Result<u8> {
    let folder = folder(&lesson.slug);
    let wanted: BTreeSet<&str> = all.iter().map(|kept| kept.path.as_str()).collect();
    let entries = match fs::read_dir(curriculum.root.join(&folder)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        entries => entries.with_context(|| format!("cannot read {folder}"))?,
    };
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if name.starts_with("question-") && name.ends_with(".json") && !wanted.contains(&*path) {
            fs::remove_file(curriculum.root.join(&path))
                .with_context(|| format!("cannot remove {path}"))?;
            tell(format!("{path} is gone\n"))?;
        }
    }
    Ok(0)
}

fn folder(slug: &str) -> String {
    format!("tests/golden/{slug}")
}

fn write_code(curriculum: &Curriculum, program: &Program, code: &str) -> Result<()> {
    let path = format!("lessons/{}/{}", program.slug, Sheet::FILE);
    let file = curriculum.root.join(&path);
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
    let text = with_code(&text, program.broken.as_deref(), code);
    fs::write(&file, text).with_context(|| format!("cannot write {path}"))?;
    tell(format!("{path} has its code\n"))
}

/// Below this they stand in a sheet.
const HEADER: &str = "# The runs whose pictures the chapter shows.";

/// The sheet with this code, and every other line as it was.
fn with_code(sheet: &str, broken: Option<&str>, code: &str) -> String {
    let mut lines: Vec<String> = sheet.lines().map(str::to_owned).collect();
    let new = format!("picture = \"{code}\"");
    let is_table = |line: &String| line.starts_with('[');
    let header = broken.map(|name| format!("[broken.{name}]"));
    let begin = match &header {
        None => Some(0),
        Some(header) => lines.iter().position(|line| line == header).map(|at| at + 1),
    };
    let own = begin.map(|begin| {
        let many = lines[begin..].iter().position(is_table).unwrap_or(lines.len() - begin);
        begin..begin + many
    });
    let is_code = |line: &String| line.split('=').next().is_some_and(|key| key.trim() == "picture");
    let known = own.and_then(|own| own.clone().find(|&at| is_code(&lines[at])));
    match (known, header) {
        (Some(at), _) => lines[at] = new,
        (None, header) => {
            let first = lines.iter().position(|line| line == HEADER).map_or(0, |at| at + 1);
            let many = match header {
                None => 0,
                // Behind the other codes.
                Some(_) => lines[first..].iter().take_while(|line| !line.is_empty()).count(),
            };
            let at = first + many;
            lines.splice(at..at, header.into_iter().chain([new]));
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_below_its_header_and_nothing_else_changes() {
        let sheet =
            format!("# First.\nminutes = 3\n\n{HEADER}\n\n# Asked.\n[[questions]]\nline = \"a\"\n");
        let one = with_code(&sheet, Some("b"), "x1");
        assert_eq!(one, sheet.replace(HEADER, &format!("{HEADER}\n[broken.b]\npicture = \"x1\"")));
        let two = with_code(&with_code(&one, None, "x2"), Some("c"), "x3");
        let codes = "picture = \"x2\"\n[broken.b]\npicture = \"x1\"\n[broken.c]\npicture = \"x3\"";
        assert_eq!(two, sheet.replace(HEADER, &format!("{HEADER}\n{codes}")));
        let again = with_code(&with_code(&two, None, "x4"), Some("b"), "x5");
        assert_eq!(again, two.replace("x2", "x4").replace("x1", "x5"));
    }
}
