//! `go`: one screen to learn on. It waits for a save, has what was saved checked, and shows the verdict.
//!
//! The check is a process of its own, so that a lesson that hangs holds up no key, and the next save ends
//! it. Files are looked at again and again: that works on every file system, also where one is told nothing.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use curriculum::{Curriculum, Exercise, Lesson};
use golden::{Language, Row, Tone};

use crate::INTERRUPTED;
use crate::keyboard::{Key, Keyboard};
use crate::output::{tell, tell_rows, warn};
use crate::program::{Program, this_program};
use crate::progress::Progress;

/// How often to look for a save.
const LOOK: Duration = Duration::from_millis(150);

const KEYS: &str =
    "save to check  n next  h hint  q quiz  p play  d draw  r reset  l list  x leave";

/// What is to be done: the lesson itself, or one of its exercises.
struct Station<'a> {
    lesson: &'a Lesson,
    exercise: Option<Exercise>,
    program: Program,
    /// What the chapter asks for.
    task: Option<String>,
}

pub fn go(curriculum: &Curriculum, from: Option<&Lesson>) -> Result<u8> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        bail!("go needs a terminal. Without one: cargo lesson check");
    }
    let stations = stations(curriculum)?;
    let is_done = |station: &Station| {
        Progress::read(curriculum).is_ok_and(|known| known.has(&station.program.title()))
    };
    let first = match from {
        Some(lesson) => stations.iter().position(|station| station.lesson.slug == lesson.slug),
        None => stations.iter().position(|station| !is_done(station)),
    };
    let mut at = first.unwrap_or(0);
    let keyboard = Keyboard::take().context("cannot take the keyboard")?;
    let mut hints = 0;
    loop {
        let station = &stations[at];
        // From the top, and what was there before is gone.
        tell("\x1b[H\x1b[2J\x1b[3J")?;
        tell_rows(&station.rows(&stations, is_done))?;
        let seen = station.saved();
        let mut check = Some(station.check()?);
        loop {
            if let Some(running) = &mut check
                && running.0.try_wait()?.is_some()
            {
                check = None;
                tell(format!("\n{KEYS}\n"))?;
            }
            if station.saved() != seen {
                break;
            }
            let Some(key) = keyboard.next(LOOK)? else { continue };
            // Whoever presses a key has seen enough.
            check = None;
            match key {
                Key::Gone if Keyboard::is_stopped() => return Ok(INTERRUPTED),
                Key::Letter('x') | Key::Gone => return Ok(0),
                Key::Letter('n' | '\n') => {
                    hints = 0;
                    at += 1;
                    if at < stations.len() {
                        break;
                    }
                    at -= 1;
                    tell("That was the last one.\n")?;
                }
                Key::Letter('h') => {
                    hints += 1;
                    tell_rows(&[station.hint(hints)])?;
                }
                Key::Letter('q') => keyboard.lend(|| station.does("quiz"))?,
                Key::Letter('p') => keyboard.lend(|| station.does("play"))?,
                Key::Letter('d') => keyboard.lend(|| station.does("draw"))?,
                Key::Letter('l') => keyboard.lend(|| run(&["list"]))?,
                Key::Letter('r') => {
                    let file = &station.program.source_path();
                    tell(format!(
                        "Reset {file} to what it was? Yours is kept as {file}.mine. y or n: "
                    ))?;
                    if keyboard.ask()? == Some('y') {
                        match reset(&curriculum.root, Path::new(file)) {
                            Ok(()) => break,
                            Err(error) => warn(&error),
                        }
                    }
                }
                Key::Letter(_) => {}
            }
            tell(format!("\n{KEYS}\n"))?;
        }
    }
}

/// The lessons of the path, each with its exercises.
fn stations(curriculum: &Curriculum) -> Result<Vec<Station<'_>>> {
    let mut stations = Vec::new();
    for lesson in curriculum.path() {
        let program = Program::new(curriculum, lesson, Language::Rust, None)?;
        stations.push(Station { lesson, exercise: None, program, task: None });
        // A sheet that cannot be read costs its exercises, and not the lesson.
        let sheet = lesson.sheet(curriculum).inspect_err(warn).unwrap_or_default();
        let chapter = curriculum.root.join(format!("book/src/{}.md", lesson.slug));
        let chapter = fs::read_to_string(chapter).unwrap_or_default();
        let mut exercises = sheet.exercises;
        exercises.sort_by_key(|exercise| exercise.number);
        for exercise in exercises {
            let program = Program::of_exercise(curriculum, lesson, exercise.number)?;
            let task = task(&chapter, exercise.number);
            stations.push(Station { lesson, exercise: Some(exercise), program, task });
        }
    }
    Ok(stations)
}

/// A check that is going on. It ends with this, and its programs end with it.
struct Check(Child);

impl Drop for Check {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Station<'_> {
    fn check(&self) -> Result<Check> {
        let mut check = Command::new(this_program()?);
        check.arg("check").args(self.program.arguments().split(' ')).stdin(Stdio::null());
        Ok(Check(check.spawn().context("cannot run the check")?))
    }

