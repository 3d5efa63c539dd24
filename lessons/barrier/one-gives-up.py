"""Broken: one of the three gives up on its way. The others wait for it forever."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def run(bridge):
    say("has run leg 1")
    bridge.wait()
    say("goes home")


def give_up():
    # It ends, and the barrier does not know that it would have come.
    say("gives up")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    bridge = multiprocessing.Barrier(3)
    say("three runners, one leg")
    runners = [
        multiprocessing.Process(target=run, args=(bridge,), name="runner-1"),
        multiprocessing.Process(target=run, args=(bridge,), name="runner-2"),
        multiprocessing.Process(target=give_up, name="runner-3"),
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    say("all are home")
