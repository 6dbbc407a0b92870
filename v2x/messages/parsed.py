"""ASN.1 modules as asn1tools parses them, kept between runs: its parser takes over a second for a message set.

Each file of modules is kept as JSON under a digest of its text, in the cache folder of the user. Whatever is wrong with
what is kept, or with the folder, only means to parse again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from asn1tools.parser import parse_string

#: Module name -> asn1tools' description of it: dicts, lists, tuples, strings, numbers and None.
Modules = dict[str, Any]

#: So many files are kept, those that were written last: our own are some fifty.
_KEPT_FILES = 500
#: The only member of what stands for a tuple, which JSON does not have.
_TUPLE = "()"
#: What else the content depends on.
_FORM = f"1 asn1tools {metadata.version('asn1tools')}"


def parsed(text: str) -> Modules:
    """The modules of an ASN.1 text, each call anew (compiling changes them); errors are those of asn1tools."""
    try:
        file = _folder() / f"{_digest(_FORM + text)}.json"
    except RuntimeError:  # a user without a home
        return _parse(text)
    modules = _kept(file)
    if modules is None:
        modules = _parse(text)
        with suppress(OSError):  # a folder that cannot be written
            _keep(file, modules)
    return modules


def _parse(text: str) -> Modules:
    modules: Modules = parse_string(text)
    return modules


def _folder() -> Path:
    """Where they are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "v2x-testfield" / "asn1"


def _kept(file: Path) -> Modules | None:
    """What a file holds, None if there is none or it is not as it was written."""
    try:
        digest, content = file.read_text(encoding="utf-8").split("\n", 1)
    except (OSError, ValueError):
        return None
    if digest != _digest(content):
        return None
    modules: Modules = json.loads(content, object_hook=_with_tuples)
    return modules


def _keep(file: Path, modules: Modules) -> None:
    """Write a file in one piece, since others may be reading and writing it, and forget the oldest ones."""
    content = json.dumps(_without_tuples(modules), ensure_ascii=False, separators=(",", ":"))
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".new", encoding="utf-8", delete=False) as new:
        new.write(f"{_digest(content)}\n{content}")
    Path(new.name).replace(file)
    by_age = sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for old in by_age[:-_KEPT_FILES]:
        old.unlink(missing_ok=True)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _without_tuples(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_tuples(child) for name, child in node.items()}
    if isinstance(node, list | tuple):
        children = [_without_tuples(child) for child in node]
        return {_TUPLE: children} if isinstance(node, tuple) else children
    return node


def _with_tuples(node: dict[str, Any]) -> Any:
    return tuple(node[_TUPLE]) if _TUPLE in node else node
