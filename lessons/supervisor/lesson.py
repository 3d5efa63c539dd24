"""A supervisor restarts what dies, and gives up in time."""

import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.connection import wait

# Without a limit, a worker that always dies would be restarted forever.
RESTARTS = 2


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def serve(stop, tasks):
    say("serves")
    stop.wait()
    say("is told to stop, and ends")


def work(stop, tasks):
    say(f"takes task {tasks.get()}")
    pause(0.3)
    # As the system does when memory runs out. The process has no say in it.
    signal.raise_signal(signal.SIGKILL)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    stop = multiprocessing.Event()
    tasks = multiprocessing.Queue()
    for task in range(1, 5):
        tasks.put(task)
    jobs = [("server", serve), ("worker", work)]

    def start(at, life):
        name, job = jobs[at]
        child = multiprocessing.Process(target=job, args=(stop, tasks), name=f"{name}-{life}")
        child.start()
        return child

    say("starts a server and a worker")
    lives = [1, 1]
    children = [start(0, 1), start(1, 1)]
    while True:
        # Whichever it is. A join would wait for one of them, and not notice the end of the other.
        sentinels = [child.sentinel for child in children]
        at = sentinels.index(wait(sentinels)[0])
        children[at].join()
        name, code = children[at].name, children[at].exitcode
        if lives[at] > RESTARTS:
            say(f"{name} has died, exit code {code}: gives up")
            break
        say(f"{name} has died, exit code {code}: restart {lives[at]} of {RESTARTS}")
        lives[at] += 1
        children[at] = start(at, lives[at])

    # Giving up must not leave anybody behind.
    stop.set()
    for child in children:
        child.join()
    say(f"all have ended; {tasks.qsize()} of 4 tasks is left")
    sys.exit(1)
