"""Broken: main puts an item into its own copy of the queue, and the child waits at another."""

import multiprocessing
import queue


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def take(items):
    say("waits for an item")
    item = items.get()
    say(f"got {item}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = queue.Queue()
    say("starts a child that waits at a queue of threads")
    child = multiprocessing.Process(target=take, args=(items,), name="child")
    child.start()
    say("puts 7 and joins the child")
    items.put(7)
    child.join()
    say("the child has ended")
