"""Without the guard, the child would spawn a child of its own. It is stopped at the first one."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work(number):
    say(f"was sent {number}")


multiprocessing.current_process().name = "main"
say("begins at the top")

# Here `if __name__ == "__main__":` is missing: the child goes on as main does.
say("spawns a child")
child = multiprocessing.get_context("spawn").Process(target=work, args=(7,), name="child")
child.start()
child.join()
say(f"the child has ended: exit code {child.exitcode}")
say("goes on without it")
