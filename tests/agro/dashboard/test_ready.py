"""What is made ready beside a starting server."""

import json
import subprocess
import sys

# A process of its own: here everything is read already.
_READ = """
import gc, json, sys
from streamlit import runtime
from agro.dashboard.ready import get_ready
told = iter([True])
runtime.exists = lambda: next(told, False)  # as in a server, to who waits for it
before = "agro.dashboard.app" in sys.modules
get_ready().join()
print(json.dumps([before, "agro.dashboard.app" in sys.modules, "plotly" in sys.modules,
                  gc.get_freeze_count()]))
"""


def test_the_pages_modules_are_read_and_out_of_the_collector_s_way() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _READ], capture_output=True, text=True, check=True, timeout=300
    )
    before, after, drawing, frozen = json.loads(told.stdout)
    assert (before, after, drawing) == (False, True, True)
    assert frozen > 100_000
