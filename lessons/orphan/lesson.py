"""A process whose parent has ended goes on, under another parent."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def work(begun):
    parent = os.getppid()
    say(f"my parent is process {parent}")
    begun.set()
    # Nobody tells an orphan: it has to look.
    while os.getppid() == parent:
        pause(0.01)
    say(f"my parent is now process {os.getppid()}")
    pause(1)
    say("has finished its work")


def start_inner(begun):
    say(f"I am process {os.getpid()} and start inner")
    inner = multiprocessing.Process(target=work, args=(begun,), name="inner")
    inner.start()
    inner.join()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say(f"I am process {os.getpid()}; I start outer, to terminate it")
    begun = multiprocessing.Event()
    outer = multiprocessing.Process(target=start_inner, args=(begun,), name="outer")
    outer.start()
    begun.wait()
    outer.terminate()
    outer.join()
    # Nobody waits for inner: only outer could have joined it.
    say("outer has ended")
