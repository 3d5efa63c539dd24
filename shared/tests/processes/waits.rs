//! `LESSON_WAITS`: what a process writes there of its waits, and what it must not touch.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use multiprocessing::{Process, Queue};

use crate::harness;

/// Program: three processes, each of which waits for a message.
fn three_wait() {
    let queue = Queue::unbounded().unwrap();
    let child = || Process::new(|| queue.get().map(drop)).start().unwrap();
    let children = [child(), child(), child()];
    (0..3).for_each(|i| queue.put(i).unwrap());
    assert!(children.iter().all(|child| child.join().unwrap().success()));
}

const MAGIC: &[u8] = b"waits 1\n";
const SLOT: usize = 128;
const SIZE: usize = SLOT + 4096 * SLOT;

/// What is in the file when the program has ended well.
#[track_caller]
fn after(name: &str, before: &[u8]) -> Vec<u8> {
    let path: PathBuf = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    fs::write(&path, before).unwrap();
    let status = harness::program("three_wait").env("LESSON_WAITS", &path).status().unwrap();
    assert!(status.success(), "{status}");
    let mut after = vec![0; before.len()];
    fs::File::open(&path).unwrap().read_exact_at(&mut after, 0).unwrap();
    fs::remove_file(&path).unwrap();
    after
}

fn each_process_has_a_slot() {
    let mut file = vec![0; SIZE];
    file[..MAGIC.len()].copy_from_slice(MAGIC);
    let after = after("slots", &file);
    let slots: Vec<&[u8]> = after[SLOT..].chunks(SLOT).take(5).collect();
    let names: Vec<String> = slots.iter().map(|slot| text_of(&slot[48..])).collect();
    assert_eq!(names[0], "main");
    let mut children = names[1..4].to_vec();
    children.sort();
    assert_eq!(children, ["Process-1", "Process-2", "Process-3"]);
    assert_eq!(names[4], "");
    // Whoever has ended without being killed waits for nothing.
    assert!(slots.iter().all(|slot| slot[..8] == [0; 8]));
}

fn text_of(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8(bytes[..end].to_vec()).unwrap()
}

fn without_a_slot_it_works_too() {
    let mut file = vec![0; SIZE];
    file[..MAGIC.len()].copy_from_slice(MAGIC);
    file[8..12].copy_from_slice(&4094u32.to_ne_bytes());
    let after = after("full", &file);
    assert_eq!(after[8..12], 4096u32.to_ne_bytes(), "main and one child have the last two");
    assert_eq!(text_of(&after[SIZE - 2 * SLOT + 48..]), "main");
}

fn another_file_is_left_alone() {
    let short = [MAGIC, &[0; 100]].concat();
    for file in [vec![b'x'; SIZE], short, Vec::new()] {
        assert!(after("other", &file) == file, "{} bytes", file.len());
    }
    for path in ["/", "/nowhere/at/all", ""] {
        let status = harness::program("three_wait").env("LESSON_WAITS", path).status().unwrap();
        assert!(status.success(), "{path}: {status}");
    }
}

pub const CASES: &[harness::Case] = harness::cases![
    each_process_has_a_slot,
    without_a_slot_it_works_too,
    another_file_is_left_alone
];

pub const PROGRAMS: &[harness::Case] = harness::cases![three_wait];
