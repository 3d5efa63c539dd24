"""Waiting with a time limit: for an item, and for room."""

import multiprocessing
import os
import queue
import time

HALF_A_SECOND = 0.5


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def half_a_second_since(begin):
    return "true" if time.monotonic() - begin >= HALF_A_SECOND else "false"


def write(items):
    pause(HALF_A_SECOND)
    say("puts 7")
    items.put(7)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue(1)

    say("waits half a second for an item")
    begin = time.monotonic()
    try:
        items.get(timeout=HALF_A_SECOND)
    except queue.Empty:
        say(f"no item: waited at least half a second: {half_a_second_since(begin)}")

    say("waits up to a minute for an item")
    writer = multiprocessing.Process(target=write, args=(items,), name="writer")
    writer.start()
    try:
        say(f"got {items.get(timeout=60)}")
    except queue.Empty:
        say("no item")
    writer.join()

    say("puts 8: the queue is full")
    items.put(8)
    say("waits half a second for room")
    begin = time.monotonic()
    try:
        items.put(9, timeout=HALF_A_SECOND)
    except queue.Full:
        say(f"no room: waited at least half a second: {half_a_second_since(begin)}")
