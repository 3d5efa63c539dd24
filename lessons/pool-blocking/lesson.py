"""apply hands over one task and waits: it blocks the caller, not the pool."""

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


def square(n):
    say(f"task {n} begins")
    pause(0.5)
    say(f"task {n} ends")
    return n * n


def wait():
    say("the long task begins")
    go_on.wait()
    say("the long task ends")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # A global: an event cannot be sent in a task, so the workers inherit it.
    go_on = multiprocessing.Event()
    pool = multiprocessing.Pool(3, initializer=begin)

    for n in range(1, 5):
        say(f"gives task {n} and waits")
        result = pool.apply(square, (n,))
        say(f"{n} squared is {result}")

    say("gives a long task and does not wait")
    long = pool.apply_async(wait)
    say("gives task 5 and waits")
    result = pool.apply(square, (5,))
    say(f"5 squared is {result}")

    say("lets the long task end")
    go_on.set()
    long.get()
    pool.close()
    pool.join()
    say("the pool has ended")
