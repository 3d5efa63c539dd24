"""A pool's workers: there before the first task, gone after close and join."""

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
    return os.getpid()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    pool = multiprocessing.Pool(2, initializer=begin)
    workers = [worker.pid for worker in multiprocessing.active_children()]
    say(f"{len(workers)} workers, and no task yet")

    results = [pool.apply_async(work, (n,)) for n in range(1, 5)]
    for n, result in enumerate(results, start=1):
        who = "one of the 2" if result.get() in workers else "somebody else"
        say(f"task {n} was done by {who}")
    say(f"{len(multiprocessing.active_children())} workers, and no task left")

    pool.close()
    pool.join()
    say(f"after close and join: {len(multiprocessing.active_children())} workers")
