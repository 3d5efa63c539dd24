"""Other programs as children: what goes in, what comes out, and how each of them ended."""

import multiprocessing
import signal
import subprocess
import threading
from subprocess import DEVNULL, PIPE


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def how(code):
    # Minus the number of the signal, if one has ended it.
    if code < 0:
        return f"signal: {-code} ({signal.Signals(-code).name})"
    return f"exit status: {code}"


def feed(pipe, text):
    with pipe:
        pipe.write(text)


if __name__ == "__main__":
    multiprocessing.current_process().name = "main"
    say("starts sort, and uniq behind it")
    sort = subprocess.Popen(["sort"], stdin=PIPE, stdout=PIPE)
    uniq = subprocess.Popen(["uniq", "-c"], stdin=sort.stdout, stdout=PIPE)
    # Only uniq is to read what sort writes.
    sort.stdout.close()

    # More than a pipe holds: a thread writes it while main reads, so no pipe stays full.
    writer = threading.Thread(target=feed, args=(sort.stdin, b"pear\nfig\nplum\n" * 10_000))
    writer.start()
    counted, _ = uniq.communicate()
    writer.join()

    for line in counted.decode().splitlines():
        say(f"reads: {line.strip()}")
    say(f"sort has ended, {how(sort.wait())}")
    say(f"uniq has ended, {how(uniq.returncode)}")

    say("asks grep for a word that is not there")
    grep = subprocess.run(["grep", "apple"], stdin=DEVNULL)
    say(f"grep has ended, {how(grep.returncode)}")

    say("starts yes, which never ends by itself, and head behind it")
    yes = subprocess.Popen(["yes"], stdout=PIPE)
    head = subprocess.Popen(["head", "-n", "2"], stdin=yes.stdout, stdout=PIPE)
    # While main has this end, too, yes could wait for main to read.
    yes.stdout.close()
    lines, _ = head.communicate()
    say(f"reads {len(lines.splitlines())} lines")
    say(f"head has ended, {how(head.returncode)}")
    say(f"yes has ended, {how(yes.wait())}")
