"""Is it alive? An answer without waiting."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def work(go):
    say("waits")
    go.wait()
    say("ends")


# The system's letter for the state of a process: S is sleeping, R is running, Z is a zombie.
def letter(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2][0]
    # It was gone, or went while we were reading.
    except (FileNotFoundError, ProcessLookupError):
        return None


# What the object says about itself, as in <Process name='child' parent=7 initial>.
def state(child):
    words = repr(child).rstrip(">").split()
    return next(w for w in words if w in ["initial", "started", "stopped", "closed"])


def yes_or_no(answer):
    return "yes" if answer else "no"


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    go = multiprocessing.Event()
    say("makes a process")
    child = multiprocessing.Process(target=work, args=(go,), name="child")
    say(f"state: {state(child)}, pid {child.pid}. Is it alive? {yes_or_no(child.is_alive())}")

    child.start()
    say(f"has started it. Is it alive? {yes_or_no(child.is_alive())}")
    say(f"state: {state(child)}")

    say("lets it end")
    go.set()
    # Asks the system, because is_alive would remove the zombie.
    while letter(child.pid) != "Z":
        pause(0.01)
    say("it has ended: the system lists a zombie")
    say(f"is it alive? {yes_or_no(child.is_alive())}")
    say(f"does the system list it? {yes_or_no(letter(child.pid) is not None)}")
    child.join()
    say(f"its exit code is {child.exitcode}")
    say(f"state: {state(child)}")

    child.close()
    say(f"state: {state(child)}")
    try:
        child.is_alive()
    except ValueError as error:
        say(f"is it alive? {error}")
