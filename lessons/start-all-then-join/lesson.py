"""Start all, then join all: they run at the same time."""

import multiprocessing
import os
import time

WORK = 0.5


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def meet(mine, others):
    say("begins")
    mine.set()
    # Returns only if the other one has begun before this one has ended.
    others.wait()
    pause(WORK)
    say("ends")


def work():
    say("begins")
    pause(WORK)
    say("ends")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"
    one, two = multiprocessing.Event(), multiprocessing.Event()

    say("starts both, then joins both")
    begin = time.monotonic()
    first = multiprocessing.Process(target=meet, args=(one, two), name="pair-1")
    second = multiprocessing.Process(target=meet, args=(two, one), name="pair-2")
    first.start()
    second.start()
    first.join()
    second.join()
    together = time.monotonic() - begin

    say("starts one, joins it, and only then starts the other")
    begin = time.monotonic()
    first = multiprocessing.Process(target=work, name="lone-1")
    first.start()
    first.join()
    say("the first has ended")
    second = multiprocessing.Process(target=work, name="lone-2")
    second.start()
    second.join()
    in_turn = time.monotonic() - begin

    # Expected, not certain: on a busy computer the pair may get too little time.
    faster = "yes" if together < in_turn else "no"
    say(f"the pair took less time: {faster}")
