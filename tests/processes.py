"""Programs in processes of their own: ``python(...)`` is ``subprocess.run([sys.executable, ...])``.

By default the process is forked from one that has imported TensorFlow and nothing else (`tests/forks.py`),
which spares 4 to 9 s of a processor each time. Where a test is about the start or the end of a process it
says ``fresh=True``, and `make exhaustive` starts all of them anew.
"""

import contextlib
import fcntl
import functools
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[1]
_RUN = subprocess.run  # which the fixture `forked` replaces
_FOLDER = "TFK_EXT_FORKS"  # of the socket: the test processes share one server
# What has been read when TensorFlow is imported: a program with other values of these is started anew.
_READ_EARLY = ("TF_", "XLA_", "KERAS_", "CUDA_", "OMP_", "OPENBLAS_", "PYTHON")
_ANEW = sys.platform != "linux" or bool(os.environ.get("TFK_EXT_EXHAUSTIVE"))


def python(*arguments, cwd=ROOT, env=None, fresh=False):
    """Run ``python ARGUMENTS``: ``-c CODE``, ``-m MODULE`` or a file, and what follows it.

    Args:
        arguments: of the command line.
        cwd: the folder it runs in; by default the root of the repository.
        env: variables besides those of this process.
        fresh: whether Python has to be started anew.

    Returns:
        The `subprocess.CompletedProcess`, whose output is text.
    """
    arguments = [str(argument) for argument in arguments]
    here = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    path = os.pathsep.join(filter(None, (str(ROOT), here.get("PYTHONPATH"))))
    env = {**here, "PYTHONPATH": path, **(env or {})}
    if fresh or _ANEW or _early(env) != _early(here):
        command = [sys.executable, *arguments]
        return _RUN(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = _forked(arguments, str(cwd), env, [out.fileno(), err.fileno()])
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), err.read())


def run(command, *, cwd=None, env=None, **options):
    """Stand in for `subprocess.run` where the command is this Python."""
    if command[0] != sys.executable:
        return _RUN(command, cwd=cwd, env=env, **options)
    done = python(*command[1:], cwd=cwd or os.getcwd(), env=env)
    if options.get("check"):
        done.check_returncode()
    return done


def _early(env):
    return {k: v for k, v in env.items() if k.startswith(_READ_EARLY) and k != "PYTHONPATH"}


def _forked(arguments, cwd, env, files):
    request = json.dumps({"arguments": arguments, "cwd": cwd, "env": env}).encode()
    connection = _connection()
    socket.send_fds(connection, [len(request).to_bytes(8, "big")], files)
    connection.sendall(request)
    answer = b""
    while not answer.endswith(b"\n"):
        more = connection.recv(100)
        assert more, "the server of processes has ended"
        answer += more
    return int(answer)


@functools.cache
def _connection():
    """Connect to the server, and start it if nobody did: it ends with its last connection."""
    folder = pathlib.Path(os.environ[_FOLDER])
    path = folder / "socket"
    connection = socket.socket(socket.AF_UNIX)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(OSError):
            connection.connect(str(path))
            return connection
        env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        with open(folder / "log", "w") as log:
            server = subprocess.Popen(
                [sys.executable, ROOT / "tests" / "forks.py", path],
                env={**env, "TF_CPP_MIN_LOG_LEVEL": "3"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        while not path.exists():
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        connection.connect(str(path))
    return connection
