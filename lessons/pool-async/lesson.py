"""A pool: main hands over tasks and goes on, and a free worker takes the next."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


# Runs in each worker before its first task.
def begin():
    process = multiprocessing.current_process()
    process.name = process.name.replace("ForkPoolWorker", "worker")


def long(n):
    say(f"long task {n} begins")
    go_on.wait()
    say(f"long task {n} ends")
    return n * n


def short(n):
    say(f"short task {n} begins")
    pause(0.5)
    if n == 5:
        raise ValueError("five is too much")
    say(f"short task {n} ends")
    return n * n


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # A global: an event cannot be sent in a task, so the workers inherit it.
    go_on = multiprocessing.Event()
    pool = multiprocessing.Pool(3, initializer=begin)

    say("gives five tasks to three workers")
    long_results = [pool.apply_async(long, (n,)) for n in [1, 2]]
    short_results = [pool.apply_async(short, (n,)) for n in [3, 4, 5]]
    say("goes on, and asks for the results of the short ones")
    for n, result in enumerate(short_results, 3):
        try:
            say(f"{n} squared is {result.get()}")
        except ValueError as error:
            say(f"{n}: the task failed: {error}")

    say("lets the long tasks end")
    go_on.set()
    for n, result in enumerate(long_results, 1):
        say(f"{n} squared is {result.get()}")
    pool.close()
    pool.join()
    say("the pool has ended")
