//! `draw`: a run as a picture, in the terminal or as SVG.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};
use drawing::Picture;
use driving::{End, Schedule};

use crate::judged::{Case, how_it_ended};
use crate::output::{note, tell};
use crate::picture::{Drove, picture};
use crate::program::{Built, Program, this_program};
use crate::prove;

pub fn draw(program: &Program, schedule: Option<Schedule>, svg: Option<&Path>) -> Result<u8> {
    let built = Built::new(std::slice::from_ref(program))?;
    let (picture, run) = drawn(program, &built, schedule)?;
    match svg {
        None => tell(drawing::terminal(&picture, columns()))?,
        Some(file) if file == Path::new("-") => tell(drawing::svg(&picture))?,
        Some(file) => {
            fs::write(file, drawing::svg(&picture))
                .with_context(|| format!("cannot write {}", file.display()))?;
            note(format!("The picture is in {}: a browser shows it.", file.display()));
        }
    }
    if program.undriven.is_some() {
        note("\nThis run was recorded, and what went through the server has no arrow.");
        return Ok(0);
    }
    let code = if run.code.is_empty() { "-" } else { &run.code };
    note(format!("\nThe same again: cargo lesson draw {} --schedule {code}", program.arguments()));
    Ok(0)
}

/// Two runs beside each other.
pub fn two(program: &Program, schedule: Option<Schedule>, code: String) -> Result<u8> {
    let built = Built::new(std::slice::from_ref(program))?;
    let (one, _) = drawn(program, &built, schedule)?;
    let (other, _) = drawn(program, &built, Some(Schedule::Code(code)))?;
    tell(drawing::beside(&one, &other, columns()))?;
    Ok(0)
}

/// The picture of a run, and what its processes did.
///
/// # Errors
/// If the program cannot be driven to an end.
pub fn drawn(
    program: &Program,
    built: &Built,
    schedule: Option<Schedule>,
) -> Result<(Picture, Drove)> {
    let golden = program.golden()?;
    if program.undriven.is_some() && schedule.is_none() {
        let run = recorded(program, built)?;
        return Ok((picture(program.title(), &golden, &run), run));
    }
    let command = prove::command(program, built)?;
    let cannot = || format!("cannot drive {}", program.title());
    let run: Drove = match schedule {
        None => driving::run_once(command, &mut |_, free| free.first().cloned())
            .with_context(cannot)?
            .into(),
        Some(schedule) => {
            let driven = driving::drive_once(command, schedule).with_context(cannot)?;
            match driven.end {
                End::Over | End::Stuck(_) | End::OnlyTimePasses(_) => driven.into(),
                _ => bail!("{}", how_it_ended(&driven).unwrap_or_else(cannot)),
            }
        }
    };
    Ok((picture(program.title(), &golden, &run), run))
}

/// What the processes of a run did that nobody drove.
fn recorded(program: &Program, built: &Built) -> Result<Drove> {
    let (golden, warden) = (program.golden()?, this_program()?);
    let case = Case { record: true, ..Case::new(program, built, &golden, &warden) };
    Ok(case.run(None, None)?.record.context("the run was not recorded")?.into())
}

fn columns() -> usize {
    let known = terminal_size::terminal_size_of(io::stdout());
    known.map_or(80, |(terminal_size::Width(width), _)| usize::from(width))
}
