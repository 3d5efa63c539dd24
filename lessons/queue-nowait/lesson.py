"""Asking without waiting: an item if one is there now, otherwise nothing."""

import multiprocessing
import os
import queue
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def ask(items):
    try:
        say(f"got {items.get_nowait()}")
    except queue.Empty:
        say("nothing is there")


def write(items):
    pause(0.5)
    say("puts 2")
    items.put(2)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue()
    # Nothing has been put in yet. Asking returns all the same.
    say("asks a new queue")
    ask(items)

    say("puts 1 and asks at once")
    items.put(1)
    try:
        say(f"got {items.get_nowait()}")
    except queue.Empty:
        # It is on its way: put only hands it to a thread, which writes it into a pipe.
        say(f"nothing is there; a moment later got {items.get()}")

    writer = multiprocessing.Process(target=write, args=(items,), name="writer")
    writer.start()
    # A process ends only when its thread has written everything: from here on, no "not yet".
    writer.join()
    say("the writer has ended: asks twice")
    ask(items)
    ask(items)
