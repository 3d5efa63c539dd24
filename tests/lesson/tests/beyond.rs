//! The lessons beyond one machine, and what may go wrong there: the server is killed and comes back, the password
//! is wrong, main is killed, the machines are several.
//!
//! Without `redis-server` these are skipped by name, and where no network namespaces can be made, so is the last.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use golden::Language;
use lesson::{Built, Curriculum, Program};
use libtest_mimic::{Arguments, Trial};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

const PASSWORD: &str = "what-nobody-may-see-in-a-list-of-processes";
/// So many times main or the server is killed, in each language: as GOLDEN_RUNS says.
fn times() -> Result<u64> {
    Ok(std::env::var("GOLDEN_RUNS").map_or(Ok(20), |runs| runs.parse())?)
}

type Test = fn(&Shop) -> Result<()>;

fn main() {
    let mut arguments = Arguments::from_args();
    // They mostly wait.
    arguments.test_threads.get_or_insert(5);
    let shop = Arc::new(Shop::find().unwrap_or_else(|error| panic!("{error:#}")));
    let lacks = shop.programs[0].lacks().map(str::to_owned);
    let lacks = lacks.filter(|_| std::env::var_os("LESSONS_SKIP_NOTHING").is_none());
    let tests: [(&str, Test); 5] = [
        ("a_server_that_is_killed_costs_no_item", killed_server),
        ("a_wrong_password_is_refused", wrong_password),
        ("no_password_is_in_a_list_of_processes", hidden_password),
        ("nothing_is_left_however_main_ends", killed_main),
        ("the_readers_are_on_several_machines", machines),
    ];
    let trials = tests.map(|(name, test)| {
        let shop = Arc::clone(&shop);
        let trial =
            Trial::test(name, move || Ok(test(&shop).map_err(|error| format!("{error:#}"))?));
        let has_no_machines = name.contains("machines") && !has_namespaces();
        match lacks.clone().or(has_no_machines.then(|| "network namespaces".to_owned())) {
            None => trial,
            Some(lacking) => trial.with_kind(format!("no {lacking}")).with_ignored_flag(true),
        }
    });
    libtest_mimic::run(&arguments, trials.into()).exit();
}

struct Shop {
    programs: Vec<Program>,
    built: OnceLock<Result<Built, String>>,
}

impl Shop {
    fn find() -> Result<Shop> {
        let curriculum = Curriculum::read()?;
        let mut programs = Vec::new();
        for slug in ["stream", "redelivery"] {
            for language in [Language::Rust, Language::Python] {
                let lesson = curriculum.lesson(slug)?;
                programs.push(Program::new(&curriculum, lesson, language, None)?);
            }
        }
        Ok(Shop { programs, built: OnceLock::new() })
    }

    /// `stream`, in Rust and in Python.
    fn streams(&self) -> &[Program] {
        &self.programs[..2]
    }

    fn redeliveries(&self) -> &[Program] {
        &self.programs[2..]
    }

    /// What to start, at ten times the speed, with a group of its own and a pipe to read.
    fn command(&self, program: &Program) -> Result<Command> {
        let build = || Built::new(&self.programs).map_err(|error| format!("{error:#}"));
        let built = self.built.get_or_init(build).as_ref().map_err(|why| anyhow!(why.clone()))?;
        let mut command = built.command(program, 10.0)?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        command.env_remove("RUST_BACKTRACE").env_remove("LESSON_REDIS");
        Ok(command)
    }
}

/// A folder of its own, which is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        let folder = nix::unistd::mkdtemp(&std::env::temp_dir().join("lesson-beyond-XXXXXX"))?;
        Ok(Folder(folder))
    }

    fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A process that is ended, whatever happens here.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server with that password, in this command's place; ready when this returns.
