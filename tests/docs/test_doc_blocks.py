"""Every command on every page can be executed or says why not; and names a verb, options and files that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from doc_commands import LANGUAGES, blocks, execute
from doc_pages import PAGES, ROOT, name, tokens

from v2x.cli.main import cli

#: What ends a command in a shell.
_ENDS = {"|", "||", "&", "&&", ";", ">", "<"}


def calls(page: Path) -> Iterator[list[str]]:
    """Calls of ``v2x`` in the console blocks of a page, executed or not, without its own name."""
    for block in blocks(page):
        if block.language != "console":
            continue
        for command in block.commands():
            words = shlex.shlex(command.text.replace("\\\n", " "), posix=True, punctuation_chars="|&;<>")
            words.whitespace_split = True
            call: list[str] | None = None
            for word in [*words, ";"]:
                if word in _ENDS:
                    if call is not None:
                        yield call
                    call = None
                elif call is not None:
                    call.append(word)
                elif Path(word).name == "v2x":
                    call = []


def parse(call: list[str]) -> None:
    """Raise `click.UsageError` for a verb or an option that does not exist."""
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        verb, call = call[0], call[1:]
        found = command.get_command(context, verb)
        if found is None:
            raise click.UsageError(f"no verb {verb}")
        command, context = found, click.Context(found, parent=context, info_name=verb)
    command.make_parser(context).parse_args(list(call))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_blocks_say_what_they_are(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{page}:{block.line}"
        if block.language == "console":
            assert all(command.text for command in block.commands())
        elif block.language != "python":
            assert block.skip is None  # nothing else is run anyway


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_marks_stand_before_blocks(page: Path) -> None:
    """A mark with a slip of the pen, or before something else, would be none."""
    intended = [token for token in tokens(page) if re.match(r"<!--\s*(not run|exit|file)\b", token.content)]
    assert len(intended) == sum(bool(block.skip or block.code or block.file) for block in blocks(page))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_verbs_and_options_exist(page: Path) -> None:
    for call in calls(page):
        parse(call)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_of_the_repository_exist(page: Path) -> None:
    for block in blocks(page):
        if block.language == "console":
            for path in re.findall(r"(?<![\w./-])(?:tests|examples|benchmarks)/[\w./-]+", block.text):
                assert (ROOT / path).exists(), f"{page}:{block.line}: {path}"


PAGE = """
<!-- file: sub/a.txt -->
```
one
```

```console
$ cat sub/a.txt > \\
    b.txt; cat b.txt
one
$ echo 1 2 3
1 ... 3
```

<!-- exit 3: it says so -->
```console
$ exit 3
$ test -d .venv -a -d examples; exit $(($? + 3))
```

<!-- not run: it cannot -->
```console
$ exit 4
```

```python
b = open("b.txt").read()
```

```python
assert b.strip() == "one"
```
"""


def test_a_page_is_executed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    (tmp_path / "here").mkdir()
    execute(page, tmp_path / "here")
    assert (tmp_path / "here" / "b.txt").read_text(encoding="utf-8") == "one\n"


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("1 ... 3", "1 ... 4", "and not"),
        ("$ exit 3\n", "$ exit 0\n", "exit code 0, not 3"),
        ("<!-- not run: it cannot -->", "", "exit code 4, not 0"),
        ('"one"', '"two"', "AssertionError"),
    ],
)
def test_a_page_that_is_wrong_is_found(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace(right, wrong), encoding="utf-8")
    (tmp_path / "here").mkdir()
    with pytest.raises(AssertionError, match=fault):
        execute(page, tmp_path / "here")


@pytest.mark.parametrize("call", ["rum xiqing-open", "run xiqing-open --durration 3", "rsu serf"])
def test_calls_that_are_wrong_are_found(call: str) -> None:
    with pytest.raises(click.UsageError):
        parse(call.split())
