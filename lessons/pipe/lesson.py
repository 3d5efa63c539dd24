"""Questions go down a pipe, answers come back, and the end is told."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def answer(main, child):
    # The fork has copied the other end, too. Nobody hears the end of file who holds that himself.
    child.close()
    while True:
        try:
            n = main.recv()
        except EOFError:
            break
        say(f"squares {n}")
        pause(0.2)
        main.send(n * n)
    say("hears that main has hung up")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    child_end, main_end = multiprocessing.Pipe()
    child = multiprocessing.Process(
        target=answer, args=(main_end, child_end), name="child"
    )
    child.start()
    # Main's copy of the child's end: if it stayed open, main would not hear that the child is gone.
    main_end.close()

    # Two questions at once: each way of the pipe keeps what nobody has read yet.
    for n in [2, 3]:
        say(f"asks for the square of {n}")
        child_end.send(n)
    for n in [2, 3]:
        say(f"{n} squared is {child_end.recv()}")

    say("hangs up")
    child_end.close()
    child.join()
    say("the child has ended")
