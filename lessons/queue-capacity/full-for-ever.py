"""Broken: main puts a fourth item into a queue for three, and nobody takes one out."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue(3)
    for item in range(1, 5):
        say(f"puts item {item}")
        items.put(item)
    say("all four are in")
