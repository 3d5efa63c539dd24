"""One flag, many waiters: it stays set until it is cleared."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def run(go):
    say("waits")
    go.wait()
    say("goes on")


def start(go, name):
    runner = multiprocessing.Process(target=run, args=(go,), name=name)
    runner.start()
    return runner


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    go = multiprocessing.Event()
    say(f"is it set? {str(go.is_set()).lower()}")
    first = start(go, "runner-1")
    second = start(go, "runner-2")
    pause(0.5)
    # Said before the set, because after it a runner may be faster than this line.
    say("sets it")
    go.set()
    first.join()
    second.join()

    say(f"is it still set? {str(go.is_set()).lower()}")
    late = start(go, "late")
    late.join()

    say("clears it")
    go.clear()
    following = start(go, "next")
    pause(0.5)
    say("sets it again")
    go.set()
    following.join()
    say("all have gone on")
