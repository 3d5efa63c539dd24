"""Broken: two processes read, then both write. One of the two additions is lost."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work(balance, mine, other):
    before = balance.value
    say(f"reads {before}")
    # This rendezvous makes the bad outcome certain: nobody writes before both have read.
    mine.set()
    other.wait()
    say(f"writes {before + 1}")
    balance.value = before + 1


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # The lock inside a Value is held for one read or one write only. It does not help here.
    balance = multiprocessing.Value("i", 0)
    one = multiprocessing.Event()
    two = multiprocessing.Event()
    say("two clerks, one book, no lock")
    first = multiprocessing.Process(target=work, args=(balance, one, two), name="clerk-1")
    second = multiprocessing.Process(target=work, args=(balance, two, one), name="clerk-2")
    first.start()
    second.start()
    first.join()
    second.join()
    say(f"both have added 1, and the book says {balance.value}")
