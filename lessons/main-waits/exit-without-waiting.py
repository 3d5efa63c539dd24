"""A signal ends main, which then does not wait for its child."""

import multiprocessing
import os
import signal
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def work(begun, main):
    say(f"works; my parent is process {main}")
    begun.set()
    while os.getppid() == main:
        pause(0.01)
    say(f"works on; my parent is now process {os.getppid()}")
    pause(1)
    say("is done, and nobody has waited")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    begun = multiprocessing.Event()
    main = os.getpid()
    say(f"I am process {main}; I start a child, and nobody joins it")
    multiprocessing.Process(target=work, args=(begun, main), name="child").start()
    begun.wait()
    say("ends by SIGTERM")
    # The exit handler runs when main chooses to end. A signal leaves no time for it.
    os.kill(os.getpid(), signal.SIGTERM)
