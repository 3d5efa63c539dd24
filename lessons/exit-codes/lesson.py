"""How a process ended: zero, a number, or minus a signal."""

import multiprocessing
import sys
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def ends():
    say("returns nothing")


# Ignored: a process whose function returns has exit code 0, whatever it returned.
def returns():
    say("returns 3")
    return 3


def exits():
    say("exits with 3")
    sys.exit(3)


# sys.exit with a text writes it to stderr, and the exit code is 1.
def fails():
    say("reports an error")
    sys.exit("fails: no such file")


def crashes():
    say("crashes")
    raise RuntimeError("this cannot be")


# Says nothing: the signal may arrive before it could write a line.
def sleeps():
    while True:
        time.sleep(1)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts six processes")
    children = [
        multiprocessing.Process(target=function, name=function.__name__)
        for function in [ends, returns, exits, fails, crashes, sleeps]
    ]
    for child in children:
        child.start()

    sleeper = children[-1]
    say(f"sleeps: exit code {sleeper.exitcode}, and is told to end")
    sleeper.terminate()

    # In the order of the joins, whatever order they ended in.
    for child in children:
        child.join()
        say(f"{child.name}: exit code {child.exitcode}")
