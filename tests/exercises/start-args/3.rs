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

fn main() -> Result<()> {
    say!("starts a child, joins it, starts the next");
    let mut children = vec![
        Process::new(|| one(5)).name("one").start()?,
        Process::new(|| three(1, 2, "ann")).name("three").start()?,
        // No keyword arguments in Rust: the fields of a struct have names instead.
        Process::new(|| named(Person { name: "ann", age: 18 })).name("named").start()?,
        Process::new(|| ()).name("nothing").start()?,
    ];

    let numbers = vec![1, 2, 3];
    children.push(Process::new(|| sum(&numbers)).name("borrower").start()?);
    say!("still has {numbers:?}");
    // With `move` the numbers are the child's alone: main cannot use them below.
    children.push(Process::new(move || sum(&numbers)).name("owner").start()?);

    for child in &children {
        let exit = child.join()?;
        say!("{}: exit code {}", child.name(), exit.code());
    }
    Ok(())
}
