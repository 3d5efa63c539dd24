"""Broken: the readers acknowledge nothing. All goes well, and the server keeps every item as unfinished."""

import multiprocessing
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../shared/beyond"))
from beyond import Server

def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def read(server, name):
    redis = server.connect()
    group = ["GROUP", "readers", name, "COUNT", 1, "BLOCK", 0]
    while True:
        [[_, [[_, [field, value]]]]] = redis.ask("XREADGROUP", *group, "STREAMS", "items", ">")
        if field == "pill":
            return say("takes a pill and exits")
        say(f"{value} squared is {int(value) ** 2}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    server = Server()
    redis = server.connect()
    redis.ask("DEL", "items")
    redis.ask("XGROUP", "CREATE", "items", "readers", 0, "MKSTREAM")
    readers = [
        multiprocessing.Process(target=read, args=(server, name), name=name)
        for name in ["reader-1", "reader-2"]
    ]
    for reader in readers:
        reader.start()

    say("adds 4 items, then 2 pills")
    for n in range(4):
        redis.ask("XADD", "items", "*", "number", n)
    for _ in readers:
        redis.ask("XADD", "items", "*", "pill", "")
    for reader in readers:
        reader.join()
    added, [pending, *_] = redis.ask("XLEN", "items"), redis.ask("XPENDING", "items", "readers")
    say(f"{added} entries, {pending} pending")
