"""One pill for each consumer ends them all, and nothing is lost."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


# None is the pill.
def consume(tasks, results):
    while (n := tasks.get()) is not None:
        pause(0.3)
        say(f"{n} squared is {n * n}")
        # The order of these two does not matter here: main waits for each result with `get`.
        results.put(n * n)
        tasks.task_done()
    say("takes a pill and exits")
    tasks.task_done()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    tasks = multiprocessing.JoinableQueue()
    results = multiprocessing.Queue()
    consumers = [
        multiprocessing.Process(target=consume, args=(tasks, results), name=name)
        for name in ["consumer-1", "consumer-2"]
    ]
    for consumer in consumers:
        consumer.start()

    say("puts 4 tasks, then 2 pills")
    for n in range(4):
        tasks.put(n)
    # A consumer that has taken its pill takes nothing more, so there is one left for each.
    for _ in consumers:
        tasks.put(None)

    tasks.join()
    say("every task is done")
    for _ in range(4):
        say(f"result {results.get()}")
    say("4 results")
    for consumer in consumers:
        consumer.join()
