"""Plans as files: one line a step, written once, sealed by a digest, readable by their owner only.

The first line is the header, then come steps, what a person has to decide, and what cannot be sent; the
last line holds the SHA-256 of all bytes before it. Numbers stand by their digits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Final, TypeVar

import msgspec

from ucsync.model import InputUnusable, Misused
from ucsync.model.pushes import PlanHeader, Queued, Rejected, Step
from ucsync.store.files import Files, storage
from ucsync.store.lasting import make_lasting

FORMAT: Final = 1

_NONE: Final = Decimal("-Infinity")
_AGAIN: Final = "make the plan again"
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class _HeaderLine(msgspec.Struct, frozen=True):
    format: int
    plan: PlanHeader


class _Lines(msgspec.Struct, frozen=True):
    """Any other line; exactly one of them is given."""

    step: Step | None = None
    queued: Queued | None = None
    rejected: Rejected | None = None
    digest: str | None = None


_FORMATS: Final = msgspec.json.Decoder(dict[str, Any])
_HEADERS: Final = msgspec.json.Decoder(_HeaderLine, float_hook=Decimal)
_OTHERS: Final = msgspec.json.Decoder(_Lines, float_hook=Decimal)

T = TypeVar("T", Step, Queued, Rejected)


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan on the disk.

    Attributes:
        path: of the file.
        header: what stands at its head.
        digest: SHA-256 of all bytes before the last line, in hex.
    """

    path: Path
    header: PlanHeader
    digest: str

    @property
    def id(self) -> str:
        """Of the plan, and of the push that it becomes."""
        return plan_id(self.header.created_at, self.digest)

    def steps(self) -> Iterator[Step]:
        """In the order of sending; see `_read`."""
        return self._read("step", Step)

    def queued(self) -> Iterator[Queued]:
        """What a person has to decide, in the order of rows; see `_read`."""
        return self._read("queued", Queued)

    def rejected(self) -> Iterator[Rejected]:
        """What cannot be sent, in the order of rows; see `_read`."""
        return self._read("rejected", Rejected)

    def _read(self, kind: str, _: type[T]) -> Iterator[T]:
        """All of one kind.

        Raises:
            InputUnusable: at the end at the latest, when the file is not as it was when it was opened.
        """
        start, digest = f'{{"{kind}":'.encode(), sha256()
        with storage("reading a plan"), self.path.open("rb") as file:
            waiting = b""
            for line in file:
                digest.update(waiting)
                if waiting.startswith(start):
                    yield getattr(_decoded(_OTHERS, waiting), kind)
                waiting = line
        if digest.hexdigest() != self.digest:
            raise _unusable("the plan's file was changed while it was read")


def plan_id(created_at: datetime, digest: str) -> str:
    """Of a plan, from its digest in hex."""
    return f"{created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest[:8]}"


@dataclass(slots=True)
class _Spool:
    """Lines on the disk without a name, so that a death leaves nothing; ordered when they are read."""

    file: IO[bytes]
    ends: list[int] = field(default_factory=lambda: [0])
    keys: list[Any] = field(default_factory=list)

    def add(self, line: bytes, key: Any) -> None:
        self.file.write(line)
        self.ends.append(self.ends[-1] + len(line))
        self.keys.append(key)

    def line(self, place: int) -> bytes:
        start = self.ends[place]
        self.file.seek(start)
        return self.file.read(self.ends[place + 1] - start)

    def in_order(self) -> Iterator[bytes]:
        for place in sorted(range(len(self.keys)), key=self.keys.__getitem__):
            yield self.line(place)


