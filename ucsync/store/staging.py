"""Staging: the raw pages of a scan, kept until what they hold is published.

A page is one file under its final name: there are no temporary names to clean up, and a page that was
being written when its writer died is known by its checksum and dropped. To any zstd tool the file is
the body as received; before that stands a frame that such tools skip (RFC 8878 §3.1.2), with the
checksum of all that follows it and, as JSON, what is known of the page. A scan exists while its
`scan.json` does: that file is the first to be written and the first to be removed, so what a death in
between leaves is no scan, and goes when staging is next opened. State that is lost costs requests,
never rows.
"""

from contextlib import suppress
from pathlib import Path
from struct import Struct
from typing import Final
from zlib import crc32

import msgspec
import pyarrow as pa

from ucsync.model import PageNote, ScanHeader
from ucsync.store.files import Files, storage
from ucsync.store.lasting import damaged, make_lasting, remove_tree, write_lasting

_FORMAT: Final = 2
_HEADER: Final = "scan.json"
_SUFFIX: Final = ".json.zst"
# The cheapest level that is worth it: 9 to 1 on customers, 3.5 µs for each.
_ZSTD: Final = pa.Codec("zstd", compression_level=1)
# The frame that zstd tools skip: its magic number, the length of the rest of it, and our checksum,
# which is over everything behind these twelve bytes.
_FRAME: Final = Struct("<III")
_FRAME_MAGIC: Final = 0x184D2A50
_CRC_BYTES: Final = 4


class _HeaderFile(msgspec.Struct, frozen=True):
    """What `scan.json` holds; `crc` is the header's text's: a digit of its instant that is not as it was
    written would leave changes out."""

    format: int
    crc: int
    header: msgspec.Raw


class _PageFacts(msgspec.Struct, frozen=True):
    """What stands before a page's body; `bytes` is the body's length."""

    bytes: int
    note: PageNote


class StagedScan:
    """A scan in staging: its header and its pages, numbered from 1.

    Attributes:
        header: what it is.
        count: how many pages it has.
    """

    def __init__(self, files: Files, folder: Path, header: ScanHeader, count: int) -> None:
        self._files = files
        self._folder = folder
        self.header = header
        self.count = count

    def append(self, note: PageNote, body: bytes) -> int:
        """Keep one more page; when this returns it is on the disk, contents first, then its name.

        Args:
            note: how it was asked for and when it came.
            body: the answer as received.

        Returns:
            Its number.

        Raises:
            StorageFailed: it is not kept; the pages before it are.
        """
        path = _page_path(self._folder, self.count + 1)
        with storage("staging a page"):
            try:
                write_lasting(self._files, path, _packed(note, body))
                self._files.sync_folder(self._folder)
            except OSError:
                with suppress(OSError):  # what stays of it, its checksum gives away
                    self._files.remove(path)
                raise
        self.count += 1
        return self.count

    def replace(self, number: int, body: bytes) -> None:
        """Put another body in the place of a page's, in one step; its note stays.

        Args:
            number: of the page, from 1.
            body: that takes the walk to where the old one took it.

        Raises:
            StorageFailed: as `read` does; or the disk refuses, and the old page stands.
        """
        note = self.note(number)
        path = _page_path(self._folder, number)
        made = path.with_name(f"{path.name}.next")
        with storage("rewriting a staged page"):
            self._files.remove(made)
            write_lasting(self._files, made, _packed(note, body))
            self._files.rename(made, path)
            self._files.sync_folder(self._folder)

    def note(self, number: int) -> PageNote:
        """What is known of the page of this number (from 1).

        Raises:
            StorageFailed: as `read` does.
        """
        return self._checked(number)[0].note

    def read(self, number: int) -> tuple[PageNote, bytes]:
        """The page of this number (from 1): its note and its body, as they were handed in.

        Raises:
            StorageFailed: its file is gone or damaged. Opening staging anew cuts the scan there.
        """
        facts, packed = self._checked(number)
        with storage("reading a staged page"):  # zstd's errors are the operating system's, to pyarrow
            body: bytes = _ZSTD.decompress(pa.py_buffer(packed), facts.bytes, asbytes=True)
        return facts.note, body

    def _checked(self, number: int) -> tuple[_PageFacts, memoryview]:
        with storage("reading a staged page"):
            found = _checked(_page_path(self._folder, number).read_bytes())
        if found is None:
            mend = "run it again: the scan goes on before that page, which is fetched anew"
            raise damaged(f"staged page {number} of scan {self.header.scan} is damaged", mend)
        return found

    def discard(self) -> None:
        """Remove it all, the header first, so that half of it is never taken for a scan."""
        with storage("discarding staged pages"):
            self._files.remove(self._folder / _HEADER)
            self._files.sync_folder(self._folder)
            remove_tree(self._files, self._folder)
            self._files.sync_folder(self._folder.parent)


