"""The server of the lessons beyond one machine, for the twins: a redis-server of their own, or one that is there.

LESSON_REDIS in the environment is the address of a server, redis://:password@host:port/, and
LESSON_REDIS_PASSWORD_FILE a file with its password. The package `redis` has all this, and more; here the
protocol is spoken by hand, so that nothing has to be installed.
"""

import ctypes
import multiprocessing
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

LIMIT = 10
ENDS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
PR_SET_PDEATHSIG = 1


class Refused(Exception):
    """What the server answers when it does not do what it is asked."""


class Connection:
    """A connection to a server. Each process needs one of its own."""

    def __init__(self, host, port, password):
        self.socket = socket.create_connection((host, port), timeout=LIMIT)
        self.socket.settimeout(None)
        self.answers = self.socket.makefile("rb")
        if password:
            self.ask("AUTH", password)
        self.ask("PING")

    def ask(self, *words):
        """One command, and its answer."""
        words = [str(word).encode() for word in words]
        command = b"*%d\r\n" % len(words)
        self.socket.sendall(command + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return self.answer()

    def answer(self):
        line = self.answers.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server has gone")
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise Refused(rest)
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if rest == "-1":
            return None
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        text = self.answers.read(int(rest) + 2)
        if len(text) != int(rest) + 2:
            raise ConnectionError("the server has gone")
        return text[:-2].decode()


class Server:
    """The server whose address is in the environment; else a new one, which ends with this program."""

    def __init__(self):
        address = os.environ.get("LESSON_REDIS")
        self.guard = None
        if address is None:
            self.start()
            return
        url = urllib.parse.urlsplit(address)
        self.host, self.port = url.hostname, url.port or 6379
        self.password = urllib.parse.unquote(url.password or "")
        file = os.environ.get("LESSON_REDIS_PASSWORD_FILE")
        if file is not None:
            with open(file) as text:
                self.password = text.read().rstrip()
        self.connect()

    def start(self):
        if shutil.which("redis-server") is None:
            print("This lesson needs redis-server: sudo apt-get install redis-server", file=sys.stderr)
            sys.exit(3)
        self.host, self.password = "127.0.0.1", secrets.token_hex(32)
        for _ in range(5):
            with socket.create_server((self.host, 0)) as free:
                self.port = free.getsockname()[1]
            self.guard = multiprocessing.Process(
                target=keep, args=(self.port, self.password, os.getpid()), name="server", daemon=True
            )
            self.guard.start()
            try:
                return self.connect()
            except SystemExit:
                # Unless somebody else has taken the port.
                if self.guard.exitcode is None:
                    raise
        sys.exit("redis-server does not start")

    def connect(self):
        """A connection to it. If it is away, this waits for it."""
        end = time.monotonic() + LIMIT
        while True:
            try:
                return Connection(self.host, self.port, self.password)
            except Refused as refused:
                if str(refused).startswith(("WRONGPASS", "NOAUTH")):
                    sys.exit(f"the server at {self.host}:{self.port} refuses the password")
                if not str(refused).startswith("LOADING") or time.monotonic() > end:
                    raise
            except OSError as error:
                if self.is_gone() or time.monotonic() > end:
                    sys.exit(f"no server answers at {self.host}:{self.port}: {error}")
            time.sleep(0.01)

    def is_gone(self):
        if self.guard is None:
            return False
        try:
            # A child of main, which may have ended and not been joined.
            with open(f"/proc/{self.guard.pid}/stat") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            return True

    def ask(self, redis, *words):
        """Asks until there is an answer, and connects anew if the server was away: for what may be done twice."""
        while True:
            done, answer = self.ask_once(redis, *words)
            if done:
                return answer

    def ask_once(self, redis, *words):
        """Whether there was an answer, and what. If not, nobody knows whether the server has done it."""
        try:
            return True, redis.ask(*words)
        except OSError:
            redis.__dict__.update(self.connect().__dict__)
            return False, None


def keep(port, password, main):
    """Keeps a server on this port until main ends, and takes it and its folder along."""
    signals = [*ENDS, signal.SIGCHLD]
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    # Main may have ended before the request.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != main:
        sys.exit(1)
    with tempfile.TemporaryDirectory(prefix="lesson-redis-") as folder:
        server = start(port, password, folder)
        while signal.sigwait(signals) not in ENDS:
            code = server.poll()
            if code is not None and code < 0:
                server = start(port, password, folder)
            elif code is not None:
                sys.exit(1)
        server.kill()
        server.wait()


def start(port, password, folder):
    """The password goes in with the configuration: whoever lists the processes sees their arguments."""

    def unblock():
        signal.pthread_sigmask(signal.SIG_SETMASK, [])

    server = subprocess.Popen(
        ["redis-server", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, preexec_fn=unblock
    )
    server.stdin.write(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder}\n"
        'appendonly yes\nappendfsync always\nsave ""\n'.encode()
    )
    server.stdin.close()
    return server
