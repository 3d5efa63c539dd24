//! The runner: time limits, orphans, full pipes; and it leaves nothing behind.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, getpgid};
use running::Ended;
#[cfg(target_os = "linux")]
use running::{Process, Stat};

fn shell(script: &str, limit: Duration, may_outlive: bool) -> Ended {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    running::run(&mut command, limit, may_outlive).expect("the run")
}

fn long() -> Duration {
    Duration::from_secs(30)
}

/// This program again, for this one of its tests.
fn this_test(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.args([name, "--exact"]);
    command
}

/// Neither alive nor a zombie.
#[cfg(target_os = "linux")]
#[track_caller]
fn assert_gone(processes: &[Process]) {
    for process in processes {
        let signal = kill(Pid::from_raw(process.pid), None);
        assert_eq!(signal, Err(nix::errno::Errno::ESRCH), "{process} is still there");
    }
}

#[test]
fn exit_codes_and_signals() {
    assert_eq!(shell("exit 3", long(), false).code, Some(3));
    assert_eq!(shell("kill -TERM $$", long(), false).code, Some(-15));
}

#[test]
fn both_streams_are_drained() {
    let line = "i=0; while [ $i -lt 3000 ]; do \
                echo 'main       | a line of some length, to fill a pipe'; \
                echo 'and another one on the other stream, where nobody reads first' >&2; \
                i=$((i+1)); done";
    let ran = shell(line, long(), false);
    assert_eq!((ran.out.lines().count(), ran.err.lines().count()), (3000, 3000));
}

#[test]
fn an_endless_output_ends_at_the_time_limit() {
    let ran = shell("yes & yes >&2", Duration::from_millis(500), false);
    assert_eq!(ran.code, None);
    assert!(ran.printed().len() <= 2 * running::MOST, "more is kept than that");
}

#[test]
#[cfg(target_os = "linux")]
fn at_the_time_limit_everybody_is_named_and_ended() {
    let begin = Instant::now();
    let script = "echo 'main       | begins'; sleep 100 & sleep 200; true";
    let ran = shell(script, Duration::from_millis(500), false);
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert_eq!((ran.code, &*ran.out, &*ran.err), (None, "main       | begins\n", ""));
    let named: Vec<String> = ran.at_the_limit().iter().map(Process::to_string).collect();
    assert_eq!(named.len(), 3, "{named:?}");
    for (part, place) in [("sleep 100", "the clock"), ("sleep 200", "the clock"), ("sh", "child")] {
        let wanted = |name: &&String| name.starts_with(part);
        let found = named.iter().find(wanted).unwrap_or_else(|| panic!("no {part} in {named:?}"));
        // In a container the kernel may not say in what a process waits.
        assert!(found.contains(place) || found.ends_with("waits)"), "{found}");
    }
    assert_gone(ran.at_the_limit());
}

#[test]
#[cfg(target_os = "linux")]
fn an_orphan_is_named_and_ended() {
    let begin = Instant::now();
    let ran = shell("sleep 100 & echo 'main       | ends'", long(), false);
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert_eq!(ran.out, "main       | ends\n");
    assert_eq!(ran.left_over.len(), 1, "{:?}", ran.left_over);
    assert_eq!(ran.left_over[0].name, "sleep 100");
    assert_eq!(ran.outlived_main.len(), 1);
    assert_gone(&ran.left_over);
}

/// One that is just becoming another program has none for a moment.
#[test]
#[cfg(target_os = "linux")]
fn an_orphan_without_a_command_line_is_found() {
    let program = "import subprocess; \
                   subprocess.Popen([''], executable='yes', stdout=subprocess.DEVNULL)";
    let mut command = Command::new("python3");
    let Ok(ran) = running::run(command.args(["-c", program]), long(), false) else {
        return println!("skipped: python3 is needed");
    };
    assert_eq!(ran.left_over.len(), 1, "{ran:?}");
    assert_eq!((&*ran.left_over[0].name, ran.outlived_main.len()), ("yes", 1));
    assert_gone(&ran.left_over);
}

/// The kernel cuts a name at 15 bytes, here inside the ö.
#[test]
#[cfg(target_os = "linux")]
fn an_orphan_is_found_whatever_its_name_is() {
    for (name, shown) in [("prüfer-der-Größe", "prüfer-der-Gr"), ("\\377) R (x", "\u{fffd}) R (x")]
    {
        // It waits in itself, with its output closed, so that nothing but its name tells of it.
        let waits = "exec >&- 2>&-; read line <>$TMPDIR/fifo";
        let script = format!(
            "mkfifo $TMPDIR/fifo; (printf '{name}' >/proc/self/comm; {waits}) & \
             until grep -qv '^sh$' /proc/$!/comm; do :; done"
        );
        let ran = shell(&script, long(), false);
        let found: Vec<&str> = ran.left_over.iter().map(|orphan| &*orphan.name).collect();
        assert_eq!(found, [shown]);
        assert_gone(&ran.left_over);
    }
}

/// It ends when it sees main's end: a look comes before its end, or after it.
#[test]
#[cfg(target_os = "linux")]
fn an_orphan_is_found_however_soon_it_ends() {
    let script = "main=$$; (while grep -q \"PPid:.$main$\" /proc/self/status; do :; done) & exit 0";
    for _ in 0..20 {
        let ran = shell(script, long(), false);
        assert!(ran.outlived_main.len() + ran.ended_unjoined.len() > 0, "{ran:?}");
        let ran = shell(script, long(), true);
        assert!(ran.outlived_main.len() + ran.ended_unjoined.len() > 0, "{ran:?}");
    }
}

