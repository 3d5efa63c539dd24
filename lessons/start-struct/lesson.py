"""A worker type of your own, with a run method."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


class Worker(multiprocessing.Process):
    def __init__(self, who, name):
        super().__init__(name=name)
        self.who = who
        self.done = 0

    def run(self):
        say(f"{self.who} begins")
        pause(0.5)
        self.done += 1
        say(f"{self.who} ends with {self.done} done")


class NameFirst(multiprocessing.Process):
    def __init__(self, name):
        self.name = name
        # This also sets the name, and so undoes the line above.
        super().__init__()


class NameLast(multiprocessing.Process):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def run(self):
        say(f"is called {self.name}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    workers = [Worker(who, f"worker-{i}") for i, who in enumerate(["ann", "ben", "eve"], 1)]
    say("has made three workers: nothing runs yet")

    for worker in workers:
        worker.start()
    say("has started them and goes on")

    for worker in workers:
        worker.join()
    for worker in workers:
        say(f"{worker.who}: {worker.done} done")

    # In Python, the attribute `name` is the name of the process, and there is only one.
    say(f"name set first: {NameFirst('zoe').name}")
    last = NameLast("zoe")
    say(f"name set last: {last.name}")
    last.start()
    last.join()
