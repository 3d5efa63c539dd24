//! On a small text, each operator gives exactly these mutants.

use mutants::{Operator, mutants};

/// What the mutants of this kind have changed, each with its line.
fn diffs(body: &str, operator: Operator) -> Vec<String> {
    let all = mutants(&format!("fn main() {{\n{body}\n}}")).unwrap();
    let such = all.iter().filter(|mutant| mutant.operator == operator);
    such.map(|mutant| format!("{}: {}", mutant.line, mutant.diff)).collect()
}

/// The bodies of the mutants of this kind.
fn bodies(body: &str, operator: Operator) -> Vec<String> {
    let all = mutants(&format!("fn main() {{\n{body}\n}}")).unwrap();
    let such = all.iter().filter(|mutant| mutant.operator == operator);
    let body = |source: &str| source.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let inner = |text: String| text["fn main() {".len()..text.len() - 1].trim().to_owned();
    such.map(|mutant| inner(body(&mutant.source))).collect()
}

#[test]
fn each_operation_is_removed_where_it_is_all_that_a_statement_does() {
    let body = "\
        go.wait();\n\
        asked.get()?;\n\
        let item = queue.get()?;\n\
        queue.put(1)?;\n\
        queue.put(None)?;\n\
        go.set();\n\
        go.clear();\n\
        tasks.task_done()?;\n\
        let _turn = lock.lock()?;\n\
        let turn = lock.lock()?;\n\
        pool.close();\n\
        pool.join()?;\n\
        say!(\"{}\", child.join()?.code());";
    assert_eq!(diffs(body, Operator::Wait), ["2: - go.wait();", "3: - asked.get()?;"]);
    assert_eq!(diffs(body, Operator::Put), ["5: - queue.put(1)?;"]);
    assert_eq!(diffs(body, Operator::Pill), ["6: - queue.put(None)?;"]);
    assert_eq!(diffs(body, Operator::Set), ["7: - go.set();", "8: - go.clear();"]);
    assert_eq!(diffs(body, Operator::Done), ["9: - tasks.task_done()?;"]);
    assert_eq!(diffs(body, Operator::Lock), ["10: - let _turn = lock.lock()?;"]);
    assert_eq!(diffs(body, Operator::End), ["12: - pool.close();"]);
    assert_eq!(diffs(body, Operator::Join), ["13: - pool.join()?;"]);
    assert_eq!(bodies("a.set(); b.join()?;", Operator::Join), ["a.set();"]);
}

#[test]
fn a_join_at_the_end_of_a_start_leaves_the_start() {
    let body = "Process::new(work).name(\"child\").start()?.join()?;";
    assert_eq!(bodies(body, Operator::Join), ["Process::new(work).name(\"child\").start()?;"]);
    assert_eq!(bodies(body, Operator::Process), [""]);
    // What a closure does, another process does, or this one later.
    assert_eq!(bodies("Process::new(|| go.wait()).start()?;", Operator::Wait), [""; 0]);
}

#[test]
fn a_loop_that_does_nothing_else_does_it_once_less() {
    let body = "for child in &children { child.join()?; }";
    assert_eq!(
        bodies(body, Operator::Join),
        [
            "for child in (&children).into_iter().skip(1) { child.join()?; }",
            "for child in &children {  }",
        ]
    );
    let body = "for n in 0..4 { say!(\"puts {n}\"); queue.put(n)?; }";
    assert_eq!(bodies(body, Operator::Put), ["for n in 0..4 { say!(\"puts {n}\");  }"]);
}

#[test]
fn a_process_is_removed_with_what_uses_it() {
    let body = "\
        let one = Process::new(|| { say!(\"one\"); }).start()?;\n\
        let two = Process::of(worker).start()?;\n\
        let pid = one.pid();\n\
        two.join()?;\n\
        say!(\"is {pid}\");\n\
        one.join()?;";
    assert_eq!(
        bodies(body, Operator::Process),
        [
            "let two = Process::of(worker).start()?;  two.join()?;",
            "let one = Process::new(|| { say!(\"one\"); }).start()?;  let pid = one.pid();  \
             say!(\"is {pid}\"); one.join()?;",
        ]
    );
    // The value of the block needs it.
    assert_eq!(bodies("let one = Process::new(work).start()?;\none", Operator::Process), [""; 0]);
}

#[test]
fn of_a_list_of_processes_each_is_removed_once() {
    let body = "let all = [Process::new(a).start()?, Spawn::new(b, 1).start()?];";
    assert_eq!(
        bodies(body, Operator::Process),
        ["let all = [ Spawn::new(b, 1).start()?];", "let all = [Process::new(a).start()?, ];"]
    );
    let body = "for n in 1..=5 { all.push(Process::new(work).start()?); }";
    assert_eq!(
        bodies(body, Operator::Process),
        [
            "for n in (1..=5).into_iter().skip(1) { all.push(Process::new(work).start()?); }",
            "for n in 1..=5 {  }",
        ]
    );
}

#[test]
fn neighbours_change_places() {
    let body = "say!(\"sets it\");\ngo.set();\nchild.join()?;\nOk(())";
    assert_eq!(
        bodies(body, Operator::Announced),
        ["go.set(); say!(\"sets it\"); child.join()?; Ok(())"]
    );
    assert_eq!(
        bodies(body, Operator::Swap),
        ["say!(\"sets it\"); child.join()?; go.set(); Ok(())"]
    );
    // Not with what brings a name that the other needs, not with a pause, and no value of a block.
    for body in [
        "let item = queue.get()?;\nsay!(\"got {item}\");",
        "let n = queue.len();\nsay!(\"{}\", n + 1);",
        "pause(A_SECOND);\ngo.set();",
        "go.set();\nOk(())",
    ] {
        assert_eq!(bodies(body, Operator::Swap), [""; 0], "{body}");
        assert_eq!(bodies(body, Operator::Announced), [""; 0], "{body}");
    }
    // In blocks inside of blocks, and a loop with what is around it.
    let body = "for n in 0..4 { queue.put(n)?; say!(\"{n}\"); }\nchild.join()?;";
    assert_eq!(
        bodies(body, Operator::Swap),
        [
            "child.join()?; for n in 0..4 { queue.put(n)?; say!(\"{n}\"); }",
            "for n in 0..4 { say!(\"{n}\"); queue.put(n)?; } child.join()?;",
        ]
    );
}

#[test]
fn a_get_that_does_not_wait_looks_first() {
    assert_eq!(
        bodies("while let Some(item) = queue.try_get()? { say!(\"{item}\"); }", Operator::Look),
        ["while let Some(item) = \
          (if queue.is_empty() { None } else { Some(queue.get()?) }) { say!(\"{item}\"); }"]
    );
}

#[test]
fn bounds_change() {
    assert_eq!(
        bodies("let queue = Queue::bounded(3)?;", Operator::Bound),
        [
            "let queue = Queue::bounded(2)?;",
            "let queue = Queue::bounded(4)?;",
            "let queue = Queue::unbounded()?;",
        ]
    );
    assert_eq!(
        bodies("let pool = Pool::new(2, work)?;", Operator::Bound),
        ["let pool = Pool::new(1, work)?;", "let pool = Pool::new(3, work)?;"]
    );
}

#[test]
fn places_are_right_behind_letters_of_several_bytes() {
    assert_eq!(
        bodies("say!(\"wärmt → kühlt\"); go.set();", Operator::Set),
        ["say!(\"wärmt → kühlt\");"]
    );
}
