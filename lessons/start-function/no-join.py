"""Main says that the child has ended, but has not joined it."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work(go_on):
    say("runs the function")
    # Not part of the mistake: it makes certain what a missing join makes likely.
    go_on.wait()
    say("is done")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    go_on = multiprocessing.Event()
    child = multiprocessing.Process(target=work, args=(go_on,), name="child")

    say("starts a child")
    child.start()

    # A join is missing here.
    say("the child has ended")
    go_on.set()
