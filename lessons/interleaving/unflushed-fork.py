"""A private buffer is partly full at the fork: its contents come out twice."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def write(out, text):
    name = multiprocessing.current_process().name
    out.write(f"{name:<10} | {text}\n")


def flush_copy(out):
    write(out, "flushes its copy of the buffer")
    out.flush()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("writes one line into a buffer of its own")
    # A file of our own on the descriptor of stdout, with a buffer of its own.
    out = open(1, "w", buffering=4096, closefd=False)
    write(out, "this was written once")

    # start() flushes sys.stdout and sys.stderr. It cannot know about this buffer.
    child = multiprocessing.Process(target=flush_copy, args=(out,), name="child")
    child.start()
    child.join()

    say("the child has ended, flushes the buffer")
    out.flush()
