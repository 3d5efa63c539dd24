//! A process proves that it knows the key, without telling it.
#![forbid(unsafe_code)]

use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use multiprocessing::{PipeEnd, Process, pipe, say};
use sha2::Sha256;

// A key, a question, or the answer to one.
type Bytes = [u8; 32];

// From the system's own source: nobody can guess it.
fn random() -> Result<Bytes> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

// Only someone who knows the key can compute it.
fn digest(key: &Bytes, question: &Bytes) -> Result<Hmac<Sha256>> {
    Ok(Hmac::new_from_slice(key)?.chain_update(question))
}

fn answer(main: &PipeEnd<Bytes>, key: &Bytes) -> Result<()> {
    let question = main.recv()?;
    say!("answers with a key of {} bytes", key.len());
    main.send(digest(key, &question)?.finalize().into_bytes().into())?;
    Ok(())
}

fn meet(name: &str, key: &Bytes, theirs: &Bytes) -> Result<()> {
    let (end, other_end) = pipe()?;
    // The fork copies the key with the memory. Others can read arguments and environment.
    let child = Process::new(move || answer(&other_end, theirs)).name(name).start()?;
    say!("asks {name}");
    // A new question each time, so that no old answer fits.
    let question = random()?;
    end.send(question)?;
    // Not `==`: its duration grows with the number of matching bytes and so leaks them.
    let right = digest(key, &question)?.verify_slice(&end.recv()?).is_ok();
    say!("{} {name}", if right { "accepts" } else { "refuses" });
    child.join()?;
    Ok(())
}

fn main() -> Result<()> {
    let mut key = random()?;
    say!("makes a key of {} bytes", key.len());
    key[0] ^= 1;
    meet("friend", &key, &key)?;
    meet("stranger", &key, &random()?)?;
    say!("both have ended");
    Ok(())
}
