"""Broken: the writer that is done first shuts the queue down. What the other one puts later is refused."""

import multiprocessing
import queue


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def first(items, closed):
    say("puts 0")
    items.put(0)
    say("is done, and shuts the queue down")
    items.close()
    items.join_thread()
    closed.set()


def second(items, closed):
    # This makes the bad outcome certain: chance lets the other one be faster only now and then.
    closed.wait()
    # Python's queue would take it, and nobody would read it.
    if closed.is_set():
        say("cannot put 1: the queue was shut down")
    else:
        items.put(1)
        say("has put 1")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue()
    closed = multiprocessing.Event()
    say("two writers, one queue")
    one = multiprocessing.Process(target=first, args=(items, closed), name="writer-1")
    other = multiprocessing.Process(target=second, args=(items, closed), name="writer-2")
    one.start()
    other.start()
    one.join()
    other.join()
    say("both have ended")
    while True:
        try:
            item = items.get(timeout=0.1)
        except queue.Empty:
            break
        say(f"got {item}")
