"""``python -m v2x``."""

from v2x.cli.main import main

main()
