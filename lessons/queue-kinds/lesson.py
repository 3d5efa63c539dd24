"""A queue for threads is copied by the fork, a queue for processes is shared."""

import multiprocessing
import queue
import time

LIMIT = 0.2


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def take_all(of_threads):
    # Only this thread takes, so what qsize() says stays true.
    for _ in range(of_threads.qsize()):
        say(f"takes {of_threads.get()} from the queue of threads")


def put(of_threads, of_processes):
    say("puts an item into each")
    of_threads.put("the child's")
    of_processes.put("the child's")
    # The fork copied `of_threads`, and the items that were in it.
    take_all(of_threads)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    of_threads = queue.Queue()
    of_processes = multiprocessing.Queue()
    say("puts an item into each")
    of_threads.put("main's")
    of_processes.put("main's")

    child = multiprocessing.Process(target=put, args=(of_threads, of_processes), name="child")
    child.start()
    child.join()
    take_all(of_threads)
    say(f"the queue of processes has {of_processes.qsize()} items")

    start = time.monotonic()
    try:
        of_threads.get(timeout=LIMIT)
        nothing = False
    except queue.Empty:
        nothing = True
    waited = time.monotonic() - start >= LIMIT
    say(f"a get from the empty queue of threads waits: {'yes' if nothing and waited else 'no'}")
