"""A worker is killed in the middle of its task. Whoever asks for its result waits for ever."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# Runs in each worker before its first task.
def begin():
    process = multiprocessing.current_process()
    process.name = process.name.replace("ForkPoolWorker", "worker")


def work(n):
    say(f"task {n} begins")
    if n == 1:
        say("tells main who is at it")
        at_work.put(os.getpid())
        # Longer than anybody waits, so the signal comes in the middle of it.
        time.sleep(36_000)
    return n * n


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    at_work = multiprocessing.Queue()
    pool = multiprocessing.Pool(2, initializer=begin)

    say("gives three tasks to two workers")
    killed, second, third = [pool.apply_async(work, (n,)) for n in [1, 2, 3]]

    # Any process may be killed, by a person or by the system when memory is short.
    victim = at_work.get()
    say("kills the worker that is at task 1")
    for worker in multiprocessing.active_children():
        if worker.pid == victim:
            worker.kill()

    say(f"2 squared is {second.get()}")
    say(f"3 squared is {third.get()}")
    say("asks for the result of task 1")
    say(f"1 squared is {killed.get()}")
    pool.close()
    pool.join()
    say("the pool has ended")
