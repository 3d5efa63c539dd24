"""Broken: main ends without joining the pool, and a task is cut off in the middle."""

import multiprocessing
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# Runs in each worker before its first task.
def begin():
    process = multiprocessing.current_process()
    process.name = process.name.replace("ForkPoolWorker", "worker")


def work():
    say("the task begins")
    begun.set()
    # Longer than main will last.
    time.sleep(36_000)
    say("the task ends")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    begun = multiprocessing.Event()
    pool = multiprocessing.Pool(2, initializer=begin)
    say("gives a task")
    pool.apply_async(work)
    begun.wait()
    say("ends, and has not joined the pool")
