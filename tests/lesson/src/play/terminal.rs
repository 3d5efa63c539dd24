//! The terminal while somebody plays: keys one by one, and a screen of its own. It is given back
//! however the game ends.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use std::{env, panic};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{
    self, BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen,
};
use crossterm::{cursor, execute, queue};
use golden::Tone;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::screen::Line;
use crate::paint;

/// Whether the terminal is to be given back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, from [`take`](Terminal::take) on until this is dropped.
#[derive(Debug)]
pub struct Terminal {
    has_colours: bool,
}

/// What came from the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// This key.
    Key(char),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
    /// The window has another size, or the screen is to be drawn again for another reason.
    Redraw,
}

impl Terminal {
    /// Takes it.
    ///
    /// # Errors
    /// If standard input or output is no terminal.
    pub fn take() -> io::Result<Terminal> {
        static HOOK: Once = Once::new();
        // What a panic says is to be read after the game.
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                give_back();
                before(panic);
            }));
        });
        let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        // From here on it is given back, also if only half was taken.
        let terminal = Terminal { has_colours: !no_colour };
        terminal.enter()?;
        Ok(terminal)
    }

    fn enter(&self) -> io::Result<()> {
        TAKEN.store(true, Relaxed);
        terminal::enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)
    }

    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        let (width, height) = terminal::size().unwrap_or((80, 24));
        (width.into(), height.into())
    }

    /// Shows these lines, and nothing else.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&self, lines: &[Line]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        queue!(out, BeginSynchronizedUpdate)?;
        for (row, line) in (0u16..).zip(lines) {
            queue!(out, cursor::MoveTo(0, row))?;
            let mut text = String::new();
            line.iter().for_each(|(tone, piece)| self.paint(&mut text, *tone, piece));
            out.write_all(text.as_bytes())?;
            queue!(out, Clear(ClearType::UntilNewLine))?;
        }
        if let Ok(below) = u16::try_from(lines.len())
            && usize::from(below) < self.size().1
        {
            queue!(out, cursor::MoveTo(0, below), Clear(ClearType::FromCursorDown))?;
        }
        queue!(out, EndSynchronizedUpdate)?;
        out.flush()
    }

    /// Without colours it is brightness that tells.
    fn paint(&self, text: &mut String, tone: Tone, piece: &str) {
        let style = match tone {
            _ if self.has_colours => return text.push_str(&paint::tone(tone, piece)),
            Tone::Plain => return text.push_str(piece),
            Tone::Faint => anstyle::Style::new().dimmed(),
            Tone::Good | Tone::Bad | Tone::Strong => anstyle::Style::new().bold(),
        };
        let _ = write!(text, "{style}{piece}{style:#}");
    }

    /// What comes within that time.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn next(&self, within: Duration) -> io::Result<Option<Input>> {
        if !event::poll(within)? {
            return Ok(None);
        }
        Ok(match event::read()? {
            Event::Key(key) if key.kind == KeyEventKind::Press => of_key(key),
            Event::Resize(..) => Some(Input::Redraw),
            _ => None,
        })
    }

    /// Stops this program, as Ctrl-Z does, until the shell has it go on.
    ///
    /// # Errors
    /// If the terminal cannot be given back, or taken again.
    pub fn suspend(&self) -> io::Result<()> {
        give_back();
        // The whole job: cargo may have started this.
        kill(Pid::from_raw(0), Signal::SIGTSTP)?;
        self.enter()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn of_key(key: KeyEvent) -> Option<Input> {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if is_control => Some(Input::Interrupt),
        KeyCode::Char('z') if is_control => Some(Input::Suspend),
        KeyCode::Char('l') if is_control => Some(Input::Redraw),
        KeyCode::Char(letter) if !is_control => Some(Input::Key(letter)),
        KeyCode::Esc => Some(Input::Key('\x1b')),
        KeyCode::Enter => Some(Input::Key('\n')),
        _ => None,
    }
}

/// Puts everything back as it was, once.
pub fn give_back() {
    if TAKEN.swap(false, Relaxed) {
        let _ = execute!(io::stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = terminal::disable_raw_mode();
    }
}
