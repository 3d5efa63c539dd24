//! `cargo lesson play` in a terminal: what its keys do, and what is then on the screen.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;
use pty_process::Size;
use pty_process::blocking::{self, Pty};

use crate::command::{LONG, contains, wait_until};
use crate::root;

/// With these the game begins and ends each drawing of the screen.
const DRAWING: [&[u8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];

/// Somebody at a keyboard.
pub struct Player {
    game: Child,
    terminal: Arc<Pty>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

pub struct Seen {
    pub screen: vt100::Parser,
    /// All that came.
    bytes: Vec<u8>,
    /// How many times a drawing of the screen was begun, and ended.
    drawn: [usize; 2],
    is_over: bool,
}

impl Player {
    fn plays(arguments: &str) -> Player {
        Player::with(80, 24, &[], arguments)
    }

    fn with(width: u16, height: u16, variables: &[(&str, &str)], arguments: &str) -> Player {
        let lesson = blocking::Command::new(env!("CARGO_BIN_EXE_lesson"));
        let lesson = lesson.arg("play").args(arguments.split(' ')).current_dir(root());
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
        let progress = folder.join(format!("play-{}.txt", std::process::id()));
        let lesson = lesson.env("LESSON_PROGRESS", progress).env("TERM", "xterm-256color");
        let lesson = lesson.env_remove("NO_COLOR").envs(variables.iter().copied());
        Player::at(width, height, lesson)
    }

    pub fn at(width: u16, height: u16, command: blocking::Command) -> Player {
        let (terminal, other_end) = blocking::open().expect("a terminal");
        terminal.resize(Size::new(height, width)).expect("its size");
        let game = command.spawn(other_end).expect("the command");
        let screen = vt100::Parser::new(some(height), some(width), 0);
        let seen = Seen { screen, bytes: Vec::new(), drawn: [0, 0], is_over: false };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let terminal = Arc::new(terminal);
        let (theirs, watched) = (Arc::clone(&terminal), Arc::clone(&seen));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                // It fails as soon as nobody has the other end.
                let many = (&*theirs).read(&mut bytes).unwrap_or(0);
                let (seen, more) = &*watched;
                let mut seen = seen.lock().expect("nobody panics with it");
                seen.screen.process(&bytes[..many]);
                let known = seen.bytes.len().saturating_sub(DRAWING[0].len() - 1);
                seen.bytes.extend(&bytes[..many]);
                for (nth, mark) in DRAWING.iter().enumerate() {
                    let new = seen.bytes[known..].windows(mark.len());
                    seen.drawn[nth] += new.filter(|bytes| bytes == mark).count();
                }
                seen.is_over = many == 0;
                more.notify_all();
                if many == 0 {
                    return;
                }
            }
        });
        Player { game, terminal, seen }
    }

    /// Waits until the screen is like that.
    #[track_caller]
    pub fn sees(&self, what: &str, is_so: impl Fn(&Seen) -> bool) -> String {
        let (seen, more) = &*self.seen;
        let began = Instant::now();
        let is_so = |seen: &Seen| seen.drawn[0] == seen.drawn[1] && is_so(seen);
        let mut seen = seen.lock().expect("nobody panics with it");
        while !is_so(&seen) && !seen.is_over && began.elapsed() < LONG {
            let left = LONG.saturating_sub(began.elapsed());
            seen = more.wait_timeout(seen, left).expect("nobody panics with it").0;
        }
        let (screen, is_so) = (seen.screen.screen().contents(), is_so(&seen));
        drop(seen);
        assert!(is_so, "no `{what}` in:\n{screen}");
        screen
    }

    #[track_caller]
    pub fn shows(&self, words: &str) -> String {
        self.sees(words, |seen| seen.screen.screen().contents().contains(words))
    }

    pub fn types(&self, keys: &str) {
        (&*self.terminal).write_all(keys.as_bytes()).expect("somebody listens");
    }

    /// The screen after this key.
    #[track_caller]
    fn step(&self, key: char) -> String {
        let before = self.seen.0.lock().expect("nobody panics with it").drawn[1];
        self.types(&key.to_string());
        let is_busy = |seen: &Seen| seen.screen.screen().contents().contains("It is at work.");
        self.sees("another screen", |seen| seen.drawn[1] > before && !is_busy(seen))
    }

    /// The same, until the screen has these words.
    #[track_caller]
    fn goes(&self, key: char, until: &str) -> String {
        let mut screen = self.screen();
        for _ in 0..100 {
            if screen.contains(until) {
                return screen;
            }
            screen = self.step(key);
        }
        panic!("no `{until}` in:\n{screen}");
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.game.id()).expect("a pid"))
    }

    pub fn screen(&self) -> String {
        self.seen.0.lock().expect("nobody panics with it").screen.screen().contents()
    }

    /// How many steps the first line of the screen counts.
    #[track_caller]
    fn steps(&self) -> usize {
        let screen = self.shows(" step");
        let title = screen.lines().next().unwrap_or_default();
        let words: Vec<&str> = title.split_whitespace().collect();
        let at = words.iter().position(|word| word.starts_with("step")).expect("a title");
        words[at - 1].parse().expect("a number")
    }

    fn resize(&self, width: u16, height: u16) {
        let mut seen = self.seen.0.lock().expect("nobody panics with it");
        seen.screen.screen_mut().set_size(some(height), some(width));
        self.terminal.resize(Size::new(height, width)).expect("its size");
    }

    /// Waits for the end: the exit status, and what is on the screen then. The terminal is as it was.
    #[track_caller]
    pub fn ends(mut self) -> (Option<i32>, String) {
        let began = Instant::now();
        let status = loop {
            match self.game.try_wait().expect("its state") {
                Some(status) => break status,
                None => assert!(began.elapsed() < LONG, "it does not end:\n{}", self.screen()),
            }
            thread::sleep(Duration::from_millis(5));
        };
        let flags = tcgetattr(&*self.terminal).expect("a terminal").local_flags;
        assert!(flags.contains(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG));
        wait_until("all is read", || self.seen.0.lock().expect("nobody panics with it").is_over);
        let seen = self.seen.0.lock().expect("nobody panics with it");
        let screen = seen.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor());
        (status.code(), screen.contents())
    }

    /// The processes of the lesson, main first.
    fn processes(&self) -> Vec<i32> {
        let game = i32::try_from(self.game.id()).expect("a pid");
        let main = children(game);
        let children = main.iter().flat_map(|&main| children(main));
        main.iter().copied().chain(children).collect()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.game.kill();
        let _ = self.game.wait();
    }
}

