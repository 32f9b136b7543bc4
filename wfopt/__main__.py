"""`python -m wfopt` is the same program as the `wfopt` script."""

from wfopt.cli.main import main

if __name__ == "__main__":
    main()
