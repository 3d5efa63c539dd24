"""A reader that dies between delivery and acknowledgement costs no item, but one is worked on twice."""

import multiprocessing
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../shared/beyond"))
from beyond import Server

def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def read_one(name, start):
    group = ["GROUP", "readers", name, "COUNT", 1, "BLOCK", 0]
    return ["XREADGROUP", *group, "STREAMS", "items", start]


def read(server, name):
    redis = server.connect()
    is_pill = False
    while not is_pill:
        # First what this reader was given before and has not acknowledged: `0`. Nobody needs a clock.
        [[_, pending]] = server.ask(redis, *read_one(name, "0"))
        entries = pending
        if not pending:
            # Not asked twice: if the answer is lost, the entry is pending.
            done, answer = server.ask_once(redis, *read_one(name, ">"))
            if not done:
                continue
            [[_, entries]] = answer
        [[id, [field, value]]] = entries
        is_pill = field == "pill"
        if is_pill:
            say("takes a pill and exits")
        else:
            say(f"{value} squared is {int(value) ** 2}{', again' if pending else ''}")
        if value == "1" and not pending:
            # The work is done, and nobody has been told.
            os.kill(os.getpid(), signal.SIGKILL)
        server.ask(redis, "XACK", "items", "readers", id)


def start(server, name):
    reader = multiprocessing.Process(target=read, args=(server, name), name=name)
    reader.start()
    return reader


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    server = Server()
    redis = server.connect()
    redis.ask("DEL", "items")
    redis.ask("XGROUP", "CREATE", "items", "readers", 0, "MKSTREAM")

    say("adds 4 items, then 2 pills")
    for entry in [("number", 0), ("number", 1), ("number", 2), ("number", 3)] + 2 * [("pill", "")]:
        server.ask(redis, "XADD", "items", "*", *entry)
    readers = [start(server, "reader-1"), start(server, "reader-2")]
    for reader in readers:
        reader.join()
        if reader.exitcode != 0:
            say(f"{reader.name} has died: starts it again")
            start(server, reader.name).join()
    [pending, *_] = server.ask(redis, "XPENDING", "items", "readers")
    say(f"{pending} pending")