fn some(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("more than nothing")
}

/// In the order of their birth.
fn children(of: i32) -> Vec<i32> {
    let all = fs::read_dir("/proc").expect("/proc").flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    let is_child = |pid: &i32| running::Stat::of(*pid).is_some_and(|stat| stat.parent == of);
    let mut children: Vec<i32> = pids.filter(is_child).collect();
    children.sort_unstable();
    children
}

fn is_alive(pid: i32) -> bool {
    running::Stat::of(pid).is_some_and(|stat| !stat.is_zombie())
}

/// What stands above the lower line, without the title: who said what.
fn said(screen: &str) -> Vec<String> {
    let lines = screen.lines().skip(1).take_while(|line| !line.starts_with('─'));
    lines.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn a_lock_is_played_to_its_end() {
    let player = Player::plays("lock");
    assert!(player.shows("Each process stands still").contains("0 steps   code x"));
    player.goes('0', "3 begin");
    // It opens the book, and nobody else can.
    player.goes('2', "2 read");
    player.goes('1', "has to wait");
    let screen = player.goes('2', "has ended");
    let column = |words: &str| {
        let line = screen.lines().find(|line| line.contains(words)).expect("the line");
        (line.trim_start().split(' ').next().expect("a number").to_owned(), line.find(words))
    };
    let clerk = screen.lines().nth(1).and_then(|line| line.find("clerk-2"));
    assert_eq!(column("opens the book"), ("6".to_owned(), clerk));
    assert_eq!(column("closes the book").0, "8");
    // Whoever cannot go on has no key.
    let keys = |screen: &str| screen.lines().last().expect("keys").to_owned();
    let end = player.goes(' ', "Legal: the golden file allows this run.");
    assert!(keys(&end).starts_with("u undo  r again"), "{end}");
    assert!(end.contains("the book says 3"), "{end}");
    let steps = player.steps();
    player.types("q");
    let (status, left) = player.ends();
    assert_eq!(status, Some(0));
    let code = left.rsplit_once("--schedule ").expect("the code").1.trim();
    assert!(left.contains(&format!("{steps} steps. The same again: cargo lesson play lock ")));

    // The code leads to the same end, from where one can walk back.
    let again = Player::plays(&format!("lock --schedule {code}"));
    let there = again.shows(&format!("This is the run after {steps} steps."));
    assert_eq!(said(&there), said(&end));
    again.types("uu");
    let back = again.shows(&format!("{} steps", steps - 2));
    assert!(!back.contains("Legal"), "{back}");
    again.types("\x03");
    assert_eq!(again.ends().0, Some(0));
}

#[test]
fn what_is_undone_can_be_done_otherwise() {
    let player = Player::plays("queue");
    player.shows("Each process");
    player.goes('0', "1 begin");
    player.goes('1', "has ended");
    player.goes('0', "3 begin");
    let start = player.steps();
    let first = player.goes('3', "3 pause");
    let many = player.steps() - start;
    for _ in 0..many {
        player.types("u");
    }
    let undone = player.shows(&format!("Taken back: step {}.", start + 1));
    assert!(!undone.contains("got 0"), "{undone}");
    let other = player.goes('2', "2 pause");
    assert_ne!(said(&other), said(&first));
    (0..many).for_each(|_| player.types("u"));
    player.shows(&format!("Taken back: step {}.", start + 1));
    assert_eq!(said(&player.goes('3', "3 pause")), said(&first));
    player.types("r");
    assert!(player.shows(" 0 steps").contains("0 begin"));
    player.types("u");
    player.shows("This is the start.");
    player.types("?");
    player.shows("These are real processes.");
    player.types("q");
    assert_eq!(player.ends().0, Some(0));
}

#[test]
fn it_is_made_to_hang() {
    let player = Player::plays("queue --broken check-then-get");
    player.shows("Each process");
    player.goes('0', "2 begin");
    player.goes('1', "1 put () into");
    // Both have looked, and there is one item.
    player.goes('2', "2 put () into");
    let end = player.goes(' ', "It hangs: ");
    contains(&end, &["It hangs: main waits for", "So its golden file has it."]);
    player.types("0");
    player.shows("Nobody can go on:");
    player.types("q");
    let (status, left) = player.ends();
    assert_eq!(status, Some(0));
    assert!(
        left.contains("cargo lesson play queue --broken check-then-get --schedule x"),
        "{left}"
    );
}

#[test]
fn the_window_gets_another_size() {
    let player = Player::plays("lock");
    player.shows("Each process");
    player.goes('0', "3 begin");
    assert!(!player.screen().contains("narrow"));
    player.resize(60, 24);
    let narrow = player.shows("4 columns of 14 letters are too narrow: a row a process.");
    assert!(narrow.contains("\n1 clerk-1 begin\n2 clerk-2 begin\n3 clerk-3 begin\n"), "{narrow}");
    assert!(narrow.contains("main    | three clerks, one book, one lock"), "{narrow}");
    player.resize(40, 12);
    player.sees("both", |seen| {
        let screen = seen.screen.screen().contents();
        screen.contains("3 clerk-3 begin") && screen.contains("q quit") && !screen.contains('─')
    });
    player.resize(25, 6);
    player.shows("Too small: 30 x 10");
    player.resize(3, 2);
    player.resize(100, 30);
    let wide =
        player.sees("a rule", |seen| seen.screen.screen().contents().contains(&"─".repeat(100)));
    assert_eq!(wide.lines().count(), 30, "{wide}");
    player.types("q");
    assert_eq!(player.ends().0, Some(0));
}

/// With and without colours it is the same, and what can be chosen is brighter.
#[test]
fn colours_are_not_needed() {
    let screens = ["", "1"].map(|no_color| {
        let player = Player::with(80, 24, &[("NO_COLOR", no_color)], "lock");
        player.shows("Each process");
        player.goes('0', "3 begin");
        player.goes('1', "1 read");
        let end = player.goes('2', "has to wait");
        let seen = player.seen.0.lock().expect("nobody panics with it");
        let screen = seen.screen.screen();
        let rows: Vec<String> = screen.rows(0, 80).collect();
        let at = |words: &str| {
            let (row, line) =
                rows.iter().enumerate().rfind(|(_, line)| line.contains(words)).expect("it");
            let column = u16::try_from(line.find(words).expect("it")).expect("a column");
            screen.cell(u16::try_from(row).expect("a row"), column).expect("a letter").clone()
        };
        assert!(at("3 begin").bold() && !at("waits for the").bold());
        assert_eq!(at("waits for the").dim(), no_color == "1");
        let colours = String::from_utf8_lossy(&seen.bytes).contains("\x1b[38;5;");
        assert_eq!(colours, no_color.is_empty());
        end
    });
    assert_eq!(screens[0], screens[1]);
}

#[test]
fn a_signal_ends_the_game() {
    let player = Player::plays("lock");
    player.shows("Each process");
    player.goes('0', "3 begin");
    let processes = player.processes();
    assert_eq!(processes.len(), 4);
    kill(player.pid(), Signal::SIGTERM).expect("the signal");
    let (status, left) = player.ends();
    assert_eq!(status, Some(130), "{left}");
    assert!(left.contains("The same again:"), "{left}");
    assert!(processes.into_iter().all(|pid| !is_alive(pid)));
}

#[test]
fn a_window_that_is_closed_ends_the_game() {
    let (mut terminal, other_end) = blocking::open().expect("a terminal");
    terminal.resize(Size::new(24, 80)).expect("its size");
    let lesson = blocking::Command::new(env!("CARGO_BIN_EXE_lesson"));
    let lesson = lesson.args(["play", "lock"]).current_dir(root()).env("TERM", "xterm-256color");
    let game = lesson.spawn(other_end).expect("the command");
    let (mut seen, mut bytes) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&seen).contains("begin") {
        let many = terminal.read(&mut bytes).expect("a screen");
        seen.extend(&bytes[..many]);
    }
    let pid = i32::try_from(game.id()).expect("a pid");
    let processes = children(pid);
    assert!(!processes.is_empty(), "the lesson runs");
    drop(terminal);
    let game = std::cell::RefCell::new(game);
    wait_until("it ends", || game.borrow_mut().try_wait().is_ok_and(|status| status.is_some()));
    wait_until("the lesson's processes end", || !processes.iter().any(|&pid| is_alive(pid)));
}

