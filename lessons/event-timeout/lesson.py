"""A wait with a time limit says whether the event was set."""

import multiprocessing
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def wait(event):
    say("waits, however long it takes")
    event.wait()
    say("goes on: it is set")


def wait_at_most(event, limit):
    say(f"waits {limit} s at most")
    start = time.monotonic()
    # The answer belongs to this wait. Asking is_set() afterwards is about a later moment.
    if event.wait(limit):
        say("goes on: it was set in time")
    else:
        passed = time.monotonic() - start >= limit
        say(f"gives up; the limit has passed: {'yes' if passed else 'no'}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    event = multiprocessing.Event()
    say("three wait for one event")
    patient = multiprocessing.Process(target=wait, args=(event,), name="patient")
    hasty = multiprocessing.Process(target=wait_at_most, args=(event, 0.5), name="hasty")
    calm = multiprocessing.Process(target=wait_at_most, args=(event, 20), name="calm")
    patient.start()
    hasty.start()
    calm.start()

    # Not "sleep for longer than its limit": the hasty one may have started late.
    hasty.join()
    say("sets the event")
    event.set()
    patient.join()
    calm.join()
    say("all have ended")
