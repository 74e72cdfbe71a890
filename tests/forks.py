"""A server of processes that have imported TensorFlow already: ``python tests/forks.py SOCKET``.

Importing TensorFlow takes 4 to 9 s of a processor, and the tests start some two dozen processes. This one
imports it and nothing else, and forks for each program that it is asked to run; `tests/processes.py` is the
other end. A request is ``{"arguments", "cwd", "env"}`` in JSON, as for ``python ARGUMENTS``, with the
descriptors of standard output and error. The answer is a line with how the process ended, as in `subprocess`.
"""

import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import types

import tensorflow  # noqa: F401

BASE = sys.path[1:]  # without the folder of this script


def serve(path):
    """Fork a process for each connection, which waits for the programs; return when the last of them ended.

    In a program's process return its arguments.
    """
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + ".new")
    listener.listen()
    os.rename(path + ".new", path)
    children = {None}  # until the first connection
    while children:
        if select.select([listener], [], [], 0.5)[0]:
            connection = listener.accept()[0]
            if not (child := os.fork()):
                listener.close()
                return answer(connection)
            connection.close()
            children = {*children, child} - {None}
        for child in children - {None}:
            if os.waitpid(child, os.WNOHANG)[0]:
                children.remove(child)
    return None


def answer(connection):
    """Fork for each request; return in the fork with the arguments of the program."""
    while request := receive(connection):
        size, files = request
        text = b""
        while len(text) < size:
            text += connection.recv(size - len(text))
        if not (child := os.fork()):
            connection.close()
            return become(files, **json.loads(text))
        for file in files:
            os.close(file)
        status = os.waitpid(child, 0)[1]
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    return None


def receive(connection):
    """Return the length of a request and its descriptors, ``None`` when there are no more."""
    head, files, _, _ = socket.recv_fds(connection, 8, 2)
    return (int.from_bytes(head, "big"), files) if head else None


def become(files, arguments, cwd, env):
    """Make this process as if it had been started with these descriptors, folder and environment."""
    for file, place in zip(files, (1, 2)):
        os.dup2(file, place)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[:] = [*filter(None, env.get("PYTHONPATH", "").split(os.pathsep)), *BASE]
    sys.orig_argv = [sys.executable, *arguments]
    return arguments


def run(arguments):
    """Do what Python does with ``-c CODE``, ``-m MODULE`` or a file, and the arguments after it."""
    kind, *rest = arguments
    if kind == "-m":
        sys.path.insert(0, os.getcwd())
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        return
    if kind != "-c":
        sys.path.insert(0, os.path.dirname(os.path.abspath(kind)))
        sys.argv = arguments
        runpy.run_path(kind, run_name="__main__")
        return
    sys.path.insert(0, "")
    sys.argv = ["-c", *rest[1:]]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(rest[0], "<string>", "exec"), vars(main))


def main():
    arguments = serve(sys.argv[1])
    if arguments is None:
        return
    try:
        run(arguments)
    except SystemExit:
        raise
    except BaseException as error:
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        sys.exit(1)


if __name__ == "__main__":
    gc.collect()
    gc.freeze()  # what a fork's end would look through: 2 s otherwise
    with contextlib.suppress(BrokenPipeError):
        main()
