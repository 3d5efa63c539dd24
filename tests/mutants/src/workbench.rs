//! Compiles one program after another, beside what cargo has built for its lesson.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs, process};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Where the mutants of these lessons are compiled: by rustc alone, as cargo would compile the lesson.
/// So hundreds of programs of 7 MB each need not be there at once, and one that does not compile holds
/// up no other.
#[derive(Debug)]
pub struct Workbench {
    root: PathBuf,
    folder: PathBuf,
    /// The folder of all libraries.
    built: PathBuf,
    /// Of each lesson: the names of what it uses, and the files.
    uses: HashMap<String, Vec<(String, PathBuf)>>,
}

/// A program, for as long as it is needed.
#[derive(Debug)]
pub struct Executable(PathBuf);

impl Workbench {
    /// Has cargo build what these lessons use. The programs will lie in a new folder inside of this one.
    ///
    /// # Errors
    /// If cargo cannot build it.
    pub fn new(root: &Path, lessons: &[&str], folder: &Path) -> Result<Workbench> {
        let folder = folder.join(format!("mutants-{}", process::id()));
        let packages: Vec<String> = lessons.iter().map(|slug| format!("-plesson-{slug}")).collect();
        let mut build = cargo(root, "build", &packages);
        build.args(["--bins", "--quiet", "--message-format", "json-render-diagnostics"]);
        let mut libraries = HashMap::new();
        for line in output(build)?.lines() {
            let message: Value = serde_json::from_str(line).unwrap_or_default();
            let files = message["filenames"].as_array().into_iter().flatten();
            let file = files.filter_map(Value::as_str).find(|file| file.ends_with(".rlib"));
            if let (Some(id), Some(name), Some(file)) =
                (message["package_id"].as_str(), message["target"]["name"].as_str(), file)
            {
                let version = id.rsplit(['#', '@']).next().unwrap_or_default();
                libraries.insert((name.to_owned(), version.to_owned()), PathBuf::from(file));
            }
        }
        let mut tree = cargo(root, "tree", &packages);
        tree.args(["--depth=1", "--edges=normal", "--prefix=depth", "--format= {lib} {p}"]);
        let (mut uses, mut lesson) = (HashMap::<_, Vec<_>>::new(), String::new());
        for line in output(tree)?.lines() {
            match *line.split(' ').collect::<Vec<_>>() {
                ["0", _, package, ..] => {
                    package.trim_start_matches("lesson-").clone_into(&mut lesson)
                }
                ["1", name, _, version, ..] => {
                    let version = version.trim_start_matches('v').to_owned();
                    let file = libraries.get(&(name.to_owned(), version));
                    let file = file.with_context(|| format!("cargo has built no {name}"))?;
                    uses.entry(lesson.clone()).or_default().push((name.to_owned(), file.clone()));
                }
                _ => {}
            }
        }
        let built = libraries.values().find_map(|file| file.parent());
        let built = built.context("cargo has built no library")?.to_owned();
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Workbench { root: root.to_owned(), folder, built, uses })
    }

    /// Compiles a program in the place of this lesson's; `name` is that of a file. None: it is refused.
    ///
    /// # Errors
    /// If rustc cannot be run, or a file cannot be written.
    pub fn compile(&self, lesson: &str, name: &str, source: &str) -> Result<Option<Executable>> {
        let (code, program) = (self.folder.join(format!("{name}.rs")), self.folder.join(name));
        fs::write(&code, source).with_context(|| format!("cannot write {}", code.display()))?;
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.args(["--edition=2024", "--crate-name=mutant", "--cap-lints=allow", "-Cdebuginfo=0"]);
        rustc.arg("-L").arg(joined("dependency=", &self.built)).arg("-o").arg(&program).arg(&code);
        // A panic names it.
        let origin = format!("=lessons/{lesson}/src/main.rs");
        rustc.arg("--remap-path-prefix").arg({
            let mut mapped = code.clone().into_os_string();
            mapped.push(origin);
            mapped
        });
        for (name, file) in self.uses.get(lesson).into_iter().flatten() {
            rustc.arg("--extern").arg(joined(&format!("{name}="), file));
        }
        rustc.current_dir(&self.root).stdout(Stdio::null()).stderr(Stdio::null());
        let status = rustc.status().context("cannot run rustc")?;
        fs::remove_file(&code)?;
        Ok(status.success().then_some(Executable(program)))
    }
}

impl Executable {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        // If that fails, it is in nobody's way.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Executable {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn cargo(root: &Path, what: &str, packages: &[String]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(what).args(packages).current_dir(root).stderr(Stdio::inherit());
    cargo
}

fn output(mut command: Command) -> Result<String> {
    let Output { status, stdout, .. } = command.output().context("cannot run cargo")?;
    if !status.success() {
        bail!("cargo failed: see above.");
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

fn joined(before: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(before);
    joined.push(path);
    joined
}
