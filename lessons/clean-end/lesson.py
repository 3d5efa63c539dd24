"""A worker that is told to end finishes the item in hand, and leaves nothing undone."""

import multiprocessing
import os
import queue
import signal
import tempfile
import time

LOOK = 0.1
# Each process has its own; the fork copies it.
told = False


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def tell(number, frame):
    global told
    told = True


def work(items, in_hand, half):
    # TMPDIR, or the system's folder for temporary files.
    path = os.path.join(tempfile.gettempdir(), f"clean-end-{os.getpid()}")
    open(path, "w").close()
    while not told:
        try:
            item = items.get(timeout=LOOK)
        except queue.Empty:
            continue
        say(f"begins item {item}")
        in_hand.set()
        half.wait()
        say(f"has done item {item}")
    say("removes its file, and ends")
    os.remove(path)


if __name__ == "__main__":
    # In place of KeyboardInterrupt, which would come in the middle of anything.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue()
    in_hand, half = multiprocessing.Event(), multiprocessing.Event()
    for item in (1, 2, 3):
        items.put(item)
    say("has put 3 items, and starts a worker")
    worker = multiprocessing.Process(target=work, args=(items, in_hand, half), name="worker")
    worker.start()

    while not told and not in_hand.wait(LOOK):
        pass
    pause(1)
    say("tells the worker to end")
    worker.terminate()
    half.set()
    worker.join()
    say(f"the worker has ended: exit code {worker.exitcode}")
    say(f"items that nobody has begun: {items.qsize()}")
