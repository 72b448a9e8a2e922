"""A folder's files as one zip file, whose bytes depend on nothing but their names and contents."""

import shutil
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, BinaryIO, Final, cast
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from ucsync.store.files import PRIVATE_FILE, Files, storage

#: The earliest that a zip file can say; when the files were made stands in the manifest.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_PIECE: Final = 1024 * 1024


def zip_files(files: Files, file: BinaryIO, folder: Path, names: Iterable[str]) -> None:
    """Pack files of a folder, under the folder's own name, so that unpacking scatters nothing.

    Args:
        files: to write with.
        file: to write into, from its beginning.
        folder: in which they are.
        names: relative to it, with slashes.

    Raises:
        StorageFailed: a file cannot be read, or the disk refuses.
    """
    through = cast(IO[bytes], _Through(files, file))  # it has all that is needed of a file
    with storage("packing an archive"), ZipFile(through, "w", ZIP_DEFLATED) as packed:
        for name in sorted(names):
            told = ZipInfo(f"{folder.resolve().name}/{name}", _NO_TIME)
            told.compress_type, told.create_system = ZIP_DEFLATED, _UNIX
            told.external_attr = PRIVATE_FILE << 16
            told.file_size = (folder / name).stat().st_size  # decides how its length is written
            with (folder / name).open("rb") as source, packed.open(told, "w") as target:
                shutil.copyfileobj(source, target, _PIECE)


def has_file(packed: Path, folder: Path, name: str) -> bool:
    """Whether a zip file that `zip_files` may have made holds this file of the folder as it is now.

    Args:
        packed: the zip file, which need not be there, nor be one.
        folder, name: as there.

    Raises:
        StorageFailed: the disk refuses to tell.
    """
    with storage(f"looking at {packed.name}"):
        if not packed.is_file():
            return False
        try:
            with ZipFile(packed) as opened:
                return opened.read(f"{folder.resolve().name}/{name}") == (folder / name).read_bytes()
        except (BadZipFile, EOFError, KeyError, RuntimeError, zlib.error):
            # another file, a damaged one, or somebody's with a password or a compression that is not ours
            return False


class _Through:
    """A file that is written with `Files`: an unbuffered one may take less than it is given."""

    def __init__(self, files: Files, file: BinaryIO) -> None:
        self._files = files
        self._file = file

    def write(self, data: bytes) -> int:
        self._files.write(self._file, data)
        return len(data)

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def flush(self) -> None:
        self._file.flush()
