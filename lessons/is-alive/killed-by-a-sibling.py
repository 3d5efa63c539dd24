"""A sibling asks about a child that it did not start, and then tries to end it."""

import multiprocessing
import os


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# Not an Event: if a process is killed while it waits for one, the next set() hangs.
def work(go):
    os.read(go, 1)


def meddle(child):
    try:
        child.is_alive()
    except AssertionError as refused:
        say(f"may not ask: {refused}")
    say("terminates the child")
    child.terminate()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a child, then a sibling that inherits its handle")
    end, go = os.pipe()
    child = multiprocessing.Process(target=work, args=(end,), name="child")
    child.start()
    sibling = multiprocessing.Process(target=meddle, args=(child,), name="sibling")
    sibling.start()
    sibling.join()

    say("lets the child end, if it still can")
    os.write(go, b".")
    child.join()
    say(f"the child: exit code {child.exitcode}")
