"""Broken: each waits for the other to speak first."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def answer(main, child):
    child.close()
    say("listens")
    n = main.recv()
    main.send(n * n)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    child_end, main_end = multiprocessing.Pipe()
    child = multiprocessing.Process(
        target=answer, args=(main_end, child_end), name="child"
    )
    child.start()
    main_end.close()
    say("listens")
    say(f"hears {child_end.recv()}")
    child_end.send(3)
    child.join()
