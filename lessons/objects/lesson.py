"""An object travels as data: the other process gets a copy."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# The fields travel, and the name of the class. The code does not: both processes have it.
class Account:
    def __init__(self, owner, cents):
        self.owner = owner
        self.cents = cents

    def deposit(self, cents):
        self.cents += cents


def work(accounts):
    account = accounts.get()
    say(f"got the account of {account.owner}: {account.cents} cents")
    account.deposit(50)
    say(f"deposits 50: {account.cents} cents")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    accounts = multiprocessing.Queue()
    child = multiprocessing.Process(target=work, args=(accounts,), name="child")
    child.start()

    account = Account("Ada", 100)
    say(f"puts the account of {account.owner}: {account.cents} cents")
    accounts.put(account)
    child.join()
    say(f"main's account of {account.owner} has {account.cents} cents")

    # A function without a name cannot be pickled. The queue's own thread finds that out after put
    # has returned: it prints a traceback and drops the item.
    functions = multiprocessing.Queue()
    functions.put(lambda: 0)
    functions.put("the next item")
    say("put a function, then the next item: no error")
    say(f"the first that arrives is {functions.get()}")
