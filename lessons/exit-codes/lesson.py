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


# Linux's letter for a process: R running, S sleeping, Z ended but not joined; - if it is gone.
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
    # Not exitcode or is_alive(): like join, they collect the exit code and so remove the zombie.
    while state(sleeper.pid) not in "Z-":
        time.sleep(0.01)
    say(f"sleeps: has ended, state {state(sleeper.pid)}")

    # In the order of the joins, whatever order they ended in.
    for child in children:
        child.join()
        say(f"{child.name}: exit code {child.exitcode}")
    say(f"sleeps: joined, state {state(sleeper.pid)}")
