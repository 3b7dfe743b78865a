"""What the first visitor would wait for, made ready while the server starts.

The pages' modules bring pandas, plotly and the science with them: some seconds of reading. What
is there then stays for ever, so the collector of garbage need not go through it again: of every
run that takes 60 ms otherwise.
"""

import gc
import threading
from importlib import import_module
from pkgutil import iter_modules
from time import sleep

from streamlit import runtime

from agro import dashboard

_LOOK_EVERY_S = 0.1


def get_ready() -> threading.Thread:
    """Begin beside the server, which answers meanwhile."""
    thread = threading.Thread(target=_get_ready, name="ready", daemon=True)
    thread.start()
    return thread


def _get_ready() -> None:
    while not runtime.exists():  # what the pages keep is kept by it
        sleep(_LOOK_EVERY_S)
    for module in iter_modules(dashboard.__path__, f"{dashboard.__name__}."):
        import_module(module.name)
    gc.collect()
    gc.freeze()
