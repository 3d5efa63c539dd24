"""A process has its own memory, a thread its own stack, a task neither."""

import asyncio
import multiprocessing
import os
import threading


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def add(items, who):
    say(f"{who}: process {os.getpid()}, thread {threading.get_native_id()}")
    items.append(who)


def show(items):
    say(f"the list: {', '.join(items)}")


async def add_in_task(items):
    add(items, "a task")


async def run_task(items):
    await asyncio.create_task(add_in_task(items))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = []
    add(items, "main")

    # The process first, while there is one thread: a fork copies only the thread that calls it.
    child = multiprocessing.Process(target=add, args=(items, "a process"), name="child")
    child.start()
    child.join()
    show(items)

    thread = threading.Thread(target=add, args=(items, "a thread"))
    thread.start()
    thread.join()
    show(items)

    asyncio.run(run_task(items))
    show(items)
