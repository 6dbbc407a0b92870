"""``python -m v2x``."""

from v2x.cli.main import main

if __name__ == "__main__":  # the processes of a sweep import it, too
    main()
