"""Both readers see every item: a queue for each, and an end mark."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


# None is the end mark. It goes out even if this process fails: every process holds the
# writing end of each queue, so no reader could see that its writer has died.
def write(to):
    try:
        for i in range(4):
            # Said before the put, so this line comes before everything that the item causes.
            say(f"puts {i}")
            to.put(i)
            pause(0.3)
        say("puts the end mark")
    finally:
        to.put(None)


def relay(source, to):
    try:
        while (item := source.get()) is not None:
            say(f"reads {item} and hands it on")
            to.put(item)
        say("hands the end mark on")
    finally:
        to.put(None)


def read(source):
    while (item := source.get()) is not None:
        say(f"reads {item}")
    say("sees the end mark")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"
    say("one writer, two readers in a row")

    first = multiprocessing.Queue()
    second = multiprocessing.Queue()
    children = [
        multiprocessing.Process(target=write, args=(first,), name="writer"),
        multiprocessing.Process(target=relay, args=(first, second), name="reader-1"),
        multiprocessing.Process(target=read, args=(second,), name="reader-2"),
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    say("all three have ended")
