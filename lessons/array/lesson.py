"""An array that all share: each access is one step, and a transfer takes four."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def transfer(lock, accounts, amount, giver, taker):
    with lock:
        # A read and a write each: in Python even this is two steps.
        accounts[giver] -= amount
        say(f"takes {amount} from account {giver}")
        # Time enough for somebody to look in between, if they could.
        pause(0.3)
        accounts[taker] += amount
        say(f"adds {amount} to account {taker}")


def count(lock, accounts):
    # Reading needs the lock, too: these are three numbers, read one after the other.
    with lock:
        say(f"counts {sum(accounts)}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    lock = multiprocessing.Lock()
    # lock=False, so that the lesson's own lock is the only one.
    accounts = multiprocessing.Array("i", [100] * 3, lock=False)
    say("three accounts, 300 in all, and one lock")
    staff = [
        multiprocessing.Process(target=transfer, args=(lock, accounts, 30, 0, 1), name="clerk-1"),
        multiprocessing.Process(target=transfer, args=(lock, accounts, 50, 1, 2), name="clerk-2"),
        multiprocessing.Process(target=count, args=(lock, accounts), name="auditor"),
    ]
    for one in staff:
        one.start()
    for one in staff:
        one.join()
    say(f"the accounts hold {accounts[:]}")