#[test]
fn an_orphan_that_is_the_lesson_may_finish() {
    // The child reads until main ends, however long that takes.
    let script = "mkfifo $TMPDIR/it; (read line <$TMPDIR/it; echo 'child      | says more') & \
                  exec 3>$TMPDIR/it; echo 'main       | ends'";
    let ran = shell(script, long(), true);
    assert_eq!(ran.out.lines().count(), 2, "{ran:?}");
    assert!(ran.outlived_main.len() + ran.ended_unjoined.len() > 0, "{ran:?}");
    assert!(ran.left_over.is_empty(), "{:?}", ran.left_over);
}

#[test]
#[cfg(target_os = "linux")]
fn a_descriptor_that_an_orphan_holds_is_told() {
    // A second descriptor of its output; 4, for reading, keeps nobody waiting.
    let script = "exec 3>&1 4</dev/null; sleep 1 & exec sleep 0.01";
    // It is told if the orphan was looked at twice; on a loaded machine it has to live longer for that.
    let told = ["1", "8", "25"].into_iter().find_map(|seconds| {
        let script = script.replace("sleep 1", &format!("sleep {seconds}"));
        shell(&script, long(), true).complaints(true).pop()
    });
    let complaint = told.expect("a complaint");
    assert!(complaint.starts_with("sleep ") && complaint.contains(" outlived main"), "{complaint}");
    assert!(complaint.contains("the writing end of a pipe (descriptor 3) open"), "{complaint}");
    let ran = shell(&script.replace("sleep 1", "sleep 1 3>&-"), long(), true);
    assert!(!ran.outlived_main.is_empty(), "{ran:?}");
    assert!(ran.complaints(true).is_empty(), "{ran:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn no_descriptor_and_no_zombie_is_left() {
    if std::env::var_os("ALONE").is_none() {
        // Descriptors and children are counted, so in a process of its own.
        let mut child = this_test("no_descriptor_and_no_zombie_is_left");
        let output = child.env("ALONE", "").output().expect("this program again");
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        return;
    }
    let descriptors = || std::fs::read_dir("/proc/self/fd").expect("/proc").count();
    let zombies = || {
        let own = std::process::id().cast_signed();
        let ours = Stat::of_all().into_iter().filter(|stat| stat.parent == own);
        ours.filter(Stat::is_zombie).count()
    };
    shell("true", long(), false);
    let before = descriptors();
    for _ in 0..20 {
        shell("(sleep 0.01; exit 7) & exit 3", long(), true);
        shell("sleep 50 & exit 3", Duration::from_millis(50), true);
    }
    assert_eq!(descriptors(), before);
    assert_eq!(zombies(), 0);
}

/// The program of the test below, which starts itself again as such.
fn wait_to_be_interrupted() {
    running::leave_nothing_at_ctrl_c().expect("the first handler");
    shell("sleep 60 & echo $! >$PID_FILE; wait", long(), false);
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    if std::env::var_os("PID_FILE").is_some() {
        return wait_to_be_interrupted();
    }
    let folder = std::env::temp_dir().join(format!("running-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("the folder");
    let file = folder.join("pid");
    let mut child = this_test("an_interrupt_leaves_nothing_behind")
        .env("PID_FILE", &file)
        .env("TMPDIR", &folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("this program again");
    let begin = Instant::now();
    let sleeper = loop {
        if let Ok(line) = std::fs::read_to_string(&file)
            && line.ends_with('\n')
        {
            break Pid::from_raw(line.trim().parse().expect("a pid"));
        }
        // The program ends itself at its own time limit.
        assert!(begin.elapsed() < long(), "the program has not begun");
        std::thread::sleep(Duration::from_millis(5));
    };
    std::fs::remove_file(&file).expect("the file");
    let group = getpgid(Some(sleeper)).expect("the sleeper sleeps");
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("the interrupt");
    assert_eq!(child.wait().expect("its end").code(), Some(143));
    // On Linux its orphans are ours now; elsewhere they are init's.
    let begin = Instant::now();
    while waitpid(Pid::from_raw(-group.as_raw()), None).is_ok() {}
    while kill(sleeper, None).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(begin.elapsed() < long(), "the sleeper lived on");
    std::fs::remove_dir(&folder).expect("nothing is left in it");
}

/// What a person needs to know of two programs that the crate knows nothing of.
#[cfg(target_os = "linux")]
#[test]
fn who_has_the_other_end_of_a_pipe_is_told() {
    let stands = |script: &str| {
        let ran = shell(script, Duration::from_secs(3), false);
        let lines = ran.stand.expect("it hangs").lines();
        lines.into_iter().map(|(name, text)| format!("{}{text}\n", name)).collect::<String>()
    };
    let full = stands(
        "mkfifo $TMPDIR/in $TMPDIR/out; tr a b <$TMPDIR/in >$TMPDIR/out & \
         exec 3>$TMPDIR/in 4<$TMPDIR/out; exec head -c 500000 /dev/zero >&3",
    );
    for line in [
        "waits for room in a pipe that only tr a b can read",
        "waits for room in a pipe that only head -c 500000 /dev/zero can read",
        "A deadlock: ",
    ] {
        assert!(full.contains(line), "{full}");
    }
    let held = stands(
        "mkfifo $TMPDIR/it; exec 3<>$TMPDIR/it; sleep 60 & cat <$TMPDIR/it 3<&- & exec 3<&-; wait",
    );
    assert!(held.contains("waits for bytes from a pipe that only sleep 60 can write to"), "{held}");
    assert!(!held.contains("A deadlock"), "{held}");
}
