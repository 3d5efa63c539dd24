"""The broken variant: main joins one child after the other, and does not notice who has died."""

import multiprocessing
import signal


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def serve(stop):
    say("serves")
    stop.wait()
    say("is told to stop, and ends")


def work(stop):
    say("takes a task")
    signal.raise_signal(signal.SIGKILL)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    stop = multiprocessing.Event()
    say("starts a server and a worker")
    server = multiprocessing.Process(target=serve, args=(stop,), name="server")
    worker = multiprocessing.Process(target=work, args=(stop,), name="worker")
    server.start()
    worker.start()
    # The server ends when main tells it to, which main does when it has joined the server.
    for child in [server, worker]:
        child.join()
        say(f"{child.name} has ended, exit code {child.exitcode}: stops the other")
        stop.set()
    say("both have ended")
