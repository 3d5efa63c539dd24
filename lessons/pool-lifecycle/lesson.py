"""A pool from its first worker to its last: close and join, or terminate."""

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


def work(n):
    say(f"task {n} begins")
    pause(0.3)
    say(f"task {n} ends")
    return n * n, os.getpid()


def work_for_ever():
    say("an endless task begins")
    begun.set()
    while True:
        pause(1)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    pool = multiprocessing.Pool(2, initializer=begin)
    workers = [worker.pid for worker in multiprocessing.active_children()]
    say(f"{len(workers)} workers, and no task yet")

    say("gives four tasks")
    results = [pool.apply_async(work, (n,)) for n in range(1, 5)]
    by_them = 0
    for result in results:
        square, pid = result.get()
        say(f"a result: {square}")
        by_them += pid in workers
    say(f"{by_them} of 4 tasks were done by the first 2 workers")

    pool.close()
    try:
        pool.apply_async(work, (5,))
    except ValueError as error:
        say(f"after close: {error}")
    pool.join()
    say(f"after join: {len(multiprocessing.active_children())} workers")

    begun = multiprocessing.Event()
    say("makes another pool, of 1 worker")
    pool = multiprocessing.Pool(1, initializer=begin)
    endless = pool.apply_async(work_for_ever)
    begun.wait()
    say("terminates it")
    pool.terminate()
    say(f"after terminate: {len(multiprocessing.active_children())} workers")
    try:
        # Without a limit, get() would wait for ever.
        endless.get(timeout=0.1)
    except multiprocessing.TimeoutError:
        say("no result has come")
