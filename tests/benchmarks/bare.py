"""The command as its users have it: without the libraries that only the tests bring along."""

#: pyarrow imports pandas and numpy where it finds them; only the tests of ucsync bring them along.
BARE = """
import sys

class Absent:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("pandas", "numpy"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
from ucsync.cli import main
main()
"""
