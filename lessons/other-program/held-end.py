"""A process that was forked in between has a copy of the end that main writes to."""

import multiprocessing
import subprocess
from subprocess import PIPE


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def help_until(end):
    say("helps until it is told to end")
    end.wait()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"
    say("starts sort, and a process of its own")
    end = multiprocessing.Event()
    sort = subprocess.Popen(["sort"], stdin=PIPE, stdout=PIPE)
    helper = multiprocessing.Process(target=help_until, args=(end,), name="helper")
    helper.start()

    say("writes 3 words, closes its end, and reads")
    sort.stdin.write(b"pear\nfig\nplum\n")
    sort.stdin.close()
    for word in sort.stdout.read().decode().splitlines():
        say(f"reads: {word}")
    sort.wait()

    say("tells the helper to end")
    end.set()
    helper.join()
    say("the helper has ended")
