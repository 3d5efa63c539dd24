"""Broken: two readers are killed in their seats. Nobody gives the seats back, so nobody ever sits again."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def stay(seats, seated, never):
    with seats:
        say("sits down")
        seated.put(None)
        never.wait()


def read(seats):
    say("looks for a seat")
    with seats:
        say("sits down")
        say("stands up")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    seats = multiprocessing.Semaphore(2)
    seated = multiprocessing.Queue()
    never = multiprocessing.Event()
    say("two seats, and two who never stand up")
    first = multiprocessing.Process(target=stay, args=(seats, seated, never), name="reader-1")
    second = multiprocessing.Process(target=stay, args=(seats, seated, never), name="reader-2")
    first.start()
    second.start()
    seated.get()
    seated.get()
    say("kills both in their seats")
    first.kill()
    second.kill()
    first.join()
    second.join()

    say("nobody sits here now, and two more come")
    third = multiprocessing.Process(target=read, args=(seats,), name="reader-3")
    fourth = multiprocessing.Process(target=read, args=(seats,), name="reader-4")
    third.start()
    fourth.start()
    third.join()
    fourth.join()
    say("they have read, too")
