"""The handler sets the flag, but the worker looks at it only when a message comes."""

import multiprocessing
import signal

told = False


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def tell(number, frame):
    global told
    told = True


def work(items, ready):
    say("waits for an item")
    while not told:
        ready.set()
        item = items.get()
        say(f"does item {item}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, tell)
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items, ready = multiprocessing.Queue(), multiprocessing.Event()
    say("starts a worker, and puts nothing")
    worker = multiprocessing.Process(target=work, args=(items, ready), name="worker")
    worker.start()
    ready.wait()

    say("tells the worker to end")
    worker.terminate()
    worker.join()
    say(f"the worker has ended: exit code {worker.exitcode}")
