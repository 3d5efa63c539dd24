"""A process may refuse SIGTERM. Whoever terminates it and then joins it waits for ever."""

import multiprocessing
import signal
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work(ready):
    # From here on the signal stays pending, because nothing ever unblocks it.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    say("has blocked SIGTERM")
    ready.set()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a worker")
    ready = multiprocessing.Event()
    worker = multiprocessing.Process(target=work, args=(ready,), name="worker")
    worker.start()
    ready.wait()

    say("terminates it")
    worker.terminate()
    worker.join(0.2)
    say(f"alive after 0.2 s: {'yes' if worker.is_alive() else 'no'}")

    # Missing here: worker.kill(), which no process can refuse.
    say("joins it")
    worker.join()
    say("it has ended")
