//! A queue of answers for each client. But the server takes the first request for that of the first client.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, Queue, say};

fn ask(question: u32, requests: &Queue<u32>, answers: &Queue<u32>) -> Result<()> {
    say!("asks for the square of {question}");
    requests.put(question)?;
    say!("hears {}", answers.get()?);
    say!("leaves");
    Ok(())
}

fn serve(requests: &Queue<u32>, answers: &[Queue<u32>; 2]) -> Result<()> {
    for answers in answers {
        let question = requests.get()?;
        answers.put(question * question)?;
    }
    Ok(())
}

fn main() -> Result<()> {
    let requests = Queue::unbounded()?;
    let answers = [Queue::unbounded()?, Queue::unbounded()?];
    say!("one server, two clients");
    let server = Process::new(|| serve(&requests, &answers)).name("server").start()?;
    let client_1 = Process::new(|| ask(2, &requests, &answers[0])).name("client-1").start()?;
    let client_2 = Process::new(|| ask(3, &requests, &answers[1])).name("client-2").start()?;
    for child in [server, client_1, client_2] {
        child.join()?;
    }
    say!("all have ended");
    Ok(())
}
