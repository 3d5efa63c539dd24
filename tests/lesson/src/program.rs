//! What can be run: a lesson, its twin in Python, or a broken variant of either.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use golden::{Golden, Language};

use crate::edited::is_as_committed;
use curriculum::{Curriculum, Lesson};

#[derive(Clone)]
pub struct Program {
    pub slug: String,
    pub language: Language,
    pub broken: Option<String>,
    /// Judged by the golden file of this exercise, and not by its own.
    pub exercise: Option<u32>,
    /// Judged by this golden file, below the root, which the learner has written.
    own_golden: Option<PathBuf>,
    /// The source, below the root.
    source: String,
    /// Why nobody can drive it, if so.
    pub undriven: Option<String>,
    /// The program that it needs beside those of the project.
    needs: Option<String>,
    pub root: PathBuf,
}

impl Program {
    pub fn new(
        curriculum: &Curriculum,
        lesson: &Lesson,
        language: Language,
        broken: Option<&str>,
    ) -> Result<Program> {
        if let Some(name) = broken {
            lesson.check_broken(name)?;
        }
        let slug = &lesson.slug;
        let source = match (language, broken) {
            (Language::Rust, None) => format!("lessons/{slug}/src/main.rs"),
            (Language::Rust, Some(name)) => format!("lessons/{slug}/src/bin/{name}.rs"),
            (Language::Python, None) => format!("lessons/{slug}/lesson.py"),
            (Language::Python, Some(name)) => format!("lessons/{slug}/{name}.py"),
        };
        if !curriculum.root.join(&source).is_file() {
            bail!("`{slug}` has no such program: {source} is missing.");
        }
        // A sheet that cannot be read costs what it says.
        let sheet = lesson.sheet(curriculum).unwrap_or_default();
        Ok(Program {
            slug: slug.clone(),
            language,
            broken: broken.map(str::to_owned),
            exercise: None,
            own_golden: None,
            source,
            undriven: sheet.undriven,
            needs: sheet.needs,
            root: curriculum.root.clone(),
        })
    }

    /// The program that an exercise asks to change: the lesson, or a broken variant that is to be mended.
    pub fn of_exercise(curriculum: &Curriculum, lesson: &Lesson, number: u32) -> Result<Program> {
        let sheet = lesson.sheet(curriculum)?;
        let Some(exercise) = sheet.exercise(number) else {
            let slug = &lesson.slug;
            match sheet.exercises.as_slice() {
                [] => bail!("`{slug}` has no exercise that can be checked."),
                all => {
                    let all: Vec<_> = all.iter().map(|one| one.number.to_string()).collect();
                    bail!(
                        "`{slug}` has no exercise {number} that can be checked: {}.",
                        all.join(", ")
                    )
                }
            }
        };
        let program = Program::new(curriculum, lesson, Language::Rust, exercise.mends.as_deref())?;
        Ok(Program { exercise: Some(number), ..program })
    }

    /// Says that nobody can decide its schedule, if so.
    pub fn refuse_undriven(&self) -> Result<()> {
        match &self.undriven {
            None => Ok(()),
            Some(why) => bail!("{} is not driven: {why}.", self.title()),
        }
    }

    /// What it needs and is not installed.
    pub fn lacks(&self) -> Option<&str> {
        let folders = env::var_os("PATH").unwrap_or_default();
        let is_there = |name: &&str| env::split_paths(&folders).any(|at| at.join(name).is_file());
        self.needs.as_deref().filter(|name| !is_there(name))
    }

    /// Where a learner writes a golden file for it.
    pub fn own_golden(&self) -> PathBuf {
        Path::new("lessons").join(&self.slug).join("golden.txt")
    }

    /// The same, held to a golden file that was written for it.
    pub fn by_golden(&self, file: &Path) -> Program {
        Program { own_golden: Some(file.to_owned()), ..self.clone() }
    }

    pub fn is_by_own_golden(&self) -> bool {
        self.own_golden.is_some()
    }

    /// The same in Python, if there is one.
    pub fn twin(&self, curriculum: &Curriculum) -> Option<Program> {
        let lesson = curriculum.lesson(&self.slug).ok()?;
        Program::new(curriculum, lesson, Language::Python, self.broken.as_deref()).ok()
    }

    /// As in "queue, broken by no-join, in Python".
    pub fn title(&self) -> String {
        let title = titled(&self.slug, self.broken.as_deref());
        let python = match self.language {
            Language::Rust => "",
            Language::Python => ", in Python",
        };
        match self.exercise {
            None => title + python,
            Some(_) if self.own_golden.is_some() => self.golden_path(),
            Some(number) => format!("{}, exercise {number}", self.slug),
        }
    }

    /// What to type after `cargo lesson check`.
    pub fn arguments(&self) -> String {
        let mut arguments = self.slug.clone();
        if let Some(number) = self.exercise {
            return format!("{arguments} --exercise {number}");
        }
        if let Some(name) = &self.broken {
            arguments += &format!(" --broken {name}");
        }
        if self.language == Language::Python {
            arguments += " --python";
        }
        arguments
    }

    /// The same for other tools, beside what else there is to say of it.
    pub fn in_json(&self, mut json: serde_json::Value) -> serde_json::Value {
        json["lesson"] = self.slug.as_str().into();
        json["broken"] = self.broken.as_deref().into();
        json["language"] = match self.language {
            Language::Rust => "rust".into(),
            Language::Python => "python".into(),
        };
        json
    }

