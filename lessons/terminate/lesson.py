"""SIGTERM ends a process wherever it is, a moment later."""

import itertools
import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def tick(begun):
    say("begins")
    begun.set()
    for i in itertools.count():
        say(f"tick {i}")
        pause(0.1)


def work():
    say("begins")
    # Alive until it is terminated, however slow main is.
    while True:
        pause(0.1)


def yes_or_no(answer):
    return "yes" if answer else "no"


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a clock that would tick for ever")
    begun = multiprocessing.Event()
    clock = multiprocessing.Process(target=tick, args=(begun,), name="clock")
    clock.start()
    begun.wait()
    pause(0.35)
    say("terminates it")
    clock.terminate()
    clock.join()
    say(f"it has ended: exit code {clock.exitcode}")

    say("starts a worker, and terminates it at once")
    worker = multiprocessing.Process(target=work, name="worker")
    worker.start()
    before = worker.is_alive()
    worker.terminate()
    right_after = worker.is_alive()
    say(f"alive before: {yes_or_no(before)}")
    # The signal has been sent, but perhaps not delivered yet.
    say(f"alive right after: {yes_or_no(right_after)}")
    worker.join()
    say(f"alive after the join: {yes_or_no(worker.is_alive())}")
