"""Main writes everything before it reads anything. Both sides wait for ever."""

import multiprocessing
import subprocess
from subprocess import PIPE


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


if __name__ == "__main__":
    multiprocessing.current_process().name = "main"
    text = b"pear\n" * 100_000
    tr = subprocess.Popen(["tr", "a-z", "A-Z"], stdin=PIPE, stdout=PIPE)

    say(f"writes {len(text)} bytes")
    tr.stdin.write(text)
    tr.stdin.close()

    output = tr.stdout.read()
    say(f"has read {len(output)} bytes")
    say(f"tr has ended, exit status: {tr.wait()}")
