"""Results as they come: a pool counts words, and main adds them up."""

import collections
import multiprocessing
import os
import pathlib
import sys
import tempfile
import time

TEXTS = {
    "ant.txt": "the ant works all day",
    "bee.txt": "the bee sings",
    "cat.txt": "the cat sleeps and the cat eats",
    "dog.txt": "the dog barks at it",
}


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def pause(seconds):
    time.sleep(seconds / float(os.environ.get("LESSON_SPEED", "1")))


# Runs in each worker before its first task.
def begin():
    process = multiprocessing.current_process()
    process.name = process.name.replace("ForkPoolWorker", "worker")


# Maps a text to its counts. Its name goes along: nothing else will say whose counts these are.
def count(file):
    say(f"counts {file.name}")
    text = file.read_text()
    # A longer text takes longer.
    pause(0.02 * len(text))
    return file.name, collections.Counter(text.split())


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # The folder is removed at the end of the block, also after an error.
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder, name) for name in TEXTS]
        for file in files:
            file.write_text(TEXTS[file.name])
        pool = multiprocessing.Pool(2, initializer=begin)

        say("four files, two workers")
        total = collections.Counter()
        for done, (name, counts) in enumerate(pool.imap_unordered(count, files), 1):
            say(f"{name}: {counts.total()} words")
            # On stderr: so the bar is seen, and not saved, when the output goes to a file.
            print(f"[{'#' * done:4}] {done} of 4\n", end="", file=sys.stderr, flush=True)
            # Reduces what is there to one table.
            total += counts
        pool.close()
        pool.join()
        say(f'{total.total()} words in all, "the" {total["the"]} times')
