"""Broken: the second reader leaves when it finds its queue empty, but it has looked too early."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def relay(source, to, looked):
    # This rendezvous makes the bad outcome certain: the first reader is a little late.
    looked.wait()
    # Not empty(): that may be true for a moment after put has returned.
    for _ in range(source.qsize()):
        item = source.get()
        say(f"reads {item} and hands it on")
        to.put(item)


def read(source, looked):
    while not source.empty():
        say(f"reads {source.get()}")
    say("finds nothing and leaves")
    looked.set()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    first = multiprocessing.Queue()
    second = multiprocessing.Queue()
    looked = multiprocessing.Event()
    say("puts 3 items")
    for i in range(3):
        first.put(i)
    children = [
        multiprocessing.Process(target=relay, args=(first, second, looked), name="reader-1"),
        multiprocessing.Process(target=read, args=(second, looked), name="reader-2"),
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    say(f"{second.qsize()} items were handed on and never read")
