"""Broken: main sets the event and clears it at once. Whoever comes after that waits for ever."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def run(go, come):
    # This rendezvous makes the bad outcome certain: this runner comes late.
    come.get()
    say("waits")
    go.wait()
    say("goes on")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    go = multiprocessing.Event()
    come = multiprocessing.Queue()
    runner = multiprocessing.Process(target=run, args=(go, come), name="runner")
    runner.start()
    say("sets the event and clears it at once")
    go.set()
    go.clear()
    come.put(())
    runner.join()
    say("the runner has ended")
