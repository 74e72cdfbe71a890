"""Whether the network is there, found out in seconds."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request

SECONDS = 3.0


def answers(url: str, seconds: float = SECONDS) -> bool:
    """Tell within ``seconds`` whether the server of an address answers, through a proxy if one is set.

    It is asked in a thread, since looking up a name has no time limit of its own.

    Args:
        url: an address on the server, of which only the head is asked for.
        seconds: how long to wait.
    """
    result: list[bool] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds):
                result.append(True)
        except urllib.error.HTTPError:
            result.append(True)  # it does not like the question, but it is there
        except (OSError, ValueError):
            result.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return result == [True]
