//! Broken: no lock. Nothing is lost, and yet whoever counts between two steps finds too little.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Array, Lock, Process, say};

fn transfer(lock: &Lock, accounts: &Array<i32>) -> Result<()> {
    let _turn = lock.lock()?;
    accounts.fetch_add(0, -30);
    say!("takes 30 from account 0");
    accounts.fetch_add(1, 30);
    say!("adds 30 to account 1");
    Ok(())
}

fn count(accounts: &Array<i32>) -> Result<()> {
    say!("counts {}", accounts.iter().sum::<i32>());
    Ok(())
}

fn main() -> Result<()> {
    let accounts = Array::new(&[100; 3])?;
    let lock = Lock::new()?;
    say!("three accounts, 300 in all");
    let clerk = Process::new(|| transfer(&lock, &accounts)).name("clerk").start()?;
    let auditor = Process::new(|| count(&accounts)).name("auditor").start()?;
    clerk.join()?;
    auditor.join()?;
    say!("the accounts hold {:?}", accounts.iter().collect::<Vec<_>>());
    Ok(())
}