class Staging:
    """The scans of one merchant that are not published yet; normally one, or none.

    Attributes:
        mended: what the last `open_scan` had to set right, one line each, for the log.
    """

    def __init__(self, files: Files, folder: Path) -> None:
        """`folder` is `<state>/staging/<merchant>`; it need not exist."""
        self._files = files
        self._folder = folder
        self.mended: tuple[str, ...] = ()

    def open_scan(self) -> StagedScan | None:
        """The unfinished scan, to be gone on with or discarded; None when there is none.

        Every page is read: it ends before the first that is missing, torn or damaged, and the files
        of that one and those after it are removed. Of several scans the newest is taken; the others
        are removed, as is a scan without a header that can be read.

        Raises:
            StorageFailed: the disk refuses.
        """
        mended: list[str] = []
        opened: StagedScan | None = None
        with storage("opening staging"):
            for folder in self._scan_folders():
                header = header_of(folder)
                if header is None or opened is not None:
                    self._remove(folder)
                    why = "could not be read" if header is None else "is not the newest"
                    mended.append(f"discarded scan {folder.name}, which {why}")
                    continue
                count = _sound_pages(folder)
                cut = self._cut(folder, count)
                if cut:
                    mended.append(f"dropped {cut} staged page(s) after page {count} of scan {folder.name}")
                opened = StagedScan(self._files, folder, header, count)
        self.mended = tuple(mended)
        return opened

    def begin(self, header: ScanHeader) -> StagedScan:
        """A new scan without pages; when this returns its header is on the disk.

        Raises:
            StorageFailed: there is one of this id, or the disk refuses.
        """
        folder = self._folder / header.scan
        with storage("beginning a scan"):
            make_lasting(self._files, folder)
            text = msgspec.json.encode(header)
            data = msgspec.json.encode(_HeaderFile(_FORMAT, crc32(text), msgspec.Raw(text))) + b"\n"
            write_lasting(self._files, folder / _HEADER, data)
            self._files.sync_folder(folder)
        return StagedScan(self._files, folder, header, 0)

    def _scan_folders(self) -> list[Path]:
        """Newest first: ids begin with the time."""
        if not self._folder.exists():
            return []
        return sorted(self._folder.iterdir(), reverse=True)

    def _cut(self, folder: Path, count: int) -> int:
        """Remove the pages after `count`; how many those were."""
        beyond = [path for number, path in _pages(folder).items() if number > count]
        for path in beyond:
            self._files.remove(path)
        if beyond:
            self._files.sync_folder(folder)
        return len(beyond)

    def _remove(self, folder: Path) -> None:
        if folder.is_dir():
            self._files.remove(folder / _HEADER)
            self._files.sync_folder(folder)
        remove_tree(self._files, folder)
        self._files.sync_folder(self._folder)


def header_of(folder: Path) -> ScanHeader | None:
    """Of the scan in a folder; None when it is torn, damaged, of another format or another scan's."""
    try:
        found = msgspec.json.decode((folder / _HEADER).read_bytes(), type=_HeaderFile)
        if found.format != _FORMAT or found.crc != crc32(found.header):
            return None
        header = msgspec.json.decode(found.header, type=ScanHeader)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return header if header.scan == folder.name else None


def body_in(path: Path) -> bytes | None:
    """The body of a page by its file; None when that is torn or damaged. Raises OSError."""
    found = _checked(path.read_bytes())
    if found is None:
        return None
    facts, packed = found
    body: bytes = _ZSTD.decompress(pa.py_buffer(packed), facts.bytes, asbytes=True)
    return body


def _page_path(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}{_SUFFIX}"


def _pages(folder: Path) -> dict[int, Path]:
    numbers = {path.name.removesuffix(_SUFFIX): path for path in folder.glob(f"*{_SUFFIX}")}
    return {int(number): path for number, path in sorted(numbers.items()) if number.isdecimal()}


def _sound_pages(folder: Path) -> int:
    """How many there are from the first on without a gap or a fault."""
    pages, count = _pages(folder), 0
    while (path := pages.get(count + 1)) is not None and _checked(path.read_bytes()) is not None:
        count += 1
    return count


def _packed(note: PageNote, body: bytes) -> bytes:
    facts = msgspec.json.encode(_PageFacts(bytes=len(body), note=note))
    packed = _ZSTD.compress(body)
    crc = crc32(packed, crc32(facts))
    return b"".join((_FRAME.pack(_FRAME_MAGIC, _CRC_BYTES + len(facts), crc), facts, packed))


def _checked(data: bytes) -> tuple[_PageFacts, memoryview] | None:
    """What is known of a page and its body, still packed; None when the file is torn or damaged."""
    if len(data) < _FRAME.size:
        return None
    magic, length, crc = _FRAME.unpack_from(data)
    view, body_at = memoryview(data), _FRAME.size - _CRC_BYTES + length
    if magic != _FRAME_MAGIC or crc != crc32(view[_FRAME.size :]):
        return None
    try:
        facts = msgspec.json.decode(view[_FRAME.size : body_at], type=_PageFacts)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return facts, view[body_at:]
