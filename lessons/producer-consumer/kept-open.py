"""Broken: main keeps a copy of the producer's end, so the end of file never comes."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def produce(to):
    for i in range(2):
        say(f"adds {i}")
        to.send(i)
    # No end mark: this end of the pipe closes with this process.


def consume(source):
    try:
        while True:
            say(f"takes {source.recv()}")
    except EOFError:
        say("sees the end of file")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a producer and a consumer")
    source, to = multiprocessing.Pipe(duplex=False)
    # No to.close(): main keeps its copy, and the consumer inherits another.
    producer = multiprocessing.Process(target=produce, args=(to,), name="producer")
    consumer = multiprocessing.Process(target=consume, args=(source,), name="consumer")
    producer.start()
    consumer.start()
    producer.join()
    say("the producer has ended, main still holds a copy of its end")
    consumer.join()
    say("the consumer has ended")
