//! The question is new each time, so an answer that somebody has heard is worth nothing.
#![forbid(unsafe_code)]

use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use multiprocessing::{Process, pipe, say};
use sha2::Sha256;

type Bytes = [u8; 32];

fn digest(key: &Bytes, question: &Bytes) -> Result<Hmac<Sha256>> {
    Ok(Hmac::new_from_slice(key)?.chain_update(question))
}

fn meet(name: &str, key: &Bytes, reply: impl Fn(&Bytes) -> Result<Bytes>) -> Result<Bytes> {
    let (end, other_end) = pipe()?;
    let call = move || -> Result<()> {
        let question = other_end.recv()?;
        say!("answers");
        other_end.send(reply(&question)?)?;
        Ok(())
    };
    let child = Process::new(call).name(name).start()?;
    say!("asks {name}");
    let mut question = [0; 32];
    getrandom::fill(&mut question)?;
    end.send(question)?;
    let answer = end.recv()?;
    let right = digest(key, &question)?.verify_slice(&answer).is_ok();
    say!("{} {name}", if right { "accepts" } else { "refuses" });
    child.join()?;
    Ok(answer)
}

fn main() -> Result<()> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    let heard = meet("friend", &key, |question| {
        Ok(digest(&key, question)?.finalize().into_bytes().into())
    })?;
    say!("somebody has heard the answer");
    meet("thief", &key, |_| Ok(heard))?;
    Ok(())
}
