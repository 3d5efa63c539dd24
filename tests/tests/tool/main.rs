//! The `lesson` command and what runs the lessons. One program, because its tests mostly sleep: they
//! do so beside each other.

mod breakages;
mod building;
mod command;
mod navigate;
mod readme;
mod run;
mod terminal;
