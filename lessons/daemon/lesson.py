"""A daemon works in the background until the end of main terminates it."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


# On Linux: whether the process has neither ended (state Z) nor vanished.
def runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return ") Z " not in stat.read()
    except (FileNotFoundError, ProcessLookupError):
        return False


def serve(begun):
    say("begins, and would never end")
    try:
        multiprocessing.Process().start()
    except AssertionError:
        say("may not start a process")
    begun.set()
    while True:
        pause(1)


def work(last_word, daemon):
    last_word.wait()
    say("works on after main's last word")
    while runs(daemon):
        pause(0.01)
    say("the daemon has ended")
    pause(1)
    say("is done")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    begun, last_word = multiprocessing.Event(), multiprocessing.Event()
    say("starts a daemon and a worker")
    daemon = multiprocessing.Process(target=serve, args=(begun,), name="daemon", daemon=True)
    daemon.start()
    args = (last_word, daemon.pid)
    multiprocessing.Process(target=work, args=args, name="worker").start()

    begun.wait()
    daemon.join(0.5)
    if daemon.is_alive():
        say("has waited half a second: the daemon goes on")
    say("has nothing more to do")
    last_word.set()
    # After the last line, the daemon gets SIGTERM, and main waits for the worker.
