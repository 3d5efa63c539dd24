"""Broken: two readers look whether an item is there, and then get it. But there is only one."""

import multiprocessing
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def read(items, looked, go):
    while not items.empty():
        say("looks: not empty")
        # Neither goes on until both are here: what chance does now and then happens every time.
        looked.put(None)
        go.wait()
        say(f"got {items.get()}")
    say("looks: empty, and leaves")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue()
    looked = multiprocessing.Queue()
    go = multiprocessing.Event()
    say("one item, two readers")
    items.put(0)
    # A thread puts the item into the pipe. Without this loop, a reader might look too early.
    while items.empty():
        time.sleep(0.01)

    arguments = (items, looked, go)
    first = multiprocessing.Process(target=read, args=arguments, name="reader-1")
    second = multiprocessing.Process(target=read, args=arguments, name="reader-2")
    first.start()
    second.start()

    looked.get()
    looked.get()
    say("both have looked: now both get")
    go.set()
    first.join()
    second.join()
    say("everything was read")
