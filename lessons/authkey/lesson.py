"""Two processes prove to each other that they know the same key."""

import multiprocessing
import os
from multiprocessing.connection import answer_challenge, deliver_challenge


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# What Client does with a connection. What Listener does on the other side is in `meet`.
def call(main, key):
    # A child without a key of its own has its parent's.
    if key is not None:
        multiprocessing.current_process().authkey = key
    key = multiprocessing.current_process().authkey
    say(f"answers with a key of {len(key)} bytes")
    try:
        answer_challenge(main, key)
        deliver_challenge(main, key)
        say("accepts main")
    except multiprocessing.AuthenticationError:
        say("does not accept main")


def meet(name, theirs):
    say(f"asks {name}")
    key = multiprocessing.current_process().authkey
    end, other_end = multiprocessing.Pipe()
    child = multiprocessing.Process(target=call, args=(other_end, theirs), name=name)
    child.start()
    other_end.close()
    try:
        deliver_challenge(end, key)
        say(f"accepts {name}, and answers")
        answer_challenge(end, key)
    except multiprocessing.AuthenticationError:
        say(f"refuses {name}")
    child.join()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # Made when multiprocessing was imported, by os.urandom.
    say(f"makes a key of {len(multiprocessing.current_process().authkey)} bytes")
    meet("friend", None)
    meet("stranger", os.urandom(32))
    say("both have ended")
