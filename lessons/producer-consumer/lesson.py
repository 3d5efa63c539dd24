"""One adds, one takes, and an end mark says that nothing more will come."""

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


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a producer and a consumer")
    items = multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(items,), name="producer")
    consumer = multiprocessing.Process(target=consume, args=(items,), name="consumer")
    producer.start()
    consumer.start()
    producer.join()
    consumer.join()
    say("both have ended")
