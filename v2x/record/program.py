"""Which program made a row: its number, and a fingerprint of all that decides a result beside the scenario."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from v2x import __version__
from v2x.data import data_dir
from v2x.record.provenance import package_versions

#: Packages of this program, by name: those above the recorder measure what is recorded.
_PACKAGES = ("v2x", "v2x_roadside", "v2x_analysis")


@cache
def program_version() -> str:
    """Version of this program with twelve hexadecimal digits, such as ``0.1.0+5c1f0a7be213``.

    They change with any of its modules, ASN.1 modules, fields and tables of requirements, and with the versions of the
    packages that can change a result; neither with where it is installed nor how. Plug-ins of other packages and files
    that a scenario names are not looked into.
    """
    whole = hashlib.blake2b(digest_size=6)
    for name, file in _sources():
        content = file.read_bytes()
        whole.update(f"{name}:{len(content)}:".encode() + content)
    for package, version in sorted(package_versions().items()):
        whole.update(f"{package}={version}\n".encode())
    return f"{__version__}+{whole.hexdigest()}"


def _sources() -> Iterator[tuple[str, Path]]:
    """Names and files, in an order that hangs on the names alone."""
    for package in _PACKAGES:
        found = find_spec(package)
        for place in (found.submodule_search_locations or ()) if found is not None else ():
            # a wheel has the data folders inside of the package
            yield from ((name, file) for name, file in _below(Path(place), "*.py") if not name.startswith("v2x/_data/"))
    yield from _below(data_dir("asn1"), "*.asn*")
    for folder in ("common", "fields"):
        yield from _below(data_dir("scenarios") / folder, "*.*")


def _below(folder: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    files = {file.relative_to(folder.parent).as_posix(): file for file in folder.rglob(pattern) if file.is_file()}
    for name in sorted(files):
        yield name, files[name]
