"""Broken: the question is always the same, so whoever has heard one answer needs no key."""

import hmac
import multiprocessing
import os

QUESTION = bytes([7]) * 32


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def digest(key, question):
    return hmac.new(key, question, "sha256").digest()


def call(main, key, heard):
    question = main.recv_bytes()
    say("answers")
    main.send_bytes(digest(key, question) if key else heard)


def meet(name, key, theirs, heard):
    end, other_end = multiprocessing.Pipe()
    child = multiprocessing.Process(target=call, args=(other_end, theirs, heard), name=name)
    child.start()
    say(f"asks {name}")
    end.send_bytes(QUESTION)
    answer = end.recv_bytes()
    right = hmac.compare_digest(answer, digest(key, QUESTION))
    say(f"{'accepts' if right else 'refuses'} {name}")
    child.join()
    return answer


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    key = os.urandom(32)
    heard = meet("friend", key, key, None)
    say("somebody has heard the answer")
    meet("thief", key, None, heard)
