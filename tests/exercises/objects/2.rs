//! An object travels as data: the other process gets a copy.
#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use anyhow::Result;
use multiprocessing::{Process, PutError, Queue, say};
use serde::{Deserialize, Serialize};

// The fields travel. The code below does not: both processes run this program and have it.
#[derive(Serialize, Deserialize)]
struct Account {
    owner: String,
    cents: u32,
}

impl Account {
    fn deposit(&mut self, cents: u32) {
        self.cents += cents;
    }
}

fn work(accounts: &Queue<Account>, back: &Queue<Account>) -> Result<()> {
    let mut account = accounts.get()?;
    say!("got the account of {}: {} cents", account.owner, account.cents);
    account.deposit(50);
    say!("deposits 50: {} cents", account.cents);
    back.put(&account)?;
    Ok(())
}

fn main() -> Result<()> {
    let (accounts, back) = (Queue::unbounded()?, Queue::unbounded()?);
    let child = Process::new(|| work(&accounts, &back)).name("child").start()?;

    let account = Account { owner: "Ada".to_owned(), cents: 100 };
    say!("puts the account of {}: {} cents", account.owner, account.cents);
    accounts.put(&account)?;
    let other = back.get()?;
    say!("got back the account of {}: {} cents", other.owner, other.cents);
    child.join()?;
    say!("main's account of {} has {} cents", account.owner, account.cents);

    // `accounts.put(|| 0)` does not compile: a closure cannot be a message. If only this value
    // cannot be written, although its type usually can, `put` itself refuses it.
    let paths = Queue::<PathBuf>::unbounded()?;
    let no_text = PathBuf::from(OsStr::from_bytes(&[0xff]));
    if let Err(PutError::Encode(_)) = paths.put(no_text) {
        say!("a path that is no text: put refuses it");
    }
    say!("{} items wait", paths.len());
    Ok(())
}
