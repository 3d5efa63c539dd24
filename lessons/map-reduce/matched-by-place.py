"""Broken: results that come in any order are matched with the files by their place."""

import multiprocessing
import pathlib
import tempfile

TEXTS = {"ant.txt": "the ant works all day", "bee.txt": "the bee sings"}


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


# Runs in each worker before its first task.
def begin():
    process = multiprocessing.current_process()
    process.name = process.name.replace("ForkPoolWorker", "worker")


def count(file):
    say(f"counts {file.name}")
    if file.name == "ant.txt":
        # This makes the bad outcome certain: the first file is the last to be done.
        go_on.wait()
    words = len(file.read_text().split())
    say(f"has counted {file.name}")
    return words


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder, name) for name in TEXTS]
        for file in files:
            file.write_text(TEXTS[file.name])
        # A global: an event cannot be sent in a task, so the workers inherit it.
        go_on = multiprocessing.Event()
        pool = multiprocessing.Pool(2, initializer=begin)

        say("two files, two workers")
        for file, words in zip(files, pool.imap_unordered(count, files)):
            say(f"{file.name}: {words} words")
            go_on.set()
        pool.close()
        pool.join()
        say("the pool has ended")
