"""What happens in a year, event by event, as a hash: two years are the same when theirs are."""

from collections import deque
from hashlib import sha256
from pathlib import Path
from typing import Final

#: Events that are kept to be shown beside a failure.
KEPT: Final = 12


class Diary:
    """Takes down every request with its answer, change on disk, outcome and snapshot.

    Args:
        path: where all of it is written, to compare two years line by line; None for nowhere.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._hash = sha256()
        self._file = None if path is None else path.open("w", encoding="utf-8")
        self.events = 0
        self.newest: deque[str] = deque(maxlen=KEPT)

    def note(self, *event: object) -> None:
        """One event."""
        line = " ".join(map(str, event))
        self._hash.update(f"{line}\n".encode())
        self.events += 1
        self.newest.append(line)
        if self._file is not None:
            self._file.write(f"{line}\n")

    def digest(self) -> str:
        """Of all events so far."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Nothing more happens."""
        if self._file is not None:
            self._file.close()
