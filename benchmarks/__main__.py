"""``make bench``: all measurements as one JSON object."""

from __future__ import annotations

import json

import codec
import platoon
import sidelink
import stack_cost

if __name__ == "__main__":
    print(json.dumps({**stack_cost.run(), **sidelink.run(), "codec": codec.run(), "platoon": platoon.run()}, indent=2))
