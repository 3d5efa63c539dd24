"""A process is terminated while it holds a lock. Whoever asks for the lock now waits for ever."""

import multiprocessing
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def hold(lock, ready):
    with lock:
        say("holds the lock")
        ready.set()
        time.sleep(3600)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"
    lock, ready = multiprocessing.Lock(), multiprocessing.Event()

    say("starts one that takes the lock and keeps it")
    holder = multiprocessing.Process(target=hold, args=(lock, ready), name="holder")
    holder.start()
    ready.wait()
    say("terminates it")
    holder.terminate()
    holder.join()

    say("asks for the lock")
    lock.acquire()
    say("holds the lock")