/// However it is ended.
#[test]
fn a_killed_game_leaves_no_processes() {
    let mut player = Player::plays("lock");
    player.shows("Each process");
    player.goes('0', "3 begin");
    let processes = player.processes();
    player.game.kill().expect("the signal");
    wait_until("they are gone", || processes.iter().all(|pid| !is_alive(*pid)));
}

#[test]
#[ignore = "the next test runs it, in a terminal"]
fn panics() {
    let _terminal = lesson::Terminal::take().expect("a terminal");
    let written = std::io::stdout().write_all(b"here it is");
    written.and_then(|()| std::io::stdout().flush()).expect("a terminal");
    let mut key = [0];
    std::io::stdin().read_exact(&mut key).expect("a key");
    panic!("this is to be read");
}

#[test]
fn a_panic_gives_the_terminal_back() {
    let this = env::current_exe().expect("this program");
    let test = ["--exact", "play::panics", "--ignored", "--nocapture", "--test-threads=1"];
    // A backtrace would leave no room for what it said.
    let panics = blocking::Command::new(this).args(test).env("RUST_BACKTRACE", "0");
    let player = Player::at(80, 24, panics);
    player.sees("it", |seen| {
        let screen = seen.screen.screen();
        screen.alternate_screen()
            && screen.hide_cursor()
            && screen.contents().contains("here it is")
    });
    // Keys come one by one.
    player.types("x");
    let (status, left) = player.ends();
    assert_eq!(status, Some(101), "{left}");
    assert!(left.contains("this is to be read"), "{left}");
}

