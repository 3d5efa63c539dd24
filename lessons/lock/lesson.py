"""One at a time: what is done under a lock stays in one piece."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def work(lock, balance):
    # Held until the end of the block, even if something in it fails.
    with lock:
        say("opens the book")
        before = balance.value
        # Time enough for another clerk to come in between, if it could.
        pause(0.3)
        say("adds 1 to what it has read")
        balance.value = before + 1
        say("closes the book")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    lock = multiprocessing.Lock()
    # lock=False, so that the lesson's own lock is the only one.
    balance = multiprocessing.Value("i", 0, lock=False)
    say("three clerks, one book, one lock")
    clerks = [
        multiprocessing.Process(target=work, args=(lock, balance), name=name)
        for name in ["clerk-1", "clerk-2", "clerk-3"]
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    say(f"the book says {balance.value}")
