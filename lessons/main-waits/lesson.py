"""When main ends, it waits for a child that nobody joined."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def work(last_word):
    say("works")
    last_word.wait()
    say("works on after main's last word")
    pause(2)
    say(f"is done; my parent is still process {os.getppid()}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    last_word = multiprocessing.Event()
    say(f"I am process {os.getpid()}; I start a child, and nobody joins it")
    # The object is dropped at once. This neither ends the process nor waits for it.
    multiprocessing.Process(target=work, args=(last_word,), name="child").start()
    say("has nothing more to do")
    last_word.set()
    # After the last line of the script, multiprocessing's exit handler waits for the child.
