"""Broken: main keeps a copy of the sender's end, so the end of file never comes."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def send(to):
    for i in range(2):
        say(f"sends {i}")
        to.send(i)


def receive(source):
    try:
        while True:
            say(f"receives {source.recv()}")
    except EOFError:
        say("sees the end of file")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a sender and a receiver")
    source, to = multiprocessing.Pipe(duplex=False)
    # No to.close(): main keeps its copy, and the receiver inherits another.
    sender = multiprocessing.Process(target=send, args=(to,), name="sender")
    receiver = multiprocessing.Process(target=receive, args=(source,), name="receiver")
    sender.start()
    receiver.start()
    sender.join()
    say("the sender has ended, main still holds a copy of its end")
    receiver.join()
    say("the receiver has ended")
