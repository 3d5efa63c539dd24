"""A generator is lazy: this one starts each process only after the join of the one before."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def work():
    say("begins")
    pause(0.3)
    say("ends")


def started(name):
    worker = multiprocessing.Process(target=work, name=name)
    worker.start()
    return worker


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts three, then joins three, or so it seems")
    # Wrong here: the round brackets. Square ones would start all three at once.
    workers = (started(f"worker-{i}") for i in range(1, 4))

    for worker in workers:
        worker.join()
        say(f"{worker.name} has ended")
