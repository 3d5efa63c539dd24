"""A bounded queue holds a fixed number of items: the next put waits for room."""

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


def yes(answer):
    return "true" if answer else "false"


def write(items):
    say("puts item 4, and waits for room")
    items.put(4)
    say("item 4 is in")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue(3)
    for item in range(1, 4):
        say(f"puts item {item}")
        items.put(item)
        say(f"{item} of 3 are in, full: {yes(items.full())}")

    try:
        items.put_nowait(4)
    except queue.Full:
        say("item 4 does not fit now")

    writer = multiprocessing.Process(target=write, args=(items,), name="writer")
    writer.start()
    pause(0.5)
    # However long the pause, nobody has taken anything, so the writer cannot have ended.
    say(f"the writer has ended: {yes(not writer.is_alive())}")

    say("takes one out")
    item = items.get()
    say(f"it was item {item}")
    writer.join()
    say(f"the writer has ended, full: {yes(items.full())}")
