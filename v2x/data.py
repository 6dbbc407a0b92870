"""Where the ASN.1 modules and the shipped scenarios lie: in the checkout if there is one, else in the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Folder ``asn1`` or ``scenarios``.

    The checkout comes first: an editable install leaves a stale copy of the data in site-packages.
    """
    checkout = _PACKAGE.parent / name
    if (_PACKAGE.parent / "pyproject.toml").exists() and checkout.is_dir():
        return checkout
    return _PACKAGE / "_data" / name
