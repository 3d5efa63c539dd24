"""At most two at a time: a semaphore has a fixed number of permits."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def read(seats):
    # The seat is free again at the end of the block, even if something in it fails.
    with seats:
        say("sits down")
        pause(0.3)
        say("stands up")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    seats = multiprocessing.Semaphore(2)
    say("four readers, two seats")
    readers = [
        multiprocessing.Process(target=read, args=(seats,), name=name)
        for name in ["reader-1", "reader-2", "reader-3", "reader-4"]
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    say("all have read")
