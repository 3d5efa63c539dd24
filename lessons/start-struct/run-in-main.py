"""Main calls run where it should start a process."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


class Worker(multiprocessing.Process):
    def __init__(self, who, name):
        super().__init__(name=name)
        self.who = who
        self.done = 0

    def run(self):
        say(f"{self.who} begins")
        self.done += 1
        say(f"{self.who} ends with {self.done} done")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    worker = Worker("ann", "worker-1")
    say("has made a worker")
    # A call like any other. It should be `worker.start()`.
    worker.run()
    say(f"has {len(multiprocessing.active_children())} children")
    say(f"{worker.who}: {worker.done} done")