    /// The source, below the root.
    pub fn source_path(&self) -> &str {
        &self.source
    }

    pub fn source(&self) -> Result<String> {
        fs::read_to_string(self.root.join(&self.source))
            .with_context(|| format!("cannot read {}", self.source))
    }

    pub fn golden_path(&self) -> String {
        if let Some(file) = &self.own_golden {
            return file.display().to_string();
        }
        if let Some(number) = self.exercise {
            return format!("tests/golden/{}/exercise-{number}.txt", self.slug);
        }
        match &self.broken {
            None => format!("tests/golden/{}.txt", self.slug),
            Some(name) => format!("tests/golden/{}/{name}.txt", self.slug),
        }
    }

    /// Of the picture of a run that is kept beside the golden file.
    pub fn picture_path(&self) -> String {
        match &self.broken {
            None => format!("tests/golden/{}.json", self.slug),
            Some(name) => format!("tests/golden/{}/{name}.json", self.slug),
        }
    }

    pub fn golden_source(&self) -> Result<String> {
        let path = self.golden_path();
        fs::read_to_string(self.root.join(&path))
            .with_context(|| format!("cannot read the golden file {path}"))
    }

    pub fn write_golden(&self, source: &str) -> Result<()> {
        let path = self.golden_path();
        fs::write(self.root.join(&path), source)
            .with_context(|| format!("cannot write the golden file {path}"))
    }

    /// Whether it, what it uses and its golden file are what was committed: so what was tested of them
    /// holds. False, too, if git cannot tell.
    pub fn is_as_committed(&self) -> bool {
        let source = format!("lessons/{}/src", self.slug);
        let manifest = format!("lessons/{}/Cargo.toml", self.slug);
        is_as_committed(&self.root, &[&source, &manifest, &self.golden_path(), "shared"])
    }

    pub fn golden(&self) -> Result<Golden> {
        let source = self.golden_source()?;
        Ok(Golden::parse(&self.golden_path(), &source, self.language)?)
    }
}

/// Cargo says nothing if there is nothing to build, else how far it is: as in .cargo/config.toml.
const ONLY_THE_BAR: [&str; 5] =
    ["--quiet", "--config", "term.progress.when='always'", "--config", "term.progress.width=60"];

/// The programs that can run now, after cargo has built what was to be built.
pub struct Built {
    /// From source to executable.
    executables: HashMap<PathBuf, PathBuf>,
}

impl Built {
    /// Has cargo build what these need. Cargo itself says what is wrong with a lesson.
    pub fn new(programs: &[Program]) -> Result<Built> {
        let mut executables = HashMap::new();
        let rust: Vec<&Program> =
            programs.iter().filter(|program| program.language == Language::Rust).collect();
        let Some(first) = rust.first() else {
            return Ok(Built { executables });
        };
        // Where and how it builds is cargo's to decide, as for the cargo that has started this.
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--bins", "--message-format", "json-render-diagnostics"]);
        cargo.arg("--manifest-path").arg(first.root.join("Cargo.toml"));
        cargo.args(ONLY_THE_BAR);
        for program in rust {
            cargo.arg("--package").arg(format!("lesson-{}", program.slug));
        }
        let built = cargo
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot run {}", cargo.get_program().display()))?;
        if !built.status.success() {
            bail!("cargo could not build it: see above.");
        }
        for line in built.stdout.split(|&byte| byte == b'\n') {
            let message: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
            if let (Some(source), Some(executable)) =
                (message["target"]["src_path"].as_str(), message["executable"].as_str())
            {
                executables.insert(source.into(), executable.into());
            }
        }
        Ok(Built { executables })
    }

    /// As if cargo had built this from the program's source.
    pub fn instead(program: &Program, executable: &Path) -> Built {
        let source = program.root.join(&program.source);
        Built { executables: HashMap::from([(source, executable.to_owned())]) }
    }

    /// The command that runs it, from the root, at this speed.
    pub fn command(&self, program: &Program, speed: f64) -> Result<Command> {
        let source = program.root.join(&program.source);
        let mut command = match program.language {
            Language::Python => {
                let mut python = Command::new("python3");
                python.arg(&program.source);
                python
            }
            Language::Rust => Command::new(
                self.executables
                    .get(&source)
                    .with_context(|| format!("cargo built no program from {}", program.source))?,
            ),
        };
        command.current_dir(&program.root);
        command.env("LESSON_SPEED", speed.to_string());
        Ok(command)
    }
}

/// As in "queue, broken by no-join".
pub fn titled(slug: &str, broken: Option<&str>) -> String {
    let broken = broken.map_or(String::new(), |name| format!(", broken by {name}"));
    format!("{slug}{broken}")
}

/// Is there a Python to run the twins?
pub fn has_python() -> bool {
    let version = Command::new("python3").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// This program, to be a warden. Linux finds it even while cargo puts a new one in its place.
pub fn this_program() -> Result<PathBuf> {
    let path = Path::new("/proc/self/exe");
    match path.exists() {
        true => Ok(path.to_owned()),
        false => Ok(env::current_exe()?),
    }
}

/// A path as one would type it here.
pub fn shown_from_here(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// `target/debug` or its like: where this program was built.
pub fn profile_folder() -> Result<PathBuf> {
    let this = env::current_exe()?;
    let folder = this.parent().map(Path::to_owned);
    folder.context("a running program lies in a folder")
}
