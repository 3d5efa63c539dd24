"""A worker that forgot its run method."""

import abc
import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


class Forgetful(multiprocessing.Process):
    # Nobody calls this: a process calls its `run`.
    def work(self):
        say("works")


class Careful(multiprocessing.Process):
    def run(self):
        say("has a run of its own")


class Strict(abc.ABC, multiprocessing.Process):
    @abc.abstractmethod
    def run(self):
        """Required, as in Rust's trait."""


class ForgetfulAndStrict(Strict):
    def work(self):
        say("works")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("starts three workers, one after another")
    children = [
        Forgetful(name="forgetful"),
        Forgetful(target=lambda: say("was given a target"), name="targeted"),
        Careful(name="careful"),
    ]
    for child in children:
        child.start()
        child.join()
        say(f"{child.name}: exit code {child.exitcode}")

    try:
        ForgetfulAndStrict(name="strict")
    except TypeError:
        say("strict: TypeError, and no process is made")
