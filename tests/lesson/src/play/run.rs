//! The run that is played, in a thread of its own: the keyboard is heard also while a step takes long.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use driving::{End, Event, MakeCommand, Place, Standing, Steered, Went};

/// How often to look whether somebody was killed from outside.
const LOOK: Duration = Duration::from_millis(100);
/// How long a run may take to end that is given up.
const ENDING: Duration = Duration::from_secs(5);

/// What is wanted of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    Go(Place),
    Undo,
    Restart,
}

/// Why there is something to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// The run is there.
    Begun,
    /// This one was told to go on.
    Went(Place, Went),
    /// The last step was taken back.
    Undone,
    /// Somebody was ended by somebody outside.
    Killed,
}

/// The run at a moment.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    pub events: Vec<Event>,
    pub names: BTreeMap<Place, String>,
    pub standing: Vec<Standing>,
    pub end: Option<End>,
    /// How main ended, if all have.
    pub exit_code: Option<i32>,
    pub code: Option<String>,
}

/// It went wrong, or how the run stands now.
pub type News = io::Result<(Now, Moment)>;

pub struct Running {
    asks: Option<Sender<Ask>>,
    news: Receiver<News>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// The program from its start, or at the end of the run with this code.
    pub fn new(command: MakeCommand, code: Option<String>) -> Running {
        let (asks, asked) = mpsc::channel();
        let (tell, news) = mpsc::channel();
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let steered = match code {
                None => Steered::begin(command, stop),
                Some(code) => Steered::by_code(command, stop, &code),
            };
            match steered {
                Ok(steered) => serve(steered, &asked, &tell),
                // Whoever would hear it may be gone.
                Err(error) => drop(tell.send(Err(error))),
            }
        });
        Running { asks: Some(asks), news, over, thread: Some(thread) }
    }

    pub fn ask(&self, ask: Ask) {
        // If the thread is gone, that is heard at the next news.
        let _ = self.asks.as_ref().map(|asks| asks.send(ask));
    }

    /// None: nothing has happened within that time.
    ///
    /// # Errors
    /// If the run is gone for good.
    pub fn news(&self, within: Duration) -> Result<Option<News>> {
        match self.news.recv_timeout(within) {
            Ok(news) => Ok(Some(news)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the run is gone"),
        }
    }
}

/// Its processes end with it.
impl Drop for Running {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        self.asks = None;
        let began = Instant::now();
        // One that was stopped from outside answers nobody. It hears of the end when this program ends.
        let is_over = |thread: &JoinHandle<()>| thread.is_finished() || began.elapsed() > ENDING;
        while self.thread.as_ref().is_some_and(|thread| !is_over(thread)) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn serve(mut run: Steered, asked: &Receiver<Ask>, tell: &Sender<News>) {
    let mut names = BTreeMap::new();
    let mut news = Ok(Some(Now::Begun));
    loop {
        let told = match news {
            Ok(None) => Ok(()),
            Ok(Some(now)) => tell.send(Ok((now, moment(&run, &mut names)))),
            Err(error) => tell.send(Err(error)),
        };
        if told.is_err() {
            return;
        }
        news = match asked.recv_timeout(LOOK) {
            Ok(Ask::Go(place)) => run.go(&place).map(|went| Some(Now::Went(place, went))),
            Ok(Ask::Undo) => run.undo().map(|()| Some(Now::Undone)),
            Ok(Ask::Restart) => run.restart().map(|()| Some(Now::Begun)),
            Err(RecvTimeoutError::Timeout) => {
                run.look_around().map(|is_any| is_any.then_some(Now::Killed))
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
    }
}

/// A name that was known once stays known: its process may end before it is asked for.
fn moment(run: &Steered, names: &mut BTreeMap<Place, String>) -> Moment {
    let standing = run.standing();
    names.extend(standing.iter().map(|one| (one.place.clone(), one.name.clone())));
    let events = run.events();
    for event in &events {
        names.entry(event.place.clone()).or_insert_with(|| run.name_of(&event.place));
    }
    let (names, end) = (names.clone(), run.end().cloned());
    Moment { events, names, standing, end, exit_code: run.exit_code(), code: run.code() }
}
