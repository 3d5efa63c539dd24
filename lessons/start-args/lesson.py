"""Give a child's function its arguments."""

import multiprocessing
from multiprocessing import Process


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def one(number):
    say(f"called with {number}")


def three(first, second, name):
    say(f"called with {first}, {second}, {name}")


def named(name, age):
    say(f"called with name={name}, age={age}")


def total(numbers):
    say(f"the sum is {sum(numbers)}")


def run(child):
    child.start()
    child.join()
    say(f"{child.name}: exit code {child.exitcode}")


def attempt(what, make):
    try:
        make()
    except (AssertionError, TypeError) as error:
        say(f"{what}: {type(error).__name__}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a child, joins it, starts the next")
    run(Process(target=one, args=(5,), name="one"))
    run(Process(target=three, args=(1, 2, "ann"), name="three"))
    run(Process(target=named, kwargs={"name": "ann", "age": 18}, name="named"))
    # Without a target it runs nothing, which is not an error.
    run(Process(name="nothing"))

    numbers = [1, 2, 3]
    run(Process(target=total, args=(numbers,), name="borrower"))
    say(f"still has {numbers}")
    run(Process(target=total, args=(numbers,), name="owner"))
    # In Python, nothing can be given away.
    say(f"still has {numbers}")

    # What Rust's compiler refuses. First, the missing comma: without it, (5) is not a tuple.
    attempt("args=(5)", lambda: Process(target=one, args=(5)))
    run(Process(target=three, args=("abc"), name="letters"))
    run(Process(target=one, args=("letters"), name="too-many"))
    # Then the first parameter: it is the group, not the target.
    attempt("Process(one)", lambda: Process(one))
    attempt("group=1", lambda: Process(group=1, target=one, args=(5,)))
    run(Process(None, one, "positional", (5,)))
