"""Keyed hashes in SQL, and the key: made once, kept with the state, never in a warehouse."""

from collections.abc import Callable
from pathlib import Path
from secrets import token_bytes
from typing import Final

from ucsync.model import Hashing
from ucsync.store.files import Files, storage
from ucsync.store.lasting import damaged, make_lasting, write_lasting

KEY_BYTES: Final = 32
_BLOCK_BYTES: Final = 64  # of SHA-256: what a key is filled up to (RFC 2104)
_INNER, _OUTER = 0x36, 0x5C


def key_of(files: Files, folder: Path, merchant: str, draw: Callable[[int], bytes] = token_bytes) -> bytes:
    """A merchant's key; made when there is none yet. One builder at a time (a lock sees to that).

    A key that is lost costs nothing but that hashes of later warehouses are others.

    Args:
        files: the file system.
        folder: `<state>/privacy`.
        merchant: name of the configuration's section.
        draw: so many bytes that nobody can guess.

    Raises:
        StorageFailed: it cannot be read or kept, or is damaged.
    """
    path = folder / f"{merchant}.key"
    with storage("the key of a merchant's hashes"):
        if not path.exists():
            half_made = folder / f"{merchant}.key.next"
            make_lasting(files, folder)
            files.remove(half_made)
            write_lasting(files, half_made, draw(KEY_BYTES))
            files.rename(half_made, path)
            files.sync_folder(folder)
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        mend = "restore it from a backup; or remove it, and all hashes are others from then on"
        raise damaged(f"the file privacy/{path.name} of the state is damaged", mend)
    return key


def hash_sql(hashing: Hashing, key: bytes, value: str) -> str:
    """The expression for the hash of a text in Base64, null for null.

    Args:
        hashing: with the key, or as the vendor has it.
        key: at most 64 bytes.
        value: the expression for the text.
    """
    if hashing is Hashing.SHA256_BASE64:
        return f"to_base64(unhex(sha256(encode({value}))))"
    inner, outer = (_pad(key, byte) for byte in (_INNER, _OUTER))
    return f"to_base64(unhex(sha256({outer} || unhex(sha256({inner} || encode({value}))))))"


def _pad(key: bytes, byte: int) -> str:
    filled = bytes(one ^ byte for one in key.ljust(_BLOCK_BYTES, b"\0"))
    return "'" + "".join(f"\\x{one:02X}" for one in filled) + "'::BLOB"
