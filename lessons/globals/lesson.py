"""Each process has its own copy of every variable, except what was made to be shared."""

import multiprocessing

number = 10


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def add(n, shared):
    global number
    number += n
    # += is a read and a write. The lock makes them one step.
    with shared.get_lock():
        shared.value += n
    say(f"adds {n}: my number is {number}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    shared = multiprocessing.Value("q", 10)
    say(f"my number is {number}")
    say(f"the shared value is {shared.value}")

    first = multiprocessing.Process(target=add, args=(1, shared), name="adder-1")
    second = multiprocessing.Process(target=add, args=(2, shared), name="adder-2")
    first.start()
    second.start()
    first.join()
    second.join()

    say(f"my number is still {number}")
    say(f"the shared value is now {shared.value}")
