"""SIGKILL ends a parent: its daemon lives on."""

import multiprocessing
import os
import signal
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# On Linux: whether the process has neither ended (state Z) nor vanished.
def runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return ") Z " not in stat.read()
    except (FileNotFoundError, ProcessLookupError):
        return False


def serve(begun, main):
    parent = os.getppid()
    say(f"begins; my parent is process {parent}")
    begun.set()
    while os.getppid() == parent:
        time.sleep(0.01)
    say(f"lives on; my parent is now process {os.getppid()}")
    while runs(main):
        time.sleep(0.01)
    say("main has ended, too, and nobody has ended me")


def start_daemon(main):
    begun = multiprocessing.Event()
    say(f"I am process {os.getpid()} and start a daemon")
    args = (begun, main)
    multiprocessing.Process(target=serve, args=args, name="daemon", daemon=True).start()
    begun.wait()
    say("kills itself")
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a parent")
    parent = multiprocessing.Process(target=start_daemon, args=(os.getpid(),), name="parent")
    parent.start()
    parent.join()
    say(f"the parent has ended: exit code {parent.exitcode}")
