"""A process whose parent dies goes on, under another parent."""

import multiprocessing
import os
import signal
import time


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


# Linux's letter for a process: R running, S sleeping, Z ended but not joined; - if it is gone.
def state(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return "-"


def work(pids):
    parent = os.getppid()
    say(f"my parent is process {parent}")
    pids.put(os.getpid())
    # Nobody tells an orphan: it has to look.
    while os.getppid() == parent:
        pause(0.01)
    say(f"my parent is now process {os.getppid()}")
    pause(1)
    say("has finished its work")


def start_inner(pids):
    say(f"I am process {os.getpid()} and start inner")
    inner = multiprocessing.Process(target=work, args=(pids,), name="inner")
    inner.start()
    inner.join()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"
    say(f"I am process {os.getpid()}; I start outer, to terminate it")
    pids = multiprocessing.SimpleQueue()

    outer = multiprocessing.Process(target=start_inner, args=(pids,), name="outer")
    outer.start()
    inner = pids.get()
    outer.terminate()
    # Not is_alive(): it would collect the exit code and so remove the zombie.
    while state(outer.pid) not in "Z-":
        pause(0.01)
    say(f"outer has ended: state {state(outer.pid)}")
    outer.join()
    say(f"outer is joined: state {state(outer.pid)}")
    # Main cannot join its grandchild: it has to look, too.
    while state(inner) not in "Z-":
        pause(0.01)
    say("inner has ended by itself")

    child = multiprocessing.Process(target=work, args=(pids,), name="child")
    child.start()
    pids.get()
    say(f"kills itself while {child.name} works")
    os.kill(os.getpid(), signal.SIGKILL)
