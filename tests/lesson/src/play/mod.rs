//! `play`: the learner decides who goes on.

mod game;
mod run;
mod said;
mod screen;
mod terminal;
mod verdict;
mod words;

use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use curriculum::Curriculum;
use driving::MakeCommand;
use golden::count;

use self::game::{Do, Game};
use self::run::Running;
use self::terminal::Input;
use crate::INTERRUPTED;
use crate::goal::Aim;
use crate::output::{tell, warn};
use crate::program::{Built, Program};
use crate::progress::Progress;
use crate::prove;

pub use self::terminal::Terminal;

/// A step that takes longer is told.
const PROMPT: Duration = Duration::from_millis(200);
/// How often to look what else there is but keys.
const LOOK: Duration = Duration::from_millis(50);

/// So long it may take to end.
const TO_END: Duration = Duration::from_secs(2);

/// A signal wants the game to end.
static STOP: AtomicBool = AtomicBool::new(false);

pub fn play(curriculum: &Curriculum, program: &Program, code: Option<String>) -> Result<u8> {
    program.refuse_undriven()?;
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        bail!("play needs a terminal. Without one: cargo lesson run {} --seed 1", program.slug);
    }
    let golden = program.golden()?;
    let sheet = curriculum.lesson(&program.slug)?.sheet(curriculum)?;
    let aims = sheet.goals_of(program.broken.as_deref()).map(Aim::of);
    let mut game = Game::new(program.title(), &golden, aims.collect::<Result<_>>()?);
    let mut progress = Progress::read(curriculum).inspect_err(warn).unwrap_or_default();
    game.know(|aim| progress.has(&aim.title(program)));
    let built = Built::new(std::slice::from_ref(program))?;
    let own = program.clone();
    let command: MakeCommand =
        Box::new(move || prove::command(&own, &built).map_err(io::Error::other));
    stop_at_signals()?;
    let running = Running::new(command, code);
    let first = loop {
        match running.news(LOOK)? {
            Some(first) => {
                break first.with_context(|| format!("cannot play {}", program.title()))?;
            }
            None if STOP.load(Relaxed) => return Ok(INTERRUPTED),
            None => {}
        }
    };
    game.hear(&first.0, first.1);
    let played = {
        let terminal = Terminal::take().context("cannot take the terminal")?;
        rounds(&mut game, &running, &terminal)
    };
    drop(running);
    for aim in game.newly_reached() {
        progress.add(&aim.title(program)).unwrap_or_else(|error| warn(&error));
    }
    tell(farewell(&game, program))?;
    played?;
    Ok(if STOP.load(Relaxed) { INTERRUPTED } else { 0 })
}

/// Until the learner has had enough.
fn rounds(game: &mut Game, running: &Running, terminal: &Terminal) -> Result<()> {
    let mut is_new = true;
    let mut later = VecDeque::new();
    while !STOP.load(Relaxed) {
        if is_new {
            let (width, height) = terminal.size();
            terminal.draw(&screen::screen(game, width, height))?;
        }
        is_new = true;
        // While a step is made, keys wait; but nobody has to wait to leave.
        let news = running.news(if game.is_busy { PROMPT } else { Duration::ZERO })?;
        let next = match news {
            Some(Ok((now, moment))) => game.hear(&now, moment),
            Some(Err(error)) => {
                game.fail(&error.to_string());
                None
            }
            None => match input(game, terminal, &mut later)? {
                Some(Input::Key(key)) => game.press(key),
                Some(Input::Interrupt) => return Ok(()),
                Some(Input::Suspend) => {
                    terminal.suspend()?;
                    None
                }
                Some(Input::Redraw) => None,
                None => {
                    is_new = game.is_busy;
                    None
                }
            },
        };
        match next {
            Some(Do::Ask(ask)) => {
                running.ask(ask);
                // The screen of a short step would only flicker.
                is_new = false;
            }
            Some(Do::Quit) => return Ok(()),
            None => {}
        }
    }
    Ok(())
}

/// What the learner does next.
fn input(
    game: &Game,
    terminal: &Terminal,
    later: &mut VecDeque<Input>,
) -> io::Result<Option<Input>> {
    if !game.is_busy {
        return match later.pop_front() {
            Some(input) => Ok(Some(input)),
            None => terminal.next(LOOK),
        };
    }
    Ok(match terminal.next(Duration::ZERO)? {
        Some(Input::Key(key)) if key != 'q' => {
            later.push_back(Input::Key(key));
            None
        }
        other => other,
    })
}

/// What is left of the game below the prompt.
fn farewell(game: &Game, program: &Program) -> String {
    let (steps, code) = game.steps();
    let mut text = String::new();
    if let Some((_, verdict)) = &game.verdict {
        text += &format!("{verdict}\n");
    }
    for goal in game.newly_reached() {
        text += &format!("Goal reached: {}.\n", goal.goal.name);
    }
    if let Some(code) = code.filter(|_| steps > 0) {
        let steps = count(steps, "step");
        text += &format!(
            "{steps}. The same again: cargo lesson play {} --schedule {code}\n",
            program.arguments()
        );
    }
    text
}

/// The first signal ends the game; if it cannot end, or at the second one, it ends at once.
fn stop_at_signals() -> Result<()> {
    let handler = || {
        if !STOP.swap(true, Relaxed) {
            // Whoever waits for a key of a terminal that is gone waits for ever.
            thread::sleep(TO_END);
        }
        terminal::give_back();
        std::process::exit(INTERRUPTED.into());
    };
    ctrlc::set_handler(handler).context("cannot handle Ctrl-C")
}