class PlanDraft:
    """What a plan will hold, encoded as it comes and kept on the disk, as a context.

    Args:
        files: the file system.
        out: where the plan will be: a folder that exists, or a file that does not.

    Raises:
        Misused: there is such a file already.
        StorageFailed: the disk refuses, here and in every operation.
    """

    def __init__(self, files: Files, out: Path) -> None:
        self._files = files
        self._out = out
        self._folder = out if out.is_dir() else out.parent
        if self._folder == out.parent and out.exists():
            raise Misused(f"there is a file {out.name} already; a plan is written once, give another name")
        with storage("beginning a plan"):
            make_lasting(files, self._folder)
            self._steps, self._queued, self._rejected = (
                _Spool(TemporaryFile(dir=self._folder))  # noqa: SIM115 - closed when the draft is left
                for _ in range(3)
            )
        self._rests_on: dict[int, tuple[int, ...]] = {}

    def add(self, step: Step) -> int:
        """One more step.

        Args:
            step: its own number counts for nothing; `rests_on` holds what this gave for earlier ones.

        Returns:
            What later steps name it by, from 1; the number in the plan is another.
        """
        with storage("writing a plan"):
            self._steps.add(_ENCODER.encode({"step": step}), step.worth)
        number = len(self._steps.keys)
        if step.rests_on:
            self._rests_on[number] = step.rests_on
        return number

    def queue(self, queued: Queued) -> None:
        """One more change for a person to decide on."""
        with storage("writing a plan"):
            self._queued.add(_ENCODER.encode({"queued": queued}), queued.row)

    def reject(self, rejected: Rejected) -> None:
        """One more row or cell that cannot be sent."""
        with storage("writing a plan"):
            self._rejected.add(_ENCODER.encode({"rejected": rejected}), rejected.row)

    def seal(self, header: PlanHeader) -> PlanFile:
        """Write the plan; it is whole and on the disk when it has its name.

        Steps come by worth, greatest first, those without any last, and else in the order in which they
        were added. One that others rest on is worth at least as much as they.

        Raises:
            Misused: a file of its name has appeared.
        """
        name = sha256(f"{header.merchant} {header.created_at.isoformat()} {header.source_sha256}".encode())
        building = self._folder / f".{name.hexdigest()[:16]}.building"
        with storage("writing a plan"):
            self._files.remove(building)
            try:
                digest = self._write(building, header)
                path = self._named(header, digest)
                self._files.link(building, path)
            except FileExistsError:
                raise Misused("there is a file of the plan's name already; nothing was written") from None
            finally:
                self._files.remove(building)
            self._files.sync_folder(self._folder)
        return PlanFile(path, header, digest)

    def _named(self, header: PlanHeader, digest: str) -> Path:
        if self._out != self._folder:
            return self._out
        return self._folder / f"{plan_id(header.created_at, digest)}.plan"

    def _write(self, path: Path, header: PlanHeader) -> str:
        """The whole file, synced; its digest."""
        digest, pieces, size = sha256(), list[bytes](), 0
        with self._files.create(path) as file:
            for line in self._lines(header):
                pieces.append(line)
                size += len(line)
                if size > 1 << 20:
                    digest.update(whole := b"\n".join([*pieces, b""]))
                    self._files.write(file, whole)
                    pieces, size = [], 0
            digest.update(whole := b"\n".join([*pieces, b""]))
            seal = _ENCODER.encode({"digest": digest.hexdigest()})
            self._files.write(file, whole + seal + b"\n")
            self._files.sync(file)
        return digest.hexdigest()

    def _lines(self, header: PlanHeader) -> Iterator[bytes]:
        yield _ENCODER.encode(_HeaderLine(FORMAT, header))
        yield from self._numbered()
        yield from self._queued.in_order()
        yield from self._rejected.in_order()

    def _numbered(self) -> Iterator[bytes]:
        worth = [_NONE if held is None else held for held in self._steps.keys]
        for number in sorted(self._rests_on, reverse=True):  # what is rested on was added earlier
            for other in self._rests_on[number]:
                worth[other - 1] = max(worth[other - 1], worth[number - 1])
        order = sorted(range(len(worth)), key=lambda place: -worth[place])
        numbers = {place + 1: number for number, place in enumerate(order, 1)} if self._rests_on else {}
        for number, place in enumerate(order, 1):
            line = self._steps.line(place)
            if place + 1 in self._rests_on:
                step = _decoded(_OTHERS, line).step
                line = _ENCODER.encode(
                    {"step": replace(step, rests_on=tuple(sorted(numbers[one] for one in step.rests_on)))}
                )
            yield b'{"step":{"number":%d' % number + line[line.index(b",") :]

    def __enter__(self) -> "PlanDraft":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for spool in (self._steps, self._queued, self._rejected):
            spool.file.close()


def read_plan(path: Path) -> PlanFile:
    """A plan that was written by this version's format, whole and unchanged.

    Raises:
        InputUnusable: there is none, it is torn, it was edited, or of another format; the text says which.
    """
    if not path.exists():
        raise InputUnusable(f"{path}: there is no such file")
    try:
        return _read(path)
    except InputUnusable as fault:
        raise _unusable(f"{path}: {fault}") from None


def _read(path: Path) -> PlanFile:
    digest, first, last = sha256(), b"", b""
    try:
        with path.open("rb") as file:
            for line in file:
                first = first or line
                digest.update(last)
                last = line
    except OSError as fault:
        raise _unusable(f"it cannot be read: {fault.strerror}") from None
    header = _header(first)
    sealed = last.startswith(b'{"digest":') and last.endswith(b"\n")
    if not sealed:
        raise _unusable("the plan is torn: its last line is missing")
    if _decoded(_OTHERS, last).digest != digest.hexdigest():
        raise _unusable("the plan was edited, or is damaged: it is not what its digest says")
    return PlanFile(path, header, digest.hexdigest())


def _header(line: bytes) -> PlanHeader:
    try:
        told = _FORMATS.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        told = {}
    if "plan" not in told:
        raise _unusable("this is no plan of ucsync's")
    if told.get("format") != FORMAT:
        raise _unusable("the plan is of another version of ucsync, in a format that this one does not know")
    header: PlanHeader = _decoded(_HEADERS, line).plan
    return header


def _decoded(decoder: Any, line: bytes) -> Any:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError):
        raise _unusable("the plan is damaged: a line of it is not as it was written") from None


def _unusable(what: str) -> InputUnusable:
    failure = InputUnusable(what)
    failure.mend = _AGAIN
    return failure
