//! Broken: no lock. Nothing is lost, and yet whoever counts between two steps finds too little.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Array, Event, Process, say};

fn transfer(accounts: &Array<i32>, taken: &Event, counted: &Event) {
    accounts.fetch_add(0, -30);
    say!("takes 30 from account 0");
    // This rendezvous makes the bad outcome certain: the auditor counts between the two steps.
    taken.set();
    counted.wait();
    accounts.fetch_add(1, 30);
    say!("adds 30 to account 1");
}

fn count(accounts: &Array<i32>, taken: &Event, counted: &Event) {
    taken.wait();
    say!("counts {}", accounts.iter().sum::<i32>());
    counted.set();
}

fn main() -> Result<()> {
    let accounts = Array::new(&[100; 3])?;
    let (taken, counted) = (Event::new()?, Event::new()?);
    say!("three accounts, 300 in all");
    let clerk = Process::new(|| transfer(&accounts, &taken, &counted)).name("clerk").start()?;
    let auditor = Process::new(|| count(&accounts, &taken, &counted)).name("auditor").start()?;
    clerk.join()?;
    auditor.join()?;
    say!("the accounts hold {:?}", accounts.iter().collect::<Vec<_>>());
    Ok(())
}
