//! The command below each task that can be checked.

/// Where the tasks stand.
pub const SECTION: &str = "\n## Try it\n";

/// The chapter of a lesson with the commands of its exercises: each stands before the answer of its task.
pub fn with_commands(text: &str, (slug, exercises): (String, Vec<u32>)) -> String {
    let Some((before, tasks)) = text.split_once(SECTION) else { return text.to_owned() };
    let mut with_commands = format!("{before}{SECTION}");
    let mut task = None;
    for line in tasks.split_inclusive('\n') {
        let number = line.split_once(". ").and_then(|(number, _)| number.parse().ok());
        task = number.or(task);
        if line.trim() == "<details>"
            && let Some(number) = task.take().filter(|number| exercises.contains(number))
        {
            let command = format!("cargo lesson check {slug} --exercise {number}");
            with_commands += &format!("   ```text\n   {command}\n   ```\n\n");
        }
        with_commands += line;
    }
    with_commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stands_before_the_answer_of_its_task() {
        let task = |number, command: &str| {
            format!(
                "{number}. Do it.\n\n{command}   <details>\n   <summary>Answer</summary>\n\n   1. No.\n\n   </details>\n\n"
            )
        };
        let text = |command| {
            format!("# A\n\n## Try it\n\n{}{}{}", task(1, ""), task(2, command), task(3, ""))
        };
        let command = "   ```text\n   cargo lesson check join --exercise 2\n   ```\n\n";
        assert_eq!(with_commands(&text(""), ("join".to_owned(), vec![2, 4])), text(command));
        assert_eq!(with_commands(&text(""), Default::default()), text(""));
    }
}
