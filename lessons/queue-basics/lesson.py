"""A queue carries items between processes, in the order in which each process put them."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def write(queue, items):
    for item in items:
        # Said before the put, so this line comes before everything that the item causes.
        say(f"puts {item}")
        queue.put(item)


def read(queue, asked):
    for _ in range(3):
        say(f"got {queue.get()}")
    # Not on macOS: there qsize() raises NotImplementedError.
    say(f"{queue.qsize()} items wait: asks for one more")
    asked.put(None)
    # The queue is empty, and main pauses before it puts more: this get normally has to wait.
    say(f"got {queue.get()}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    queue = multiprocessing.Queue()
    write(queue, ["one", "two", "three"])
    say(f"{queue.qsize()} items wait")

    asked = multiprocessing.Queue()
    reader = multiprocessing.Process(target=read, args=(queue, asked), name="reader")
    reader.start()
    asked.get()
    pause(0.5)
    write(queue, ["four"])
    reader.join()
    say("the reader has ended")

    first = multiprocessing.Process(target=write, args=(queue, ["a1", "a2"]), name="writer-1")
    second = multiprocessing.Process(target=write, args=(queue, ["b1", "b2"]), name="writer-2")
    first.start()
    second.start()
    for _ in range(4):
        say(f"got {queue.get()}")
    say(f"{queue.qsize()} items wait")
    first.join()
    second.join()