    fn rows(&self, all: &[Station], is_done: impl Fn(&Station) -> bool) -> Vec<Row> {
        let count = |is_exercise: bool| {
            let kind = all.iter().filter(|station| station.exercise.is_some() == is_exercise);
            let (mut done, mut many) = (0, 0);
            kind.for_each(|station| {
                (done, many) = (done + usize::from(is_done(station)), many + 1)
            });
            format!("{done} of {many}")
        };
        let mut head = self.lesson.heading();
        if let Some(exercise) = &self.exercise {
            let _ = write!(head, ", exercise {}", exercise.number);
        }
        let sum = format!("{} lessons, {} exercises", count(false), count(true));
        let mut rows = vec![
            Row::new(0).toned(Tone::Strong, head).toned(Tone::Faint, format!("   {sum}")),
            Row::new(0).toned(Tone::Faint, "to change: ").plain(self.program.source_path()),
            Row::default(),
        ];
        if let Some(task) = &self.task {
            rows.extend([Row::text(task), Row::default()]);
        }
        rows
    }

    /// The next of its hints.
    fn hint(&self, number: usize) -> Row {
        let hints = self.exercise.as_ref().map_or(&[][..], |exercise| &exercise.hints);
        match hints.get(number - 1) {
            Some(hint) => Row::text(format!("{number} of {}: {hint}", hints.len())),
            None if hints.is_empty() => Row::text(format!(
                "Read its chapter, or see why its lines come as they do: cargo lesson explain {}",
                self.lesson.slug
            )),
            None => Row::text("There are no more hints."),
        }
    }

    /// Another command, on the lesson as it is.
    fn does(&self, command: &str) -> Result<()> {
        match &self.program.broken {
            Some(name) => run(&[command, &self.lesson.slug, "--broken", name]),
            None => run(&[command, &self.lesson.slug]),
        }
    }

    /// When each file of the lesson was saved.
    fn saved(&self) -> Vec<(PathBuf, SystemTime)> {
        let mut files = Vec::new();
        let folder = self.program.root.join("lessons").join(&self.lesson.slug);
        for folder in [folder.clone(), folder.join("src"), folder.join("src/bin")] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let is_read = path.extension().is_some_and(|end| end == "rs" || end == "txt");
                if let (true, Ok(about)) = (is_read, entry.metadata()) {
                    files.push((path, about.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
                }
            }
        }
        files.sort();
        files
    }
}

/// Another of these commands, to its end.
fn run(arguments: &[&str]) -> Result<()> {
    tell("\n")?;
    let mut command = Command::new(this_program()?);
    command.args(arguments).status().with_context(|| format!("cannot run {}", arguments[0]))?;
    Ok(())
}

/// What a chapter asks for under "Try it", with this number.
fn task(chapter: &str, number: u32) -> Option<String> {
    let (_, tasks) = chapter.split_once("\n## Try it\n")?;
    let begin = format!("{number}. ");
    let lines = tasks.lines().skip_while(|line| !line.starts_with(&begin));
    let lines = lines.take_while(|line| line.trim() != "<details>").map(str::trim);
    let text = lines.collect::<Vec<_>>().join(" ");
    Some(text.trim().strip_prefix(&begin)?.to_owned())
}

/// Puts back what was committed, or without git what was there when this command was first built, and keeps
/// what is there now.
fn reset(root: &Path, file: &Path) -> Result<()> {
    let mut git = Command::new("git");
    git.arg("show").arg(format!("HEAD:./{}", file.display())).current_dir(root);
    let shown = git.stderr(Stdio::null()).output().ok().filter(|shown| shown.status.success());
    let original = match shown {
        Some(shown) => shown.stdout,
        None => fs::read(Path::new(env!("LESSONS_ORIGINALS")).join(file)).with_context(|| {
            format!("neither git nor the copy of the first build has {}", file.display())
        })?,
    };
    let path = root.join(file);
    let mine = path.with_extension("rs.mine");
    fs::copy(&path, &mine).with_context(|| format!("cannot write {}", mine.display()))?;
    fs::write(&path, original).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_git_there_is_a_copy() {
        let root = std::env::temp_dir().join(format!("reset-{}", std::process::id()));
        let file = Path::new("lessons/join/src/main.rs");
        fs::create_dir_all(root.join("lessons/join/src")).unwrap();
        fs::write(root.join(file), "edited").unwrap();
        let done = reset(&root, file);
        let is = fs::read_to_string(root.join(file)).unwrap();
        let mine = fs::read_to_string(root.join("lessons/join/src/main.rs.mine"));
        let unknown = reset(&root, Path::new("lessons/join/src/other.rs")).unwrap_err();
        fs::remove_dir_all(&root).unwrap();
        done.unwrap();
        assert!(is.contains("fn main()"), "{is}");
        assert_eq!(mine.unwrap(), "edited");
        assert!(unknown.to_string().contains("neither git nor the copy"), "{unknown}");
    }

    #[test]
    fn a_task_is_read_from_its_chapter() {
        let chapter = "# A\n\n1. No.\n\n## Try it\n\n1. One.\n\n   <details>\n   1. No.\n   </details>\n\n\
                       2. Swap the\n   two.\n\n   <details>\n";
        assert_eq!(task(chapter, 2).as_deref(), Some("Swap the two."));
        assert_eq!(task(chapter, 1).as_deref(), Some("One."));
        assert_eq!(task(chapter, 3), None);
    }
}
