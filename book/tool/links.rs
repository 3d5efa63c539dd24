//! The link checker: each link and each piece of a built page must be there, and nothing may be
//! loaded from outside.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// What is wrong in the pages and style sheets of a folder; nothing if all is well.
pub fn check(folder: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    for file in files(folder)? {
        let Some(page) = Page::read(&file).with_context(|| format!("{}", file.display()))? else {
            continue;
        };
        pages.insert(file.strip_prefix(folder)?.to_owned(), page);
    }
    let mut problems = BTreeSet::new();
    for (name, page) in &pages {
        // All chapters once more, for printing.
        if name == Path::new("print.html") {
            continue;
        }
        for used in &page.uses {
            if let Some(problem) = used.problem(name, folder, &pages) {
                problems.insert(format!("{}: {}: {problem}", name.display(), used.shown));
            }
        }
        for left_over in &page.left_over {
            problems.insert(format!("{}: {left_over}: there is no such file", name.display()));
        }
    }
    Ok(problems.into_iter().collect())
}

/// All files of a folder and of the folders in it.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => files.extend(self::files(&path)?),
            false => files.push(path),
        }
    }
    files.sort();
    Ok(files)
}

/// A page, or a style sheet, which has no anchors.
#[derive(Default)]
struct Page {
    anchors: HashSet<String>,
    uses: Vec<Use>,
    /// mdBook leaves an include in the page if its file is missing, and goes on.
    left_over: Vec<String>,
}

/// An address in a page.
struct Use {
    shown: String,
    address: String,
    /// Loaded with the page, rather than a link that the reader may follow.
    loaded: bool,
}

