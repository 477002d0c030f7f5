"""A secret of this machine, from which held-out data are drawn.

Generators and seeds are public: a candidate could make its own test again and learn it by
heart. It cannot know this number, which is made once and lies outside every sandbox.
"""

from __future__ import annotations

import functools
import os
import secrets
import tempfile
from pathlib import Path

VARIABLE = "DISCOVER_SECRET"
BITS = 128


class SecretError(ValueError):
    """The secret cannot be read or made; the message is one line for the user."""


@functools.cache
def machine_secret() -> int:
    """The secret: of DISCOVER_SECRET where it is set, else of a file made when first needed.

    The same secret on two machines gives the same held-out data there. Raises SecretError.
    """
    text = os.environ.get(VARIABLE) or _stored()
    try:
        return int(text, 16)
    except ValueError:
        raise SecretError(f"{VARIABLE} or {path()} must hold a hexadecimal number") from None


def path() -> Path:
    """Where the secret lies, readable by its owner alone."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "discover" / "secret"


def _stored() -> str:
    file = path()
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            _make(file)
        return file.read_text(errors="replace").strip()
    except OSError as error:
        raise SecretError(f"cannot keep a secret at {file}: {error.strerror}") from error


def _make(file: Path) -> None:
    """Put a new secret at `file`, whole or not at all; the first of several makers wins."""
    descriptor, own = tempfile.mkstemp(dir=file.parent)  # readable by its owner alone
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(BITS // 8))
        try:
            os.link(own, file)
        except FileExistsError:
            pass
        except OSError:  # the file system knows no hard links
            Path(own).replace(file)
    finally:
        Path(own).unlink(missing_ok=True)
