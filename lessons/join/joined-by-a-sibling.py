"""Only the process that started a child can join it. Any other is refused, and nobody waits."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work(go):
    say("waits")
    go.wait()
    say("has worked to the end")


def join(child):
    say("joins the child")
    child.join()
    say("the child has ended")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts a child, then a sibling that inherits its handle")
    go = multiprocessing.Event()
    child = multiprocessing.Process(target=work, args=(go,), name="child")
    child.start()
    sibling = multiprocessing.Process(target=join, args=(child,), name="sibling")
    sibling.start()

    sibling.join()
    say(f"the sibling: exit code {sibling.exitcode}")
    # Only now can the child end: the sibling has not waited for it.
    go.set()
    child.join()
    say(f"the child: exit code {child.exitcode}")
