//! What cargo builds for `cargo lesson`: the lessons of the checkout in which one stands, nothing
//! twice, and not in silence.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use serde_json::Value;

use crate::{read, root};

/// Two checkouts of two crates, which share a target directory. What matters in them is the
/// project's own: cargo's settings, and the line that ties what is built to its checkout.
struct Checkouts(PathBuf);

impl Checkouts {
    fn new(name: &str) -> Checkouts {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // From the run before.
        let _ = fs::remove_dir_all(&root);
        let tie = |path: &str| {
            let source = read(path);
            source.lines().find(|line| line.contains("option_env!")).expect("the line").to_owned()
        };
        let says = "fn main() { println!(\"the command of {}\", env!(\"CARGO_MANIFEST_DIR\")) }";
        let main = format!("{}\n{says}\n", tie("tests/language/src/checkout.rs"));
        let package = |name: &str| {
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
        };
        let lesson =
            "description = \"Say hello\"\n[dependencies]\nshared = { path = \"../../shared\" }\n";
        let command = "[[bin]]\nname = \"lesson\"\npath = \"main.rs\"\n";
        for (checkout, says) in [("one", "hello"), ("other", "something else")] {
            let says = format!("fn main() {{ println!(\"main       | {says}\") }}\n");
            let files = [
                (
                    "Cargo.toml",
                    "[workspace]\nmembers = [\"shared\", \"tests/lesson\", \"lessons/*\"]\n",
                ),
                (".cargo/config.toml", &read(".cargo/config.toml")),
                ("shared/Cargo.toml", &package("shared")),
                ("shared/src/lib.rs", &tie("shared/src/lib.rs")),
                ("tests/lesson/Cargo.toml", &format!("{}{command}", package("lesson"))),
                ("tests/lesson/main.rs", &main),
                ("lessons/hello/Cargo.toml", &format!("{}{lesson}", package("lesson-hello"))),
                ("lessons/hello/src/main.rs", &says),
                ("lessons/notes.txt", "No lesson.\n"),
                ("tests/golden/hello.txt", "main | hello\n"),
                ("book/src/SUMMARY.md", "# Greetings\n\n- [Say it](hello.md)\n"),
            ];
            for (path, text) in files {
                let path = root.join(checkout).join(path);
                fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
                fs::write(&path, text).expect("the file");
                // Older than everything that is built: so cargo sees no change.
                let file = File::options().write(true).open(&path).expect("the file");
                file.set_modified(SystemTime::UNIX_EPOCH).expect("its time");
            }
        }
        Checkouts(root)
    }

    fn command(&self, program: &str, arguments: &[&str], folder: &str) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.join(folder));
        command.env("CARGO_TARGET_DIR", self.0.join("target")).env("CARGO_NET_OFFLINE", "true");
        command.env("LESSON_PROGRESS", self.0.join("progress.txt"));
        command.env_remove("LESSON_ROOT").env_remove("CARGO_BUILD_TARGET");
        command
    }

    /// Checks the lesson in this folder.
    fn check(&self, folder: &str) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_lesson"), &["check", "hello"], folder);
        command.output().expect("the command")
    }
}

#[track_caller]
fn expect(output: &Output, code: i32, part: &str) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(part), "`{part}` is not in:\n{text}");
}

#[test]
fn the_checkout_in_which_one_stands_is_judged() {
    let checkouts = Checkouts::new("checkouts");
    let legal = "the same as the golden file";
    let first = checkouts.check("one");
    expect(&first, 0, legal);
    assert!(String::from_utf8_lossy(&first.stderr).contains("0/2: shared"), "{first:?}");
    expect(&checkouts.check("other/lessons/hello/src"), 1, "main       | something else");
    expect(&checkouts.check("one/book"), 0, legal);
    fs::rename(checkouts.0.join("other"), checkouts.0.join("moved")).expect("the move");
    expect(&checkouts.check("moved"), 1, "main       | something else");
}

#[test]
fn outside_of_any_checkout() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesson"));
    command.current_dir("/").env_remove("LESSON_ROOT");
    expect(
        &command.output().expect("the command"),
        2,
        "Go into one (cd), or name it in LESSON_ROOT",
    );
    let nowhere = command.env("LESSON_ROOT", "/nowhere").output().expect("the command");
    expect(&nowhere, 2, "LESSON_ROOT is /nowhere");
}

/// With `CARGO_BUILD_TARGET`, programs lie elsewhere.
#[test]
fn nothing_is_built_twice() {
    let checkouts = Checkouts::new("built-once");
    let version = Command::new("rustc").arg("-vV").output().expect("rustc");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let built = ["build", "--quiet", "--package", "lesson-hello"];
    let build = checkouts.command("cargo", &built, "one").env("CARGO_BUILD_TARGET", host).output();
    expect(&build.expect("cargo"), 0, "");
    let mut check = checkouts.command(env!("CARGO_BIN_EXE_lesson"), &["check", "hello"], "one");
    let check = check.env("CARGO_BUILD_TARGET", host).output().expect("the command");
    expect(&check, 0, "the same as the golden file");
    // Cargo shows its bar as soon as it has anything to build, on a loaded machine too.
    assert_eq!(String::from_utf8_lossy(&check.stderr), "");
}

