"""`python -m ucsync`."""

from ucsync.cli import main

if __name__ == "__main__":
    main()
