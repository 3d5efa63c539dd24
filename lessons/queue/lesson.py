"""Two readers share one queue: each item reaches exactly one of them."""

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


def write(items):
    for i in range(6):
        say(f"puts {i}")
        items.put(i)
        pause(0.2)


def read(items):
    # Not `while not items.empty()`: the other reader may get in between the look and the get.
    while True:
        try:
            # Not get_nowait(): it also gives up while the other reader is taking an item.
            item = items.get(timeout=0.1)
        except queue.Empty:
            return
        say(f"got {item}")
        pause(0.3)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue()
    say("one writer, two readers")

    writer = multiprocessing.Process(target=write, args=(items,), name="writer")
    writer.start()
    writer.join()
    say(f"the writer has ended, {items.qsize()} items wait")

    # Nothing is put from here on, so a reader that finds the queue empty may leave.
    first = multiprocessing.Process(target=read, args=(items,), name="reader-1")
    second = multiprocessing.Process(target=read, args=(items,), name="reader-2")
    first.start()
    second.start()
    first.join()
    second.join()
    say("everything was read")