#[test]
fn a_process_is_killed_from_outside() {
    let player = Player::plays("lock");
    player.shows("Each process");
    player.goes('0', "3 begin");
    player.goes('2', "2 read");
    let processes = player.processes();
    kill(Pid::from_raw(processes[2]), Signal::SIGKILL).expect("the signal");
    let screen = player.shows("clerk-2: killed from outside. No code repeats that.");
    assert!(screen.contains("no code") && screen.contains("was killed from"), "{screen}");
    // It had the lock; the others go on, or cannot, but nothing hangs.
    let screen = player.step('3');
    assert!(screen.contains("clerk-3"), "{screen}");
    player.types("u");
    let screen = player.shows("Taken back: step");
    assert!(screen.contains("code x") && !screen.contains("was killed"), "{screen}");
    for pid in player.processes() {
        kill(Pid::from_raw(pid), Signal::SIGKILL).expect("the signal");
    }
    player.shows("Not legal:");
    player.types("q");
    let (status, left) = player.ends();
    assert_eq!((status, left.contains("The same again")), (Some(0), false), "{left}");
}

/// What was reached is kept, and is known the next time.
#[test]
fn a_goal_is_reached() {
    let sheet = crate::read("lessons/queue/lesson.toml");
    let goal = sheet.split("[[goals]]").nth(1).expect("a goal");
    let value = |key: &str| {
        let line = goal.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")));
        line.expect("it").trim_end_matches('"').to_owned()
    };
    let (name, code) = (value("name"), value("code"));
    let progress = env::temp_dir().join(format!("play-goal-{}.txt", std::process::id()));
    let variable = [("LESSON_PROGRESS", progress.to_str().expect("a path"))];
    let arguments = format!("queue --schedule {code}");
    let player = Player::with(80, 24, &variable, &arguments);
    player.shows(&format!("Goal reached: {name}."));
    player.types("g");
    player.shows(&format!("[x] {name}"));
    player.types("r");
    player.shows(" 0 steps");
    player.types("h");
    let hint = player.shows("still open in this run: ");
    assert!(!hint.contains("out of reach"), "{hint}");
    player.types("q");
    contains(&player.ends().1, &[&format!("Goal reached: {name}.")]);
    let kept = fs::read_to_string(&progress).expect("it was kept");
    assert_eq!(kept, format!("queue, goal: {name}\n"));
    let again = Player::with(80, 24, &variable, "queue");
    again.shows("Each process");
    again.types("g");
    again.shows(&format!("[x] {name}"));
    again.types("q");
    assert!(!again.ends().1.contains("Goal reached"));
    fs::remove_file(&progress).expect("it is ours");
}

