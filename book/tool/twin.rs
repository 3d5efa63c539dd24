//! What every twin in Python has in the same words. The chapters leave it out.

/// Prints a line behind the name of its process, as `say!` does.
pub const SAY: &str = r#"def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)
"#;

/// Sleeps, as the crate's `pause` does.
pub const PAUSE: &str = r#"def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))
"#;

/// The twin without them, and with a word on where they are.
pub fn shortened(twin: &str, file: &str) -> String {
    let names =
        if twin.contains(PAUSE) { "say() and pause(), which are" } else { "say(), which is" };
    let note =
        format!("# Left out here: {names} the same in all twins.\n# The whole file: {file}\n");
    twin.replace(&format!("{PAUSE}\n\n"), "").replace(SAY, &note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_have_is_left_out_and_the_rest_stays() {
        let (begin, end) = ("import time\n\n\n", "\n\ndef work():\n    say(1)\n");
        let is = |names: &str| {
            let note = "# Left out here: {} the same in all twins.\n# The whole file: a.py\n";
            format!("{begin}{}{end}", note.replace("{}", names))
        };
        let text = shortened(&format!("{begin}{SAY}{end}"), "a.py");
        assert_eq!(text, is("say(), which is"));
        let text = shortened(&format!("{begin}{SAY}\n\n{PAUSE}{end}"), "a.py");
        assert_eq!(text, is("say() and pause(), which are"));
        assert_eq!(shortened("print()\n", "a.py"), "print()\n");
    }
}