fn serve(mut command: Command, address: &str, port: u16, folder: &Folder) -> Result<Ended> {
    command.args(["redis-server", "-"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut server = Ended(command.spawn().context("redis-server does not start")?);
    let folder = folder.0.display();
    let text =
        format!("bind {address}\nport {port}\nrequirepass {PASSWORD}\ndir {folder}\nsave \"\"\n");
    server.0.stdin.take().context("it has a pipe")?.write_all(text.as_bytes())?;
    Ok(server)
}

fn serve_here(folder: &Folder) -> Result<(Ended, String)> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let server = serve(Command::new("env"), "127.0.0.1", port, folder)?;
    Ok((server, format!("127.0.0.1:{port}")))
}

fn printed(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// A process that is there: what it was called with, and where it keeps its files. A server, which writes over its
/// environment, stands in its folder; the others are told of it.
#[derive(Debug)]
struct Seen {
    pid: i32,
    words: String,
    place: String,
}

fn processes() -> Vec<Seen> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let words = |pid: i32, file: &str| {
        let bytes = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    };
    pids.map(|pid| {
        let folder = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
        let place = format!("{} {}", folder.display(), words(pid, "environ"));
        Seen { pid, words: words(pid, "cmdline"), place }
    })
    .collect()
}

/// The server of a run that has this folder for its temporary files.
fn server_in(folder: &Folder) -> Option<i32> {
    let folder = folder.0.display().to_string();
    let is_it =
        |seen: &Seen| seen.words.starts_with("redis-server") && seen.place.contains(&folder);
    processes().into_iter().find(is_it).map(|seen| seen.pid)
}

fn killed_server(shop: &Shop) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(1);
    for program in shop.redeliveries() {
        let (times, mut in_time) = (times()?, 0);
        for _ in 0..times {
            let folder = Folder::new()?;
            let mut run = shop.command(program)?.env("TMPDIR", &folder.0).spawn()?;
            let mut lines = BufReader::new(run.stdout.take().context("it has a pipe")?);
            let mut first = String::new();
            lines.read_line(&mut first)?;
            sleep(Duration::from_micros(random.u64(..20_000)));
            let server = server_in(&folder).map(Pid::from_raw);
            in_time += server.map_or(0, |server| u64::from(kill(server, Signal::SIGKILL).is_ok()));
            let mut rest = String::new();
            lines.read_to_string(&mut rest)?;
            let output = run.wait_with_output()?;
            let all = first + &rest + &printed(&output);
            ensure!(output.status.success(), "{}: {}\n{all}", program.title(), output.status);
            for n in 0..4 {
                let line = format!("| {n} squared is {}", n * n);
                ensure!(all.contains(&line), "{}: {n} is lost\n{all}", program.title());
            }
            ensure!(
                all.contains("| 0 pending"),
                "{}: something is pending\n{all}",
                program.title()
            );
        }
        ensure!(
            in_time > times / 2,
            "{} runs ended before their server was killed",
            times - in_time
        );
    }
    Ok(())
}

fn wrong_password(shop: &Shop) -> Result<()> {
    let folder = Folder::new()?;
    let (_server, address) = serve_here(&folder)?;
    let right = folder.file("right", &format!("{PASSWORD}\n"))?;
    let wrong = folder.file("wrong", "guessed\n")?;
    for program in shop.streams() {
        let run = |address: &str, file: Option<&Path>| -> Result<Output> {
            let mut command = shop.command(program)?;
            command.env("LESSON_REDIS", address);
            file.map(|file| command.env("LESSON_REDIS_PASSWORD_FILE", file));
            Ok(command.output()?)
        };
        let plain = format!("redis://{address}/");
        for (address, file) in [
            (&format!("redis://:guessed@{address}/"), None),
            (&plain, Some(&*wrong)),
            (&plain, None),
        ] {
            let output = run(address, file)?;
            let said = printed(&output);
            let is_clear = said.contains("refuses the password") && said.lines().count() == 1;
            ensure!(output.status.code() == Some(1) && is_clear, "{}\n{said}", output.status);
            ensure!(!said.contains("guessed"), "it tells the password: {said}");
        }
        let output = run(&plain, Some(&right))?;
        let said = printed(&output);
        let report = program.golden()?.check(&golden::Run::printed(&said, "")).is_legal();
        ensure!(output.status.success() && report, "{}\n{said}", output.status);
    }
    Ok(())
}

fn hidden_password(shop: &Shop) -> Result<()> {
    let folder = Folder::new()?;
    let (_server, address) = serve_here(&folder)?;
    let is_secret = |word: &str| {
        word.contains(PASSWORD) || word.len() >= 64 && word.chars().all(|c| c.is_ascii_hexdigit())
    };
    // A server shows something else as soon as it can: so what it was called with is noted before.
    let (noted, paths) = (folder.0.join("noted"), std::env::var("PATH")?);
    let note = format!(
        "#!/bin/sh\necho \"$@\" >> {}\nPATH={paths} exec redis-server \"$@\"\n",
        noted.display()
    );
    let script = folder.file("redis-server", &note)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    for program in shop.streams() {
        for there in [None, Some(format!("redis://:{PASSWORD}@{address}/"))] {
            let mut command = shop.command(program)?;
            there.map(|there| command.env("LESSON_REDIS", there));
            command.env("TMPDIR", &folder.0).env("LESSON_SPEED", "1");
            command.env("PATH", format!("{}:{paths}", folder.0.display()));
            let mut run = command.spawn()?;
            let mut looks = 0;
            while run.try_wait()?.is_none() {
                for Seen { pid, words, .. } in processes() {
                    let secret = words.split_whitespace().find(|word| is_secret(word));
                    ensure!(secret.is_none(), "process {pid} shows it: {words}");
                }
                looks += 1;
            }
            ensure!(looks > 1, "it ended after {looks} looks");
        }
    }
    let noted = fs::read_to_string(&noted)?;
    ensure!(noted == "-\n-\n", "the server was called with {noted}");
    Ok(())
}