#[test]
fn a_build_shows_how_far_it_is() {
    let checkouts = Checkouts::new("bar");
    let lesson = |folder| checkouts.command("cargo", &["lesson"], folder).output().expect("cargo");
    let (first, second, other) = (lesson("one"), lesson("one"), lesson("other"));
    expect(&first, 0, "one/tests/lesson");
    assert!(String::from_utf8_lossy(&first.stderr).contains("0/1: lesson"), "{first:?}");
    expect(&second, 0, "one/tests/lesson");
    assert_eq!(String::from_utf8_lossy(&second.stderr), "");
    expect(&other, 0, "other/tests/lesson");
}

/// The first build is what a learner waits for.
#[test]
fn the_command_is_built_without_the_crate_of_the_lessons() {
    let mut cargo = Command::new("cargo");
    cargo.args([
        "tree",
        "--offline",
        "--edges",
        "no-dev",
        "--prefix",
        "none",
        "--package",
        "lesson",
    ]);
    let tree = cargo.current_dir(root()).output().expect("cargo");
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.contains("running v") && !tree.contains("multiprocessing v"), "{tree}");
}

/// Cargo gives a crate the features that the packages want which it builds. If those of one lesson
/// differed from those of all, `check --all` would build everything again.
#[test]
fn all_lessons_are_built_of_what_one_is_built_of() {
    let crates = |package: &str| -> BTreeMap<String, String> {
        let mut cargo = Command::new("cargo");
        cargo.args(["tree", "--offline", "--edges", "no-dev", "--prefix", "none"]);
        cargo.args(["--format", "{p} with {f}", "--package", package]).current_dir(root());
        let tree = cargo.output().expect("cargo");
        assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
        let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
        let lines = tree.lines().filter_map(|line| line.split_once(" with "));
        lines.map(|(name, with)| (name.to_owned(), with.replace(" (*)", ""))).collect()
    };
    let all = crates("lesson-*");
    // What only the command needs.
    assert!(all.keys().all(|name| !name.starts_with("crossterm ")), "{all:?}");
    // One lesson for each way to depend on something.
    let mut lessons = BTreeMap::new();
    for folder in fs::read_dir(root().join("lessons")).expect("the lessons") {
        let slug = folder.expect("an entry").file_name().to_string_lossy().into_owned();
        let Ok(manifest) = fs::read_to_string(root().join(format!("lessons/{slug}/Cargo.toml")))
        else {
            continue;
        };
        let wanted = manifest.split_once("[dependencies]").expect("dependencies").1.to_owned();
        lessons.insert(wanted, format!("lesson-{slug}"));
    }
    for lesson in lessons.values() {
        for (name, with) in crates(lesson) {
            assert_eq!(all[&name], with, "features of {name}, for all lessons and for {lesson}");
        }
    }
}

/// The workspace's default members are what cargo takes without `-p`.
#[test]
fn without_a_package_cargo_tests_everything_and_has_one_program_to_run() {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--offline", "--no-deps", "--format-version", "1"]);
    let metadata = cargo.current_dir(root()).output().expect("cargo");
    assert!(metadata.status.success(), "{metadata:?}");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let defaults = metadata["workspace_default_members"].as_array().expect("a list");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let (default, others): (Vec<Value>, Vec<Value>) = list(&metadata["packages"])
        .into_iter()
        .partition(|package| defaults.contains(&package["id"]));
    for package in others {
        for target in list(&package["targets"]) {
            assert_eq!(
                (&target["test"], &target["doctest"]),
                (&false.into(), &false.into()),
                "{target}"
            );
        }
    }
    let runs: Vec<&str> =
        default.iter().filter_map(|package| package["default_run"].as_str()).collect();
    assert_eq!(runs, ["lesson"]);
}

/// A learner waits for all of them before the first line.
#[test]
fn a_lesson_needs_no_more_crates_than_it_did() {
    // The last one was serde_fmt, a crate of one file beside serde, for the words of what is put.
    const MOST: usize = 32;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "-p", "lesson-queue", "-e", "normal,build"]);
    let output = cargo.args(["--prefix", "none"]).current_dir(root()).output().expect("cargo");
    let tree = String::from_utf8(output.stdout).expect("UTF-8");
    let crates = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    let mut lines: Vec<&str> = crates.filter(|line| !line.is_empty()).collect();
    lines.sort();
    lines.dedup();
    assert!(lines.iter().any(|line| line.starts_with("multiprocessing ")), "{tree}");
    assert!(lines.len() <= MOST, "{} of {MOST}:\n{}", lines.len(), lines.join("\n"));
}
