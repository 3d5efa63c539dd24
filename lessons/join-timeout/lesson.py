"""Join with a time limit ends the wait, not the child."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def count(go_on):
    say("item 0")
    # This makes certain that it has not ended when main's first limit is up.
    go_on.wait()
    say("item 1")


def join_for(child, limit):
    begin = time.monotonic()
    # join returns None either way, so look at the exit code.
    child.join(limit)
    waited = time.monotonic() - begin
    say(f"the child has ended: {yes_or_no(child.exitcode is not None)}")
    say(f"waited for the whole limit: {yes_or_no(waited >= limit)}")


def yes_or_no(answer):
    return "yes" if answer else "no"


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    go_on = multiprocessing.Event()
    say("starts a child that waits for main")
    child = multiprocessing.Process(target=count, args=(go_on,), name="child")
    child.start()

    # The time that passes here does not count: the limit starts with the join.
    pause(0.2)
    say("joins it for at most 0.3 s")
    join_for(child, 0.3)

    say("lets it go on, and joins it for at most 60 s")
    go_on.set()
    join_for(child, 60)
