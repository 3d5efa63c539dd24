"""Run a function in a child process."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def work():
    say("runs the function")
    # Only so that you can watch: no order depends on this pause.
    pause(0.5)
    say("is done")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    child = multiprocessing.Process(target=work, name="child")
    say("has made a process: nothing runs yet")

    child.start()
    # Two processes run from here on. Nothing orders this line against the child's.
    say("has started it and goes on")

    child.join()
    say("the child has ended")
