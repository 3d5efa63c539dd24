"""Broken: one pill for two consumers. The other consumer waits for ever, and main waits for it."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def consume(tasks):
    while (n := tasks.get()) is not None:
        say(f"{n} squared is {n * n}")
        tasks.task_done()
    say("takes a pill and exits")
    tasks.task_done()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    tasks = multiprocessing.JoinableQueue()
    consumers = [
        multiprocessing.Process(target=consume, args=(tasks,), name=name)
        for name in ["consumer-1", "consumer-2"]
    ]
    for consumer in consumers:
        consumer.start()
    say("puts 2 tasks, then 1 pill")
    for n in range(2):
        tasks.put(n)
    tasks.put(None)

    tasks.join()
    say("every task is done; joins both consumers")
    for consumer in consumers:
        consumer.join()
    say("both have ended")
