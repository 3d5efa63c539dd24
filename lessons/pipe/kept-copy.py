"""Broken: main hangs up on child-1, but child-2 has a copy of main's end, and no end of file comes."""

import multiprocessing


def say(text):
    name = multiprocessing.current_process().name
    # The newline belongs to the string: one write, so that no line is torn.
    print(f"{name:<10} | {text}\n", end="", flush=True)


def answer(main, child):
    child.close()
    while True:
        try:
            n = main.recv()
        except EOFError:
            break
        say(f"squares {n}")
        main.send(n * n)
    say("hears that main has hung up")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    multiprocessing.current_process().name = "main"

    end_1, main_end = multiprocessing.Pipe()
    child_1 = multiprocessing.Process(
        target=answer, args=(main_end, end_1), name="child-1"
    )
    child_1.start()
    main_end.close()
    # Main holds end_1 now, so this child inherits it, although it never uses it.
    end_2, main_end = multiprocessing.Pipe()
    child_2 = multiprocessing.Process(
        target=answer, args=(main_end, end_2), name="child-2"
    )
    child_2.start()
    main_end.close()

    say("asks both")
    end_1.send(2)
    end_2.send(3)
    say(f"the squares are {end_1.recv()} and {end_2.recv()}")

    say("hangs up on child-1 and joins it")
    end_1.close()
    child_1.join()
    say("hangs up on child-2 and joins it")
    end_2.close()
    child_2.join()
