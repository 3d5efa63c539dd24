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


# What Linux says of a process: R runs, S sleeps, Z has ended and was not joined; - for no trace.
def state(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return "-"


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
    say(f"sleeps: runs, exit code {sleeper.exitcode}")
    sleeper.terminate()
    # Not exitcode or is_alive(): they take note of the end, as join does, and the zombie is gone.
    while state(sleeper.pid) not in "Z-":
        time.sleep(0.01)
    say(f"sleeps: has ended, state {state(sleeper.pid)}")

    # In the order of the joins, whatever the order in which they ended.
    for child in children:
        child.join()
        say(f"{child.name}: exit code {child.exitcode}")
    say(f"sleeps: joined, state {state(sleeper.pid)}")