#[test]
fn without_a_terminal_there_is_no_game() {
    let mut lesson = Command::new(env!("CARGO_BIN_EXE_lesson"));
    lesson.args(["play", "lock"]).current_dir(root()).stdin(Stdio::null());
    let answer = lesson.output().expect("the command");
    let told = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert_eq!((answer.status.code(), told.lines().count()), (Some(2), 1), "{told}");
    assert!(told.contains("cargo lesson run lock --seed 1"), "{told}");
    assert!(answer.stdout.is_empty());
}

/// What main returns as an error is printed past the crate, and what two write at once is one line.
#[test]
fn what_is_printed_otherwise_is_judged_all_the_same() {
    for broken in ["terminate-hazards --broken terminated-holder", "logging --broken torn"] {
        let player = Player::plays(broken);
        player.shows("Each process");
        player.goes(' ', "egal: ");
        assert!(player.screen().contains("Legal: "), "{}", player.screen());
        player.types("q");
        assert_eq!(player.ends().0, Some(0));
    }
}

#[test]
fn a_code_that_fits_nothing() {
    for code in ["x99999", "0101"] {
        let player = Player::plays(&format!("lock --schedule {code}"));
        let (status, left) = player.ends();
        assert_eq!(status, Some(2), "{left}");
        assert!(left.contains("lesson: cannot play lock: "), "{left}");
    }
}
