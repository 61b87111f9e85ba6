"""``python -m journeymap`` is the command line."""

from journeymap.cli import main

if __name__ == "__main__":
    main()
