"""`python -m supportable` is the command `supportable`."""

from supportable.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
