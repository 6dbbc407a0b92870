"""``make bench``: all measurements as one JSON object."""

from __future__ import annotations

import json

import codec
import platoon
import platoon_peer
import platoon_runs
import remote_runs
import sidelink
import stack_cost
import sweep

if __name__ == "__main__":
    strings = {"study": platoon.run(), "times_real_time": platoon_runs.run(), "peer": platoon_peer.run()}
    print(
        json.dumps(
            {**stack_cost.run(), **sidelink.run(), "codec": codec.run()}
            | {"platoon": strings, "remote": remote_runs.run(), "sweep": sweep.run()},
            indent=2,
        )
    )
