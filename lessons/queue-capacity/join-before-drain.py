"""Main joins the writer before it takes what the writer put: neither ever ends."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def write(items):
    say("puts a million bytes")
    # put hands them to a thread in the writer, which feeds them into a pipe of 64 KiB.
    items.put("x" * 1_000_000)
    say("put has returned")
    # Here the writer waits for that thread, which waits for somebody to read.


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    items = multiprocessing.Queue()
    say("joins the writer, then takes")
    writer = multiprocessing.Process(target=write, args=(items,), name="writer")
    writer.start()
    writer.join()
    say("the writer has ended")
    say(f"took {len(items.get())} bytes")
