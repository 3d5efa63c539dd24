"""A process number that was read before the start is main's."""

import multiprocessing
import os


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def introduce(pid):
    # The child's copy of the number that main read. Nothing has updated it.
    say(f"I am process {pid}, my parent is {os.getppid()}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    pid = os.getpid()
    say(f"I am process {pid}")

    child = multiprocessing.Process(target=introduce, args=(pid,), name="child")
    child.start()
    child.join()
    say(f"the child was process {child.pid}")
