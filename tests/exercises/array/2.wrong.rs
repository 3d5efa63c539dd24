//! An array that all share: each call is one step, and a transfer takes two.
#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Result;
use multiprocessing::{Array, Lock, Process, pause, say};

fn transfer(lock: &Lock, accounts: &Array<i32>, amount: i32, from: usize, to: usize) -> Result<()> {
    // No other process can interrupt one `fetch_add`. The lock is for what is between the two.
    let turn = lock.lock()?;
    accounts.fetch_add(from, -amount);
    say!("takes {amount} from account {from}");
    // Time enough for somebody to look in between, if they could.
    pause(Duration::from_millis(300));
    accounts.fetch_add(to, amount);
    say!("adds {amount} to account {to}");
    drop(turn);
    count(lock, accounts)
}

fn count(lock: &Lock, accounts: &Array<i32>) -> Result<()> {
    // Reading needs the lock, too: these are three numbers, read one after the other.
    let _turn = lock.lock()?;
    say!("counts {}", accounts.iter().sum::<i32>());
    Ok(())
}

fn main() -> Result<()> {
    let lock = Lock::new()?;
    let accounts = Array::new(&[100; 3])?;
    say!("three accounts, 300 in all, and one lock");
    let staff = [
        Process::new(|| transfer(&lock, &accounts, 30, 0, 1)).name("clerk-1").start()?,
        Process::new(|| transfer(&lock, &accounts, 50, 1, 2)).name("clerk-2").start()?,
        Process::new(|| count(&lock, &accounts)).name("auditor").start()?,
    ];
    for one in &staff {
        one.join()?;
    }
    say!("the accounts hold {:?}", accounts.iter().collect::<Vec<_>>());
    Ok(())
}
