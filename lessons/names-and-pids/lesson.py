"""A process has a name, a number and a parent."""

import multiprocessing
import os


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def introduce():
    name = multiprocessing.current_process().name
    say(f"I am {name}, process {os.getpid()}, my parent is {os.getppid()}")


def introduce_with_child():
    introduce()
    child = multiprocessing.Process(target=introduce)
    child.start()
    child.join()
    say(f"my child was {child.name}")


class Worker(multiprocessing.Process):
    pass


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    first = multiprocessing.current_process()
    given = first.name
    first.name = "main"

    # Main's own parent is the shell, or whatever else started it.
    say(f"I am {first.name}, process {os.getpid()}")
    say(f"Python called me {given}")

    say("starts three processes")
    children = [
        multiprocessing.Process(target=introduce, name="service"),
        multiprocessing.Process(target=introduce, name="worker"),
        # Not named, so its default name counts: it is the third, whatever the others are called.
        multiprocessing.Process(target=introduce_with_child),
    ]
    for child in children:
        child.start()
    for child in children:
        say(f"{child.name} is process {child.pid}")

    for child in children:
        child.join()
    say("all have ended")

    # A default name begins with the class. Before the start there is no process number.
    for process in [Worker(), multiprocessing.get_context("fork").Process()]:
        say(f"not started: {process.name}, process {process.pid}")
