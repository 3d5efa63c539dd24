"""CPython's side of the comparison: runs one benchmark, prints nanoseconds (or bytes).

python3 cpython.py WHAT SIZE N: what the three mean is said in compare/ours.rs, line for line.
"""

import multiprocessing
import sys
from multiprocessing.connection import wait
from time import perf_counter_ns, sleep

ctx = multiprocessing.get_context("fork")
PAIR = (1 << 55, 1 << 55)  # the typed message: postcard, too, needs 16 bytes for it

IN_FLIGHT = 4 << 20  # bytes: the limit of a queue of large messages


def crew(n, works):
    """One process for each of `works`, which it does n times; nanoseconds from go to the last."""

    def member(work):
        for times, go in rounds:
            go.wait()
            for _ in range(times):
                work()
            done.release()

    rounds = [(n // 10, ctx.Event()), (n, ctx.Event())]  # the first one warms up
    done = ctx.Semaphore(0)
    members = [ctx.Process(target=member, args=(work,)) for work in works]
    for process in members:
        process.start()
    for _, go in rounds:
        began = perf_counter_ns()
        go.set()
        for _ in members:
            done.acquire()
        took = perf_counter_ns() - began
    for process in members:
        process.join()
    return took / n


def timed(n, work):
    for _ in range(n // 10):
        work()
    began = perf_counter_ns()
    for _ in range(n):
        work()
    return (perf_counter_ns() - began) / n


def nothing():
    pass


def square(x):
    return x * x


def start(live, n):
    go = ctx.Event()
    others = [ctx.Process(target=go.wait) for _ in range(live)]
    for process in others:
        process.start()

    def start_and_join():
        process = ctx.Process(target=nothing)
        process.start()
        process.join()

    took = timed(n, start_and_join)
    for process in others:
        process.kill()
        process.join()
    return took


def first(live, n):
    others = [ctx.Process(target=sleep, args=(600,)) for _ in range(live)]
    for process in others:
        process.start()
    took = 0
    for _ in range(n):
        victim = ctx.Process(target=sleep, args=(600,))
        victim.start()
        sleep(0.001)
        sentinels = [process.sentinel for process in [*others, victim]]
        began = perf_counter_ns()
        victim.kill()
        wait(sentinels)
        took += perf_counter_ns() - began
        victim.join()
    for process in others:
        process.kill()
        process.join()
    return took / n


def stream(size, n):
    queue = ctx.Queue() if size == 16 else ctx.Queue(IN_FLIGHT // size)
    message = PAIR if size == 16 else bytes(size)
    return crew(n, [lambda: queue.put(message), queue.get])


def two_to_two(_, n):
    queue = ctx.Queue()
    return crew(n // 2, [lambda: queue.put(PAIR)] * 2 + [queue.get] * 2) / 2


def ping_pong(_, n):
    there, back = ctx.Queue(), ctx.Queue()

    def echo():
        while True:
            back.put(there.get())

    def round_trip():
        there.put(PAIR)
        back.get()

    child = ctx.Process(target=echo)
    child.start()
    took = timed(n, round_trip)
    child.kill()
    child.join()
    return took


def reply(_, n):
    server, requests = ctx.Pipe()

    def serve():
        server.close()
        try:
            while True:
                question, end = requests.recv()
                end.send(question + 1)
                end.close()
        except EOFError:
            pass

    def ask():
        answer, end = ctx.Pipe()
        server.send((7, end))
        end.close()
        assert answer.recv() == 8
        answer.close()

    child = ctx.Process(target=serve)
    child.start()
    took = timed(n, ask)
    server.close()
    child.join()
    return took


def lock(processes, n):
    lock = ctx.Lock()

    def turn():
        lock.acquire()
        lock.release()

    return crew(n // processes, [turn] * processes) / processes


def barrier(processes, n):
    barrier = ctx.Barrier(processes)
    return crew(n, [barrier.wait] * processes)


def condition(_, n):
    changed, turn = ctx.Condition(), ctx.Value("i", 0, lock=False)

    def give(mine, following):
        with changed:
            while turn.value != mine:
                changed.wait()
            turn.value = following
            changed.notify()

    return crew(n, [lambda: give(0, 1), lambda: give(1, 0)])


def pool_map(chunk, n):
    with ctx.Pool(2) as pool:
        pool.map(square, range(n // 10), chunk or None)
        began = perf_counter_ns()
        pool.map(square, range(n), chunk or None)
        return (perf_counter_ns() - began) / n


def imap_unordered(_, n):
    with ctx.Pool(2) as pool:
        sum(pool.imap_unordered(square, range(n // 10)))
        began = perf_counter_ns()
        sum(pool.imap_unordered(square, range(n)))
        return (perf_counter_ns() - began) / n


def array_add(size, n):
    array, place = ctx.Array("Q", size), 0

    def add():
        nonlocal place
        place = (place + 1) % size
        with array.get_lock():
            array[place] += 1

    return timed(n, add)


def array_sum(size, n):
    array = ctx.Array("Q", [1] * size)
    return timed(n, lambda: sum(array[:]))


def deep(waiting, n):
    queue = ctx.Queue()
    for _ in range(waiting):
        queue.put(PAIR)

    def put_and_get():
        queue.put(PAIR)
        queue.get()

    took = timed(n, put_and_get)
    queue.cancel_join_thread()
    return took


def resident():
    with open("/proc/self/status") as status:
        lines = [line.split() for line in status]
    return sum(int(line[1]) * 1024 for line in lines if line[0] in ("RssAnon:", "RssShmem:"))


def memory(waiting, _, drain=False):
    queue = ctx.Queue()
    queue.put(PAIR)
    queue.get()
    before = resident()
    for i in range(waiting):
        queue.put((PAIR[0] + i, PAIR[1] + i))
    if drain:
        for _ in range(waiting):
            queue.get()
    queue.cancel_join_thread()
    return max(0, resident() - before)


def drained(waiting, _):
    return memory(waiting, _, drain=True)


what, size, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
print(float(globals()[what](size, n)), flush=True)
