"""Close the queue instead of putting pills: nobody counts the readers."""

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


def write(items, closed):
    for i in range(4):
        say(f"puts {i}")
        items.put(i)
        pause(0.2)
    say("shuts the queue down")
    # Not before its thread has written everything: an item that comes later would find nobody.
    items.close()
    items.join_thread()
    closed.set()


def read(items, closed):
    while True:
        # In this order: what was put before the queue was closed is there when it is.
        is_closed = closed.is_set()
        try:
            # A queue that is closed cannot wake anybody, so a reader looks again and again.
            item = items.get(timeout=0.1)
        except queue.Empty:
            if is_closed:
                break
            continue
        say(f"got {item}")
        pause(0.3)
    say("nothing more will come")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # multiprocessing.Queue has no shutdown(): an event says that it is closed.
    items = multiprocessing.Queue()
    closed = multiprocessing.Event()
    say("one writer, two readers, no pill")
    processes = [
        multiprocessing.Process(target=write, args=(items, closed), name="writer"),
        multiprocessing.Process(target=read, args=(items, closed), name="reader-1"),
        multiprocessing.Process(target=read, args=(items, closed), name="reader-2"),
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    say("everything was read")
