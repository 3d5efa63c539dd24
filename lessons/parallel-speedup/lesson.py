"""Two processes: when they are faster than one, and when they are not."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def wait():
    pause(0.5)


def compute():
    n = 1
    # A twentieth of the rounds that Rust does, to take about the same time.
    for _ in range(2_000_000):
        n = (n * 6_364_136_223_846_793_005 + 1) & 0xFFFF_FFFF_FFFF_FFFF


def seconds(work):
    start = time.monotonic()
    work()
    return time.monotonic() - start


def run(what, work, own):
    say(f"begins to {what}")
    taken = seconds(work)
    say("ends")
    own.put(taken)


def compare(what, work):
    say(f"{what} twice, one after the other")
    start = time.monotonic()
    parts = seconds(work) + seconds(work)
    serial = time.monotonic() - start
    say(f"took {serial:.2f} s; at least the sum of both: {yes(serial >= parts)}")

    own = multiprocessing.SimpleQueue()
    say(f"{what} in two processes")
    start = time.monotonic()
    first = multiprocessing.Process(target=run, args=(what, work, own), name="process-1")
    second = multiprocessing.Process(target=run, args=(what, work, own), name="process-2")
    first.start()
    second.start()
    first.join()
    second.join()
    both = time.monotonic() - start
    longer = max(own.get(), own.get())
    say(f"took {both:.2f} s; at least the longer of both: {yes(both >= longer)}")
    say(f"faster than one after the other: {yes(both < serial)}")


def yes(it_is):
    return "yes" if it_is else "no"


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    compare("wait", wait)
    compare("compute", compute)
    # All in the machine. From Python 3.13 on, process_cpu_count() counts those that we may use.
    say(f"processors: {os.cpu_count()}")
