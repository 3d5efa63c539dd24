"""Broken: the guest looks without the lock. A notify between the look and the wait wakes nobody."""

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
    while plates.value == 0:
        # Here the cook may come, notify those who wait, and go.
        with changed:
            changed.wait()
    plates.value = 0
    say("eats")


def cook(changed, plates):
    # Time enough for the guest to wait, as a rule.
    pause(0.3)
    say("brings a plate")
    with changed:
        plates.value = 1
        changed.notify()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    changed = multiprocessing.Condition()
    plates = multiprocessing.Value("i", 0, lock=False)
    say("one guest, one cook")
    guest = multiprocessing.Process(target=eat, args=(changed, plates), name="guest")
    chef = multiprocessing.Process(target=cook, args=(changed, plates), name="cook")
    guest.start()
    chef.start()
    guest.join()
    chef.join()
