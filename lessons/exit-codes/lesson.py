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


# sys.exit with a text writes it on stderr, and the exit code is 1.
def fails():
    say("reports an error")
    sys.exit("fails: no such file")


def crashes():
    say("crashes")
    raise RuntimeError("this cannot be")


# Says nothing: the signal may arrive before a line could be written.
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
    while_it_ran = sleeper.exitcode
    sleeper.terminate()
    if while_it_ran is None:
        say("sleeps: no exit code while it ran")

    # In the order of the joins, whatever the order in which they ended.
    for child in children:
        child.join()
        say(f"{child.name}: exit code {child.exitcode}")
