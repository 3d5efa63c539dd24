"""Several children at once: each keeps its own order, and nothing orders one against another."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def repeat(what, count):
    for i in range(1, count + 1):
        say(f"{what} {i}")
        # Only so that you can watch. Without it, the lines may or may not mix.
        pause(0.2)


def work(n):
    say(f"is number {n}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a dancer and a singer")
    dancer = multiprocessing.Process(target=repeat, args=("dances", 5), name="dancer")
    singer = multiprocessing.Process(target=repeat, args=("sings", 3), name="singer")
    dancer.start()
    # The dancer is already running: it may dance before the singer exists.
    singer.start()
    dancer.join()
    singer.join()

    say("both have ended, starts five workers")
    workers = [
        multiprocessing.Process(target=work, args=(n,), name=f"worker-{n}")
        for n in range(1, 6)
    ]
    for worker in workers:
        worker.start()
    # Before, after or among the workers' lines: main is one process out of six.
    say("has started five workers")
    for worker in workers:
        worker.join()
    say("all five have ended")
