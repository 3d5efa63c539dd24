//! What an object is called in the source of its program: the name of the binding, or of the field, that
//! it is made for.
//!
//! The crate tells where the program calls the constructor. From there the text is read backwards, past
//! closed brackets, to the nearest `name:` of a struct or the nearest `let`; how many commas came before it
//! in a tuple says which part of the pattern is meant. What is made otherwise has no name.

use std::fs;

/// The names that a call at this place of the checkout gives to what it makes: one as a rule, none if
/// that is not to be seen, two for the ends of a pipe.
pub(crate) fn names(file: &str, line: usize, column: usize) -> Vec<String> {
    // What the crate makes for itself is not the program's.
    if file.starts_with("shared/src/") {
        return Vec::new();
    }
    let source = golden::checkout().and_then(|root| fs::read_to_string(root.join(file)));
    named(&source.unwrap_or_default(), line, column).unwrap_or_default()
}

fn named(source: &str, line: usize, column: usize) -> Option<Vec<String>> {
    let mut before = String::new();
    for text in source.lines().take(line.checked_sub(1)?) {
        before.push_str(text.split("//").next().unwrap_or_default());
        before.push('\n');
    }
    let here = source.lines().nth(line - 1)?;
    before.extend(here.chars().take(column.checked_sub(1)?));

    // The closed brackets that are being passed, and in which part of which tuple it stands.
    let (mut closed, mut commas, mut parts) = (Vec::new(), 0, Vec::new());
    for (at, letter) in before.char_indices().rev() {
        let (earlier, later) = (&before[..at], &before[at + letter.len_utf8()..]);
        match letter {
            '>' if earlier.ends_with(['-', '=']) => {}
            ')' | ']' | '}' | '>' => closed.push(letter),
            '(' | '[' | '{' | '<' if closed.last() == Some(&partner(letter)) => {
                closed.pop();
            }
            _ if !closed.is_empty() => {}
            ',' | '{' if commas == 0 && field(later).is_some() => {
                return field(later).map(|name| vec![name]);
            }
            ',' => commas += 1,
            '(' | '[' | '{' => {
                let is_of_a_name = |c: char| c.is_alphanumeric() || "_>!|".contains(c);
                if letter != '{' && !earlier.trim_end().ends_with(is_of_a_name) {
                    parts.push(commas);
                }
                commas = 0;
            }
            ';' => return None,
            _ if letter.is_whitespace() => match last_word(earlier) {
                "let" | "static" | "const" => return of_pattern(later, &mut parts),
                _ => {}
            },
            _ => {}
        }
    }
    None
}

fn partner(opening: char) -> char {
    match opening {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        _ => '>',
    }
}

/// The name before the colon with which this begins, if it does: `done: Event::new()?`.
fn field(text: &str) -> Option<String> {
    let (name, rest) = word(text);
    let rest = rest.trim_start().strip_prefix(':')?;
    (!name.is_empty() && !rest.starts_with(':')).then(|| name.to_owned())
}

/// The names in the pattern with which this begins, or in that part of it; the outermost part comes last.
fn of_pattern(text: &str, parts: &mut Vec<usize>) -> Option<Vec<String>> {
    let text = text.trim_start();
    let Some(group) = text.strip_prefix(['(', '[']) else {
        let (name, rest) = word(text);
        let is_plain = rest.trim_start().starts_with(['=', ':', ',', ')', ']']);
        return (is_plain && !["", "_"].contains(&name)).then(|| vec![name.to_owned()]);
    };
    let (mut depth, mut all, mut start) = (0, Vec::new(), 0);
    for (at, letter) in group.char_indices() {
        match letter {
            ',' | ')' | ']' if depth == 0 => {
                all.push(&group[start..=at]);
                start = at + 1;
                if letter != ',' {
                    break;
                }
            }
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
    }
    match parts.pop() {
        Some(part) => of_pattern(all.get(part)?, parts),
        None => {
            let one = |part: &&str| of_pattern(part, parts).filter(|names| names.len() == 1);
            let names = all.iter().map(one).collect::<Option<Vec<_>>>()?;
            Some(names.concat())
        }
    }
}

/// A name and what comes after it; `mut` and `ref` are none.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    match text.split_at(end) {
        ("mut" | "ref", rest) => word(rest),
        found => found,
    }
}

fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each `@` stands where a constructor is called; what it makes is called like this.
    #[track_caller]
    fn are_called(source: &str, expected: &[&str]) {
        let mut found = Vec::new();
        for (line, text) in source.lines().enumerate() {
            for (at, _) in text.match_indices('@') {
                let column = text[..at].chars().count() + 1;
                found.push(named(source, line + 1, column).unwrap_or_default().join("+"));
            }
        }
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn a_binding_names_what_is_made_for_it() {
        are_called("let items = @Queue::new()?;", &["items"]);
        are_called("let mut items: Queue<(u8, u8)> = @Queue::new()?;", &["items"]);
        are_called("let a = 1; let b = @Lock::new()?; let c = @Lock::new()?;", &["b", "c"]);
        are_called("    let items = // for all\n        @Queue::bounded(\n3)?;", &["items"]);
        are_called("let go = Arc::new(@Event::new().context(\"no memory\")?);", &["go"]);
        are_called("static SUM: LazyLock<V> = LazyLock::new(|| @Value::new(0));", &["SUM"]);
        are_called("let queues: Vec<_> = (0..3).map(|_| @Queue::new()).collect();", &["queues"]);
        are_called("let both = [@Lock::new()?, @Lock::new()?];", &["both", "both"]);
        are_called("let q = match n { 0 => @Queue::new()?, _ => @Queue::bounded(n)? };", &["q"; 2]);
        are_called("let Ok(lock) = @Lock::new() else { return };", &[""]);
        are_called("let _ = @Lock::new()?;", &[""]);
    }

    #[test]
    fn a_part_of_a_pattern_is_told_by_its_place() {
        are_called(
            "let (queue, looked, go) = (@Queue::<u8>::new()?, @Queue::<(u8, u8)>::new()?, @Event::new()?);",
            &["queue", "looked", "go"],
        );
        are_called(
            "let (\n    one,\n    [two, mut three],\n) = (\n    @a(1, 2)?,\n    [@b()?, f(3, @c()?)],\n);",
            &["one", "two", "three"],
        );
        are_called("let (to, from) = @pipe()?;", &["to+from"]);
        are_called(
            "let ((to, from), go): (A<B, C>, D) = (@pipe()?, @Event::new()?);",
            &["to+from", "go"],
        );
        are_called("let ends = @pipe()?;", &["ends"]);
    }

    #[test]
    fn a_field_names_what_is_made_for_it() {
        are_called(
            "let bank = Bank { sum: @Value::new(0)?, lock: Arc::new(@Lock::new()?), n: 3 };",
            &["sum", "lock"],
        );
        are_called(
            "Ok(Bank {\n    name,\n    // all: of it\n    done: @Event::new()?,\n})",
            &["done"],
        );
    }

    #[test]
    fn what_is_made_otherwise_has_no_name() {
        are_called("fn make() -> io::Result<Lock> {\n    @Lock::new()\n}", &[""]);
        are_called("let a = 1;\nqueues.push(@Queue::new()?);", &[""]);
        are_called("let a = 1;\nuse_it(a, &@Queue::new()?);", &[""]);
        assert_eq!(named("let a = f();", 9, 1), None);
        assert_eq!(named("let a = f();", 0, 0), None);
    }
}
