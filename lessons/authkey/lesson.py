"""A process proves that it knows the key, without telling it."""

import hmac
import multiprocessing
import os


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# Only someone who knows the key can compute it.
def digest(key, question):
    return hmac.new(key, question, "sha256").digest()


def answer(main, key):
    question = main.recv_bytes()
    say(f"answers with a key of {len(key)} bytes")
    main.send_bytes(digest(key, question))


def meet(name, key, theirs):
    end, other_end = multiprocessing.Pipe()
    child = multiprocessing.Process(target=answer, args=(other_end, theirs), name=name)
    child.start()
    say(f"asks {name}")
    # A new question each time, so that no old answer fits.
    question = os.urandom(32)
    end.send_bytes(question)
    # Not `==`: its duration grows with the number of matching bytes and so leaks them.
    right = hmac.compare_digest(digest(key, question), end.recv_bytes())
    say(f"{'accepts' if right else 'refuses'} {name}")
    child.join()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # Made by os.urandom when multiprocessing was imported. All children inherit it.
    key = multiprocessing.current_process().authkey
    say(f"makes a key of {len(key)} bytes")
    meet("friend", key, key)
    meet("stranger", key, os.urandom(32))
    say("both have ended")
