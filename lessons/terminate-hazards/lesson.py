"""What SIGTERM leaves undone: no cleanup, lost output, a lock that nobody releases."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work(lock, ready, end):
    # A buffer of its own: on a terminal, print would write each line at once.
    with lock, open(1, "w", buffering=4096, closefd=False) as buffer:
        try:
            say("holds the lock, and has a line in a buffer")
            name = multiprocessing.current_process().name
            buffer.write(f"{name:<10} | this line was in the buffer\n")
            ready.set()
            end.wait()
        finally:
            say("cleans up")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"
    lock = multiprocessing.Lock()

    say("starts one that will be asked to end")
    ready, end = multiprocessing.Event(), multiprocessing.Event()
    asked = multiprocessing.Process(target=work, args=(lock, ready, end), name="asked")
    asked.start()
    ready.wait()
    say("asks it")
    end.set()
    asked.join()
    say(f"asked: exit code {asked.exitcode}")

    say("starts one that will be terminated")
    ready, end = multiprocessing.Event(), multiprocessing.Event()
    victim = multiprocessing.Process(target=work, args=(lock, ready, end), name="victim")
    victim.start()
    ready.wait()
    say("terminates it")
    victim.terminate()
    victim.join()
    say(f"victim: exit code {victim.exitcode}")

    if not lock.acquire(timeout=0.2):
        say("the lock: not to be had in 0.2 s")
    # The lock does not know who holds it, so anybody may release it. An RLock refuses.
    lock.release()
    lock.acquire()
    say("holds the lock")
    say(f"children that are left: {len(multiprocessing.active_children())}")
