"""Wait until it is so: look under the lock, and again after each wait."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def eat(changed, plates):
    say("is hungry")
    # A condition of Python has its lock in it.
    with changed:
        # To be woken is only a hint: somebody else may have been faster.
        while plates.value == 0:
            # Releases the lock, but not before it stands in the queue of those to be woken.
            changed.wait()
        plates.value -= 1
    say("eats")


def cook(changed, plates):
    pause(0.3)
    say("brings two plates")
    with changed:
        plates.value = 2
        changed.notify_all()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    changed = multiprocessing.Condition()
    # lock=False, so that the lesson's own lock is the only one.
    plates = multiprocessing.Value("i", 0, lock=False)
    say("two guests, one cook")
    all = [
        multiprocessing.Process(target=eat, args=(changed, plates), name="guest-1"),
        multiprocessing.Process(target=eat, args=(changed, plates), name="guest-2"),
        multiprocessing.Process(target=cook, args=(changed, plates), name="cook"),
    ]
    for process in all:
        process.start()
    for process in all:
        process.join()
    say(f"plates left: {plates.value}")
