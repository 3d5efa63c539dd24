"""Broken: a record goes out in two writes, and another process writes in between."""

import multiprocessing
import os


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# Each call is a write of its own, as the two of print(text, file=sys.stderr) are under `python -u`.
def write(piece):
    os.write(2, piece.encode())


def first(begun, torn, done):
    write("[INFO/worker-1] ")
    begun.set()
    # This rendezvous makes the bad outcome certain: the other writes now, not sooner or later.
    torn.wait()
    write("counts the apples\n")
    done.set()


def second(begun, torn, done):
    begun.wait()
    write("[INFO/worker-2] ")
    torn.set()
    done.wait()
    write("counts the pears\n")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    events = [multiprocessing.Event() for _ in range(3)]
    say("two workers, each with one record, in two writes")
    one = multiprocessing.Process(target=first, args=events, name="worker-1")
    two = multiprocessing.Process(target=second, args=events, name="worker-2")
    one.start()
    two.start()
    one.join()
    two.join()
    say("both have ended")
