"""Records of all processes on stderr, each with its level and its process's name."""

import logging
import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def work():
    logger = multiprocessing.get_logger()
    logger.debug("is below the level, so nobody sees it")
    say("does some work")
    logger.warning("has little paper left")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    # Before the first start: the children inherit the handler and the level. Its handler writes
    # a record in one piece. The module itself logs when a process begins and ends.
    logger = multiprocessing.log_to_stderr()
    logging.addLevelName(logging.WARNING, "WARN")
    logger.setLevel(logging.INFO)

    logger.info("starts two workers")
    first = multiprocessing.Process(target=work, name="worker-1")
    second = multiprocessing.Process(target=work, name="worker-2")
    first.start()
    second.start()
    first.join()
    second.join()
    logger.info("both have ended")
