//! A request brings along the channel on which its answer is to come.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{PipeEnd, Process, pipe, say};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Request {
    question: u32,
    reply: PipeEnd<u32>,
}

fn ask(question: u32, desk: &PipeEnd<Request>) -> Result<()> {
    let (answer, reply) = pipe()?;
    say!("asks for the square of {question}");
    // The end travels with the request, and is no longer here.
    desk.send(Request { question, reply })?;
    say!("hears {}", answer.recv()?);
    Ok(())
}

fn serve(requests: &PipeEnd<Request>) -> Result<()> {
    let (first, second) = (requests.recv()?, requests.recv()?);
    // In any order, and to whoever asked: the server need not know who that is.
    for Request { question, reply } in [second, first] {
        say!("answers {question}");
        reply.send(question * question)?;
    }
    Ok(())
}

fn main() -> Result<()> {
    say!("one server, two clients");
    let (end_1, desk) = pipe()?;
    let client_1 = Process::new(move || ask(2, &desk)).name("client-1").start()?;
    let (end_2, desk) = pipe()?;
    let client_2 = Process::new(move || ask(3, &desk)).name("client-2").start()?;

    // Main is the desk: it hands each request on, and never sees an answer.
    let (server_end, requests) = pipe()?;
    for end in [end_1, end_2] {
        let request: Request = end.recv()?;
        say!("hands on {}", request.question);
        server_end.send(request)?;
    }
    // Both requests wait in the pipe for it, and the ends with them.
    let server = Process::new(move || serve(&requests)).name("server").start()?;
    for child in [server, client_1, client_2] {
        child.join()?;
    }
    say!("all have ended");
    Ok(())
}
