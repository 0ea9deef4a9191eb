"""The workbench: one task on untrusted bytes, in a process of its own.

Run by `documents.child`: `python -I documents/children <task> <MB> <CPU seconds> <seconds> …`, what else a task needs
after that, the bytes on standard input, its answer on standard output. A folder that is run finds its own modules and
the libraries, and nothing of the portal. Each task has a module with `prepare` (what its libraries look for late is
fetched) and `main` (arguments, bytes); before the bytes are looked at no further file and no connection can be opened.
"""

import importlib
import resource
import signal
import sys

# What the process ends with when the file does not open.
UNREADABLE = 3


def limit(memory: int, cpu_seconds: int, wall_seconds: int) -> None:
    """Bind this process: memory in MB, processor time, no written files, an end in any case."""
    resource.setrlimit(resource.RLIMIT_AS, (memory * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(wall_seconds)


def main() -> None:
    """Fetch the tools, take the bytes, shut the doors, work."""
    name, limits, arguments = sys.argv[1], sys.argv[2:5], sys.argv[5:]
    task = importlib.import_module(name)
    limit(*map(int, limits))
    task.prepare(arguments)
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    try:
        task.main(arguments, data)
    except MemoryError:
        raise
    except Exception:
        sys.exit(UNREADABLE)


if __name__ == "__main__":
    main()
