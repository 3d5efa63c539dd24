"""A server keeps the items, and each until it is acknowledged."""

import multiprocessing
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../shared/beyond"))
from beyond import Server

READERS = ["reader-1", "reader-2"]


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def read(server, name):
    # Each reader has a connection of its own: two that shared one would read each other's answers.
    redis = server.connect()
    group = ["GROUP", "readers", name, "COUNT", 1, "BLOCK", 0]
    is_pill = False
    while not is_pill:
        # `>` is what the group was not given yet. The entry is this reader's now, and still there.
        [[_, [[id, [field, value]]]]] = redis.ask("XREADGROUP", *group, "STREAMS", "items", ">")
        is_pill = field == "pill"
        if is_pill:
            say("takes a pill and exits")
        else:
            pause(0.3)
            say(f"{value} squared is {int(value) ** 2}")
        redis.ask("XACK", "items", "readers", id)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    server = Server()
    # Those named after the command work on this machine; without names, all do.
    named = sys.argv[1:] or ["main", *READERS]
    redis = server.connect()
    if "main" in named:
        redis.ask("DEL", "items")
        redis.ask("XGROUP", "CREATE", "items", "readers", 0, "MKSTREAM")
    readers = [
        multiprocessing.Process(target=read, args=(server, name), name=name)
        for name in READERS
        if name in named
    ]
    for reader in readers:
        reader.start()

    if "main" in named:
        say("adds 4 items, then 2 pills")
        for n in range(4):
            redis.ask("XADD", "items", "*", "number", n)
        for _ in READERS:
            redis.ask("XADD", "items", "*", "pill", "")
    for reader in readers:
        reader.join()
    if not sys.argv[1:]:
        added, [pending, *_] = redis.ask("XLEN", "items"), redis.ask("XPENDING", "items", "readers")
        say(f"{added} entries, {pending} pending")