impl Page {
    fn read(file: &Path) -> io::Result<Option<Page>> {
        let mut page = Page::default();
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("html") => {}
            Some("css") => {
                page.style(&fs::read_to_string(file)?);
                return Ok(Some(page));
            }
            _ => return Ok(None),
        }
        let sink = Collector(RefCell::new(page));
        let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(fs::read_to_string(file)?));
        // A script's end hands control back, in case the script has written more input.
        while !input.is_empty() {
            let _ = tokenizer.feed(&input);
        }
        tokenizer.end();
        Ok(Some(tokenizer.sink.0.into_inner()))
    }

    fn tag(&mut self, tag: &Tag) {
        for attribute in &tag.attrs {
            let (name, value) = (&*attribute.name.local, &*attribute.value);
            match (name, &*tag.name) {
                ("id", _) | ("name", "a") => {
                    self.anchors.insert(value.to_owned());
                }
                // The place of the site, in the page for addresses that are not there.
                ("href", "base") => {}
                ("href" | "src" | "poster", _) | ("data", "object") => self.uses.push(Use {
                    shown: format!("<{} {name}=\"{value}\">", tag.name),
                    address: value.to_owned(),
                    loaded: !matches!(&*tag.name, "a" | "area"),
                }),
                ("srcset", _) => {
                    for candidate in value.split(',') {
                        self.load("srcset", candidate.split_whitespace().next().unwrap_or(""));
                    }
                }
                ("style", _) => self.style(value),
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str) {
        for (at, _) in text.match_indices("{{#") {
            let end = text[at..].find("}}").map_or(text.len(), |end| at + end + 2);
            self.left_over.push(text[at..end].to_owned());
        }
    }

    fn style(&mut self, style: &str) {
        for (_, rest) in style.match_indices("url(").map(|(at, m)| style.split_at(at + m.len())) {
            let address = rest.split(')').next().unwrap_or("");
            self.load("url", address.trim().trim_matches(['"', '\'']));
        }
        for (_, rest) in style.match_indices("@import").map(|(at, m)| style.split_at(at + m.len()))
        {
            if let Some(address) = rest.trim_start().strip_prefix(['"', '\'']) {
                self.load("@import", address.split(['"', '\'']).next().unwrap_or(""));
            }
        }
    }

    fn load(&mut self, what: &str, address: &str) {
        self.uses.push(Use {
            shown: format!("{what}({address})"),
            address: address.to_owned(),
            loaded: true,
        });
    }
}

impl Use {
    fn problem(
        &self,
        page: &Path,
        folder: &Path,
        pages: &BTreeMap<PathBuf, Page>,
    ) -> Option<String> {
        let scheme = self.address.split_once(':').map(|(scheme, _)| scheme);
        let scheme = scheme.filter(|scheme| scheme.chars().all(|c| c.is_ascii_alphanumeric()));
        if scheme.is_some() || self.address.starts_with("//") {
            let loaded = self.loaded && scheme != Some("data");
            return loaded.then(|| "loaded from outside".into());
        }
        let (path, anchor) = self.address.split_once('#').unwrap_or((&self.address, ""));
        let path = path.split('?').next().unwrap_or("");
        let path = decoded(path);
        let target = match &*path {
            "" => page.to_owned(),
            path => match resolved(page, path) {
                Some(target) => target,
                None => return Some("leads out of the book".into()),
            },
        };
        if !folder.join(&target).is_file() {
            return Some(format!("there is no file {}", target.display()));
        }
        let anchors = &pages.get(&target)?.anchors;
        let is_there = anchors.contains(anchor) || anchors.contains(&decoded(anchor));
        let missing = !anchor.is_empty() && !is_there;
        missing.then(|| format!("{} has no anchor {anchor}", target.display()))
    }
}

/// As a browser reads it: `%20` is a blank, and a `%` before anything but two hex digits is itself.
fn decoded(address: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = address.split('%');
    bytes.extend(parts.next().unwrap_or("").bytes());
    for part in parts {
        let digits = part.split_at_checked(2).filter(|(digits, _)| !digits.starts_with('+'));
        match digits.and_then(|(digits, rest)| Some((u8::from_str_radix(digits, 16).ok()?, rest))) {
            Some((byte, rest)) => {
                bytes.push(byte);
                bytes.extend(rest.bytes());
            }
            None => {
                bytes.push(b'%');
                bytes.extend(part.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where a relative address leads, if it stays in the folder.
fn resolved(page: &Path, path: &str) -> Option<PathBuf> {
    let mut target = page.parent()?.to_owned();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => target.push(name),
            Component::CurDir => {}
            Component::ParentDir if target.pop() => {}
            _ => return None,
        }
    }
    Some(target)
}

struct Collector(RefCell<Page>);

impl TokenSink for Collector {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                page.tag(&tag);
                match &*tag.name {
                    "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" => return TokenSinkResult::RawData(RawKind::Rawtext),
                    _ => {}
                }
            }
            Token::CharacterTokens(text) => page.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a folder of its own for each test, below the target directory.
    fn problems(name: &str, files: &[(&str, &str)]) -> Vec<String> {
        let this = std::env::current_exe().unwrap();
        let folder = this.with_file_name(format!("book-links-{name}"));
        let _ = fs::remove_dir_all(&folder);
        for (file, text) in files {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let problems = check(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        problems
    }

    #[test]
    fn good_pages() {
        let page = r##"<base href="/site/"><link rel="stylesheet" href="a.css"><h1 id="top">A</h1><script>"<a href='no'>"</script>
            <a href="#top"></a><a href="#"></a><a href="part/b.html?x#b"></a><a href="https://example.com/"></a>
            <a href="my%20notes.html#caf%c3%A9"></a><a href="./100%25.html?q=%ZZ#%61"></a><a href="100%.html#%62"></a>
            <a href="mailto:a@example.com"></a><img src="data:image/png;base64,AA==" srcset="part/b.html 1x">"##;
        let other = r##"<p id=b><a href="../a.html#top">a</a> &lt;a href="no"></p>"##;
        let files = [
            ("a.html", page),
            ("part/b.html", other),
            ("my notes.html", "<p id=café>"),
            ("100%.html", "<p id=a><p id=%62>"),
            ("a.css", "a { b: url('my%20notes.html') }"),
        ];
        assert_eq!(problems("good", &files), [""; 0]);
    }

    #[test]
    fn bad_pages() {
        let page = r##"<script src="https://example.com/a.js"></script><script>1</script>
            <img src=//example.com/a.png><img srcset="a.html 1x, http://example.com/2x 2x"><p style="b: url(no.png)">
            <a href="my%20notes.html"></a><a href="%2e/a.html#n%6F"></a>
            <a href="b.html">b</a><a href="a.html#no">c</a><a href="#none"></a><a href="../a.html"></a><a href="/a.html"></a>
            <pre>{{#include no.rs}}</pre>"##;
        let style = "@import 'https://example.com/a.css'; b { c: url( \"no.woff2\" ) }";
        let expected = [
            r#"a.css: @import(https://example.com/a.css): loaded from outside"#,
            r#"a.css: url(no.woff2): there is no file no.woff2"#,
            r##"a.html: <a href="#none">: a.html has no anchor none"##,
            r##"a.html: <a href="%2e/a.html#n%6F">: a.html has no anchor n%6F"##,
            r#"a.html: <a href="../a.html">: leads out of the book"#,
            r#"a.html: <a href="/a.html">: leads out of the book"#,
            r#"a.html: <a href="a.html#no">: a.html has no anchor no"#,
            r#"a.html: <a href="b.html">: there is no file b.html"#,
            r#"a.html: <a href="my%20notes.html">: there is no file my notes.html"#,
            r#"a.html: <img src="//example.com/a.png">: loaded from outside"#,
            r#"a.html: <script src="https://example.com/a.js">: loaded from outside"#,
            r#"a.html: srcset(http://example.com/2x): loaded from outside"#,
            r#"a.html: url(no.png): there is no file no.png"#,
            r#"a.html: {{#include no.rs}}: there is no such file"#,
        ];
        assert_eq!(problems("bad", &[("a.html", page), ("a.css", style)]), expected);
    }
}
