"""JUnit's XML, as the CI systems that read it understand it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from v2x.record.folder import write_atomic

#: What XML 1.0 has no place for, such as in the name of a file.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Case:
    """A test case: its name, and if it failed, in short and in full why."""

    name: str
    failure: tuple[str, str] | None = None


def write_junit(path: Path, suite: str, cases: Sequence[Case]) -> None:
    """Write a suite of test cases; `RunFolderError` if it cannot be written."""
    failures = sum(case.failure is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "skipped": "0"}
    root = ET.Element("testsuite", {"name": suite, **counts})
    for case in cases:
        element = ET.SubElement(root, "testcase", classname=suite, name=case.name)
        if case.failure is not None:
            short, full = case.failure
            ET.SubElement(element, "failure", message=short).text = full
    text = _NO_XML.sub("\ufffd", ET.tostring(root, encoding="unicode"))
    write_atomic(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')
