"""A request brings along the channel on which its answer is to come."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def ask(question, desk):
    answer, reply = multiprocessing.Pipe()
    say(f"asks for the square of {question}")
    desk.send((question, reply))
    # What has been sent is a copy. This one would keep the end of file from coming.
    reply.close()
    say(f"hears {answer.recv()}")


def serve(requests):
    first, second = requests.recv(), requests.recv()
    # In any order, and to whoever asked: the server need not know who that is.
    for question, reply in [second, first]:
        say(f"answers {question}")
        reply.send(question * question)
        reply.close()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    say("one server, two clients")
    end_1, desk_1 = multiprocessing.Pipe()
    client_1 = multiprocessing.Process(target=ask, args=(2, desk_1), name="client-1")
    client_1.start()
    end_2, desk_2 = multiprocessing.Pipe()
    client_2 = multiprocessing.Process(target=ask, args=(3, desk_2), name="client-2")
    client_2.start()

    # Main is the desk: it hands each request on, and never sees an answer.
    server_end, requests = multiprocessing.Pipe()
    for end in [end_1, end_2]:
        question, reply = end.recv()
        say(f"hands on {question}")
        server_end.send((question, reply))
        reply.close()
    # Both requests wait in the pipe for it, but the ends do not: main serves them to whoever reads.
    server = multiprocessing.Process(target=serve, args=(requests,), name="server")
    server.start()
    for child in [server, client_1, client_2]:
        child.join()
    say("all have ended")
