//! Two processes prove to each other that they know the same key.
#![forbid(unsafe_code)]

use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use multiprocessing::{Pipe, PipeEnd, Process, say};
use sha2::Sha256;

// A key, a question, or the answer to one.
type Bytes = [u8; 32];

// From the system's own source: nobody can guess it.
fn random() -> Result<Bytes> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

// Only someone who knows the key can compute it. It is valid for `who` alone, who answers.
fn digest(key: &Bytes, question: &Bytes, who: &str) -> Result<Hmac<Sha256>> {
    Ok(Hmac::new_from_slice(key)?.chain_update(question).chain_update(who))
}

fn ask(other: &PipeEnd<Bytes>, key: &Bytes, who: &str) -> Result<bool> {
    // A new question each time, so that no old answer fits.
    let question = random()?;
    // Whoever refuses closes its end: then nothing more can be sent or received.
    let Ok(answer) = other.send(question).and_then(|()| other.recv()) else { return Ok(false) };
    // Not `==`: its duration grows with the number of matching bytes and so leaks them.
    Ok(digest(key, &question, who)?.verify_slice(&answer).is_ok())
}

fn answer(other: &PipeEnd<Bytes>, key: &Bytes, who: &str) -> Result<()> {
    let question = other.recv()?;
    Ok(other.send(digest(key, &question, who)?.finalize().into_bytes().into())?)
}

fn call(main: PipeEnd<Bytes>, key: &Bytes) -> Result<()> {
    say!("answers with a key of {} bytes", key.len());
    answer(&main, key, "caller")?;
    say!("{} main", if ask(&main, key, "main")? { "accepts" } else { "does not accept" });
    Ok(())
}

fn meet(name: &str, key: &Bytes, theirs: &Bytes) -> Result<()> {
    say!("asks {name}");
    let (end, other_end) = Pipe::new()?;
    // The fork copies the key with the memory. Others can read arguments and environment.
    let child = Process::new(move || call(other_end, theirs)).name(name).start()?;
    if ask(&end, key, "caller")? {
        say!("accepts {name}, and answers");
        answer(&end, key, "main")?;
    } else {
        // All that a stranger gets to know is that we hang up.
        drop(end);
        say!("refuses {name}");
    }
    child.join()?;
    Ok(())
}

fn main() -> Result<()> {
    let key = random()?;
    say!("makes a key of {} bytes", key.len());
    meet("friend", &key, &key)?;
    meet("stranger", &key, &random()?)?;
    say!("both have ended");
    Ok(())
}
