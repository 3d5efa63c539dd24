"""Broken: main says that it has set the event only afterwards. The waiter may be faster, and is."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def wait(event, woken):
    event.wait()
    say("goes on")
    woken.set()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    event = multiprocessing.Event()
    woken = multiprocessing.Event()
    say("one waits for an event")
    waiter = multiprocessing.Process(target=wait, args=(event, woken), name="waiter")
    waiter.start()
    event.set()
    # This rendezvous makes the rare order certain: some time always passes between the set and
    # main's line, and here it is enough.
    woken.wait()
    say("has set the event")
    waiter.join()
