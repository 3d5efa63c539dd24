"""Is the queue empty? The answer is about a moment that has passed."""

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


def is_empty(items):
    return "true" if items.empty() else "false"


def write(items):
    say("puts 1")
    items.put(1)


def read(items):
    pause(0.5)
    say(f"got {items.get()}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue()
    say(f"a new queue is empty: {is_empty(items)}")

    writer = multiprocessing.Process(target=write, args=(items,), name="writer")
    writer.start()
    # A process ends only when its thread has written everything into the pipe.
    writer.join()
    empty = is_empty(items)
    say(f"has looked, empty: {empty}")

    reader = multiprocessing.Process(target=read, args=(items,), name="reader")
    reader.start()
    reader.join()
    # What it saw was right then, and is no use now.
    say(f"it said empty: {empty}, and now it takes")
    try:
        say(f"got {items.get_nowait()}")
    except queue.Empty:
        say("nothing is there")

    say("puts 2 and looks at once")
    items.put(2)
    # put only hands the item to a thread of this process: it may not be in the pipe yet.
    say(f"empty: {is_empty(items)}")
