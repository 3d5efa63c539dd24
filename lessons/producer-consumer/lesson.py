"""One adds, one takes and learns when nothing more will come."""

import multiprocessing
import os
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


# None is the end mark.
def produce(items):
    for i in range(4):
        say(f"adds {i}")
        items.put(i)
        pause(0.2)
    say("adds the end mark")
    items.put(None)


def consume(items):
    # Not "until it has been empty for a while": the producer may just be slow.
    while (item := items.get()) is not None:
        say(f"takes {item}")
        pause(0.3)
    say("takes the end mark")


def send(to):
    for i in range(2):
        say(f"sends {i}")
        to.send(i)
    # No end mark: this end of the pipe closes with this process.


def receive(source):
    try:
        while True:
            say(f"receives {source.recv()}")
    except EOFError:
        say("sees the end of file")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("a queue: the end is a message")
    items = multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(items,), name="producer")
    consumer = multiprocessing.Process(target=consume, args=(items,), name="consumer")
    producer.start()
    consumer.start()
    producer.join()
    consumer.join()

    say("a pipe: the end is that the sender has ended")
    source, to = multiprocessing.Pipe(duplex=False)
    sender = multiprocessing.Process(target=send, args=(to,), name="sender")
    sender.start()
    # Main closes its copy before it starts the receiver, which would inherit it.
    to.close()
    receiver = multiprocessing.Process(target=receive, args=(source,), name="receiver")
    receiver.start()
    sender.join()
    receiver.join()
    say("all have ended")
