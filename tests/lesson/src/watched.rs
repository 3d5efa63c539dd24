//! What was watched, in the golden language: how a program is to be run, and what its run was.

use golden::{End, Endless, Golden, Report, Row, Run};
use running::{Ended, Orders, Process, Stand};

// What is kept is what is judged.
const _: () = assert!(golden::MOST == running::MOST);

/// How a program that this file describes is to be run.
pub fn orders(golden: &Golden) -> Orders {
    Orders {
        limit: golden.limit,
        hangs: golden.may_hang,
        may_outlive: !golden.outlives_main.is_empty(),
        load: None,
    }
}

/// What the program did, as the golden file sees it.
pub fn transcript(ran: &Ended) -> Run {
    let names = |processes: &[Process]| processes.iter().map(Process::to_string).collect();
    Run {
        end: ran.code.map_or(End::TimeLimit, End::Code),
        outlived_main: names(&ran.outlived_main),
        ended_unjoined: names(&ran.ended_unjoined),
        more: ran.more,
        ..Run::printed(&ran.out, &ran.err)
    }
}

/// The verdict on it; and if it did not end, where it stood.
pub fn judge<'g>(golden: &'g Golden, ran: &Ended) -> Report<'g> {
    let endless = |stand: &Stand| Endless {
        headline: stand.headline(),
        rows: rows(stand),
        interrupted: stand.interrupted,
    };
    golden.check_watched(&transcript(ran), ran.stand.as_ref().map(endless))
}

/// Who waits for what, a row each.
pub fn rows(stand: &Stand) -> Vec<Row> {
    let row = |(margin, text)| Row::text(margin).hanging().plain(text);
    stand.lines().into_iter().map(row).collect()
}
