"""Another thread holds a lock at the fork: the child would get the lock, but not the thread."""

import multiprocessing
import threading

lock = threading.Lock()


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work():
    say("asks for the lock")
    with lock:
        say("has the lock")


def hold(is_locked, may_end):
    with lock:
        is_locked.set()
        may_end.wait()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    is_locked, may_end = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold, args=(is_locked, may_end))
    holder.start()
    is_locked.wait()

    say("a thread holds the lock, starts a child")
    child = multiprocessing.Process(target=work, name="child")
    child.start()

    # This frees main's lock. The child's copy stays locked: its holder was not copied.
    may_end.set()
    holder.join()
    say("the thread has ended, joins the child")
    child.join()
    say("the child has ended")