fn killed_main(shop: &Shop) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(2);
    for program in shop.programs.iter().filter(|program| program.slug == "stream") {
        for time in 0..times()? {
            let folder = Folder::new()?;
            let mut run = shop.command(program)?.env("TMPDIR", &folder.0).spawn()?;
            sleep(Duration::from_millis(random.u64(..250)));
            let main = Pid::from_raw(i32::try_from(run.id())?);
            // Ctrl-C is sent to all of them.
            let _ = match time % 4 {
                0 => kill(main, Signal::SIGTERM),
                1 => killpg(main, Signal::SIGINT),
                _ => kill(main, Signal::SIGKILL),
            };
            run.wait()?;
            let name = folder.0.display().to_string();
            let begun = Instant::now();
            loop {
                let all = processes();
                let left: Vec<_> = all.iter().filter(|seen| seen.place.contains(&name)).collect();
                let files = fs::read_dir(&folder.0)?.count();
                if left.is_empty() && files == 0 {
                    break;
                }
                let title = program.title();
                if begun.elapsed() > Duration::from_secs(10) {
                    bail!("{title}, time {time}: {files} files, {left:?}");
                }
                sleep(Duration::from_millis(5));
            }
        }
    }
    Ok(())
}

/// A network namespace: a machine, as far as the network goes. It ends with the process that holds it, which ends
/// with us, however that happens.
struct Machine(Ended);

impl Machine {
    fn new() -> Result<Machine> {
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-c", "echo && exec cat"]);
        let mut holder = Ended(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
        // The line comes when it is there.
        let mut line = [0];
        holder.0.stdout.as_mut().context("it has a pipe")?.read_exact(&mut line)?;
        Ok(Machine(holder))
    }

    /// Not `ip netns exec`, which would mount over folders of the system.
    fn on(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.0.0.id()));
        command
    }

    fn ip(&self, words: &str) -> Result<()> {
        let output = self.on().arg("ip").args(words.split(' ')).output()?;
        ensure!(output.status.success(), "ip {words}: {}", printed(&output));
        Ok(())
    }

    /// A cable to another one, with an address at each end.
    fn connect(&self, name: &str, mine: &str, other: &Machine, theirs: &str) -> Result<()> {
        let pid = other.0.0.id();
        self.ip(&format!("link add name {name} type veth peer name cable netns {pid}"))?;
        for (machine, cable, address) in [(self, name, mine), (other, "cable", theirs)] {
            machine.ip(&format!("address add {address}/24 dev {cable}"))?;
            machine.ip(&format!("link set dev {cable} up"))?;
        }
        Ok(())
    }
}

fn has_namespaces() -> bool {
    let has = || -> Result<()> {
        let (one, two) = (Machine::new()?, Machine::new()?);
        one.connect("to-two", "10.231.1.1", &two, "10.231.1.2")
    };
    has().is_ok()
}

fn machines(shop: &Shop) -> Result<()> {
    let folder = Folder::new()?;
    let (server, one, two) = (Machine::new()?, Machine::new()?, Machine::new()?);
    server.connect("to-one", "10.231.1.1", &one, "10.231.1.2")?;
    server.connect("to-two", "10.231.2.1", &two, "10.231.2.2")?;
    let _redis = serve(server.on(), "10.231.1.1 10.231.2.1", 6379, &folder)?;
    let password = folder.file("password", PASSWORD)?;
    for program in shop.streams() {
        let start = |machine: &Machine, address: &str, role: &str| -> Result<Child> {
            let lesson = shop.command(program)?;
            let mut command = machine.on();
            command.arg(lesson.get_program()).args(lesson.get_args()).arg(role);
            command.current_dir(&program.root).env("LESSON_SPEED", "10");
            command.env("LESSON_REDIS", format!("redis://{address}:6379/"));
            command.env("LESSON_REDIS_PASSWORD_FILE", &password);
            Ok(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
        };
        let added = start(&one, "10.231.1.1", "main")?.wait_with_output()?;
        ensure!(added.status.success(), "{}", printed(&added));
        let readers =
            [start(&one, "10.231.1.1", "reader-1")?, start(&two, "10.231.2.1", "reader-2")?];
        let mut all = printed(&added);
        for reader in readers {
            let output = reader.wait_with_output()?;
            ensure!(output.status.success(), "{}", printed(&output));
            all += &printed(&output);
        }
        // Who was first between two machines, nobody knows. Main's last line is missing, for it joined nobody.
        let mut texts: Vec<&str> =
            all.lines().filter_map(|line| line.split_once("| ")).map(|(_, text)| text).collect();
        texts.sort_unstable();
        let expected = [
            "0 squared is 0",
            "1 squared is 1",
            "2 squared is 4",
            "3 squared is 9",
            "adds 4 items, then 2 pills",
            "takes a pill and exits",
            "takes a pill and exits",
        ];
        ensure!(texts == expected, "{}\n{all}", program.title());
        let mut pending = one.on();
        pending.args(["redis-cli", "-h", "10.231.1.1", "XPENDING", "items", "readers"]);
        let pending = printed(&pending.env("REDISCLI_AUTH", PASSWORD).output()?);
        ensure!(pending.starts_with('0'), "pending: {pending}");
    }
    Ok(())
}
