"""Nobody goes on before all are there."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


def run(bridge, tenths):
    for leg in range(1, 3):
        pause(0.1 * tenths)
        # Said before it arrives, because after that the others may be faster than this line.
        say(f"has run leg {leg}")
        bridge.wait()
    say("goes home")


def runner(bridge, name, tenths):
    return multiprocessing.Process(target=run, args=(bridge, tenths), name=name)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # The barrier counts those who come. It does not know who they are.
    bridge = multiprocessing.Barrier(3)
    say("three runners, two legs")
    runners = [
        runner(bridge, "runner-1", 1),
        runner(bridge, "runner-2", 3),
        runner(bridge, "runner-3", 5),
    ]
    for each in runners:
        each.start()
    for each in runners:
        each.join()
    say("all are home")
