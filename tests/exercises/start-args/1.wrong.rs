//! Give a child's function its arguments.
#![forbid(unsafe_code)]

use anyhow::Result;
use multiprocessing::{Process, say};

struct Person {
    name: &'static str,
    age: u32,
}

fn one(number: u32) {
    say!("called with {number}");
}

fn three(first: u32, second: u32, name: &str) {
    say!("called with {first}, {second}, {name}");
}

fn named(person: Person) {
    say!("called with name={}, age={}", person.name, person.age);
}

fn sum(numbers: &[u32]) {
    say!("the sum is {}", numbers.iter().sum::<u32>());
}

fn run(process: Process) -> Result<()> {
    let child = process.start()?;
    let exit = child.join()?;
    say!("{}: exit code {}", child.name(), exit.code());
    Ok(())
}

fn main() -> Result<()> {
    say!("starts a child, joins it, starts the next");
    run(Process::new(|| one(5)).name("one"))?;
    run(Process::new(|| three(1, 2, "ann")).name("three"))?;
    // No keyword arguments in Rust: the fields of a struct have names instead.
    run(Process::new(|| named(Person { name: "ann", age: 18 })).name("named"))?;
    run(Process::new(|| ()).name("nothing"))?;

    let mut numbers = vec![1, 2, 3];
    numbers.push(4);
    run(Process::new(|| sum(&numbers)).name("borrower"))?;
    say!("still has {numbers:?}");
    // With `move` the numbers are the child's alone: main cannot use them below.
    run(Process::new(move || sum(&numbers)).name("owner"))?;
    Ok(())
}
