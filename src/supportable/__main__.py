"""`python -m supportable` is the command `supportable`."""

from supportable.cli import run

if __name__ == "__main__":
    run()
