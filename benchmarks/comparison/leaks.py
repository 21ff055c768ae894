"""Finds an API key in text and in files, plain or inside base64, as pickled providers are kept."""

from __future__ import annotations

import base64
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def count_key(content: bytes, key: str) -> int:
    """Returns how often a key is in there."""
    return sum(content.count(form) for form in _forms(key.encode()))


def count_key_in_file(file: Path, key: str) -> int:
    """Returns how often a key is in a file, or in the files of an archive."""
    if not zipfile.is_zipfile(file):
        return count_key(file.read_bytes(), key)
    with zipfile.ZipFile(file) as archive:
        return sum(count_key(archive.read(name), key) for name in archive.namelist())


def _forms(key: bytes) -> list[bytes]:
    """The key, and the three ways in which base64 writes it, by where it begins in a group of three bytes."""
    encoded = [base64.b64encode(bytes(begin) + key + bytes(3)) for begin in range(3)]
    # The first and the last letters depend on what stands around the key.
    return [key, *(text[4 if begin else 0 : -8] for begin, text in enumerate(encoded))]
