"""A spawned child runs the program from its first line: a guard protects what only main may do."""

import multiprocessing
import os


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work(number):
    say(f"was sent {number}, as process {os.getpid()}")


if multiprocessing.current_process().name == "MainProcess":
    multiprocessing.current_process().name = "main"

# The child gets here too: it runs this file under the name __mp_main__.
say(f"begins at the top, as process {os.getpid()}")

# The guard: in the child the condition is false.
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")

    # Only the first process gets here.
    say("is past the guard, spawns a child")
    child = multiprocessing.Process(target=work, args=(7,), name="child")
    child.start()
    child.join()
    say("the child has ended")
