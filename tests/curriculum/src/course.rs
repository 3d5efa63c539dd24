//! `course.toml`: the lessons of a course, where a teacher has chosen some.

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use toml::Spanned;

use crate::Curriculum;

/// Names another file.
const COURSE: &str = "LESSON_COURSE";
const FILE: &str = "course.toml";

/// Some of the lessons, in an order of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// What it is called.
    pub title: String,
    /// The names of its lessons.
    pub lessons: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    lessons: Vec<Spanned<String>>,
}

impl Course {
    /// The course in `course.toml` at the root of the checkout, or in the file that `LESSON_COURSE` names.
    pub(crate) fn read(curriculum: &Curriculum) -> Result<Option<Course>> {
        let named = env::var_os(COURSE);
        let path = named.as_deref().map_or(curriculum.root.join(FILE), |path| path.into());
        if named.is_none() && !path.exists() {
            return Ok(None);
        }
        Course::at(curriculum, &path).map(Some)
    }

    /// The course in a file.
    ///
    /// # Errors
    /// If there is no such file, or if it is no course: says where and how.
    pub fn at(curriculum: &Curriculum, path: &Path) -> Result<Course> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the course {}", path.display()))?;
        Course::of(curriculum, path, &text)
    }

    fn of(curriculum: &Curriculum, path: &Path, text: &str) -> Result<Course> {
        let path = path.display();
        let written: Written = toml::from_str(text).with_context(|| {
            format!("{path} is no course. It has a `title` and `lessons`, a list of names")
        })?;
        let mut lessons = Vec::new();
        for name in written.lessons {
            let line = text[..name.span().start].matches('\n').count() + 1;
            let lesson = curriculum
                .lesson(name.get_ref())
                .with_context(|| format!("{path}, line {line}"))?;
            if lessons.contains(&lesson.slug) {
                bail!("{path}, line {line}: `{}` is there twice. Take one out.", lesson.slug);
            }
            lessons.push(lesson.slug.clone());
        }
        if lessons.is_empty() {
            bail!("{path}: the course has no lesson. Name one, as in lessons = [\"queue\"]");
        }
        Ok(Course { title: written.title, lessons })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lesson, Part};

    fn course(text: &str) -> Result<Course, String> {
        let lesson = |slug: &str, number| Lesson {
            slug: slug.to_owned(),
            number: Some(number),
            title: String::new(),
            description: String::new(),
            broken: Vec::new(),
        };
        let lessons = vec![lesson("queue", 1), lesson("lock", 2)];
        let parts = vec![Part { title: String::new(), lessons }];
        let curriculum = Curriculum { root: "".into(), parts, course: Ok(None) };
        let course = Course::of(&curriculum, Path::new("course.toml"), text);
        course.map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_course_has_an_order_of_its_own() {
        let course = course("title = \"Short\"\nlessons = [\n  \"lock\",\n  \"1\",\n]\n").unwrap();
        assert_eq!(course.lessons, ["lock", "queue"]);
    }

    #[test]
    fn what_is_wrong_has_a_line_and_a_valid_form() {
        let wrong = |text, parts: [&str; 2]| {
            let wrong = course(text).unwrap_err();
            assert!(parts.iter().all(|part| wrong.contains(part)), "{wrong}");
        };
        wrong(
            "title = \"\"\nlessons = [\n  \"lock\",\n  \"que\",\n]\n",
            ["course.toml, line 4", "Did you mean `queue`?"],
        );
        wrong(
            "title = \"\"\nlessons = [\"lock\",\n\"2\"]\n",
            ["course.toml, line 3", "`lock` is there twice"],
        );
        wrong("title = \"\"\nlesons = []\n", ["line 2", "expected `title` or `lessons`"]);
        wrong("lessons = [\n", ["line 1", "`title` and `lessons`, a list of names"]);
        wrong("title = \"\"\nlessons = []\n", ["has no lesson", "lessons = [\"queue\"]"]);
    }
}
