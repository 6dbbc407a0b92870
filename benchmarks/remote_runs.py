"""How much faster than real time a vehicle is driven from afar in SUMO: pictures packet by packet, everything recorded.

``python benchmarks/remote_runs.py`` prints simulated seconds per second of the processor and of the wall clock for

* ``closed``: ``wangwenzhuang-remote-slalom``, alone on the closed track;
* ``open``: ``xiqing-remote``, among normal traffic that talks over PC5.

The first seconds, in which modules and kernels are loaded, are left out.
"""

from __future__ import annotations

import json
import multiprocessing

from running import measured

RUNS = {
    "closed": ("wangwenzhuang-remote-slalom", (), 20.0),
    "open": ("xiqing-remote", (), 10.0),
}


def run() -> dict[str, dict[str, float]]:
    """Of all runs, each in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return dict(zip(RUNS, pool.starmap(measured, RUNS.values(), chunksize=1), strict=True))


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
