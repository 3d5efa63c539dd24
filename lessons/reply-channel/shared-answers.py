"""Broken: one queue for all answers. A client may get the answer to the other's question."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def ask(question, requests, answers):
    say(f"asks for the square of {question}")
    requests.put(question)
    say(f"hears {answers.get()}")
    say("leaves")


def serve(requests, answers):
    for _ in range(2):
        question = requests.get()
        answers.put(question * question)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    requests = multiprocessing.Queue()
    answers = multiprocessing.Queue()
    say("one server, two clients")
    server = multiprocessing.Process(
        target=serve, args=(requests, answers), name="server"
    )
    client_1 = multiprocessing.Process(
        target=ask, args=(2, requests, answers), name="client-1"
    )
    client_2 = multiprocessing.Process(
        target=ask, args=(3, requests, answers), name="client-2"
    )
    for child in [server, client_1, client_2]:
        child.start()
    for child in [server, client_1, client_2]:
        child.join()
    say("all have ended")
