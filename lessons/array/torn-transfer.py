"""Broken: no lock. Nothing is lost, and yet whoever counts between two steps finds too little."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def transfer(accounts, taken, counted):
    accounts[0] -= 30
    say("takes 30 from account 0")
    # This rendezvous makes the bad outcome certain: the auditor counts between the two steps.
    taken.set()
    counted.wait()
    accounts[1] += 30
    say("adds 30 to account 1")


def count(accounts, taken, counted):
    taken.wait()
    say(f"counts {sum(accounts)}")
    counted.set()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # The lock inside an Array is held for one access only. It does not help here.
    accounts = multiprocessing.Array("i", [100] * 3)
    taken = multiprocessing.Event()
    counted = multiprocessing.Event()
    say("three accounts, 300 in all")
    clerk = multiprocessing.Process(target=transfer, args=(accounts, taken, counted), name="clerk")
    auditor = multiprocessing.Process(target=count, args=(accounts, taken, counted), name="auditor")
    clerk.start()
    auditor.start()
    clerk.join()
    auditor.join()
    say(f"the accounts hold {accounts[:]}")
