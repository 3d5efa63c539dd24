"""Join waits for one child to end; everybody else goes on."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def wait_for(done):
    say("waits for the second")
    done.wait()
    say("goes on")


def tell(done):
    say("works: nobody has joined it yet")
    done.set()
    pause(0.2)
    say("is done")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts two, and joins the first")
    done = multiprocessing.Event()
    first = multiprocessing.Process(target=wait_for, args=(done,), name="first")
    second = multiprocessing.Process(target=tell, args=(done,), name="second")
    first.start()
    second.start()
    # If this held up the second too, it would never return: the first waits for the second.
    first.join()
    say("the first has ended")
    second.join()
    say("the second has ended, too")
