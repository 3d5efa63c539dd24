"""What a child gets: a fork gets all that main has, a fresh program only what it is sent."""

import multiprocessing
import os

number = 10


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def look(main):
    parent = "main" if os.getppid() == main else "another process"
    say(f"my number is {number}, my parent is {parent}")


def run(method, name):
    process = multiprocessing.get_context(method).Process
    child = process(target=look, args=(os.getpid(),), name=name)
    child.start()
    child.join()


if __name__ == "__main__":
    # Nothing is changed above this line: the fresh programs run that part too.
    multiprocessing.current_process().name = "main"

    say(f"my number is {number}, changes it to 11")
    number = 11

    say("fork")
    run("fork", "forked")

    say("spawn")
    run("spawn", "spawned")

    say("fork server")
    run("forkserver", "served")

    say(f"my number is {number}")
