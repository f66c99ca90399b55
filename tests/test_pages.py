"""Every command in a code block of a page runs here, and prints what stands below it.

`CONTRIBUTING.md` lists the comments that say how a block is to be run.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.pages_from_code import DOCS, commands
from benchmarks.reference import REFERENCE, REPOSITORY

PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
PAGES |= {n: (REPOSITORY / n).read_text(encoding="utf-8") for n in ("README.md", "CONTRIBUTING.md")}
BLOCK = re.compile(
    r"^(?: *<!-- test: (?P<how>.+?) -->\n)?(?:`(?P<file>\S+)`:\n\n)?"
    r"(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^(?P=indent)```$",
    re.S | re.M,
)
A_COMMAND = re.compile(r"^\$? ?(?:\S*/)?(?:actbench|python3?|pip|pytest|\.ci/run|mkdocs) ?.*", re.M)
Actbench = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Block:
    """A code block. `how`: the comment before it; `file`: the file that it is."""

    how: str
    file: str
    language: str
    body: str

    @property
    def is_session(self) -> bool:
        """Whether it has commands to run, and what they print."""
        return not self.language and self.body.startswith("$ ") and not self.is_left_out

    @property
    def is_left_out(self) -> bool:
        return self.how.startswith("not run")

    @property
    def is_slow(self) -> bool:
        return self.how.startswith(("slow", "cut to "))

    @property
    def more_words(self) -> list[str]:
        """What is added to each command, so that it takes less time."""
        return shlex.split(self.how.removeprefix("cut to ")) if self.how.startswith("cut") else []

    @property
    def exit_code(self) -> int:
        return int(self.how.split()[-1]) if self.how.startswith("ends with") else 0

    def commands(self) -> Iterator[tuple[list[str], list[str]]]:
        """The words of each command, and the lines that stand below it."""
        for part in re.split(r"^\$ ", self.body, flags=re.M)[1:]:
            command, _, printed = part.replace("\\\n", " ").partition("\n")
            yield shlex.split(command), printed.rstrip().splitlines()


def blocks(page: str) -> list[Block]:
    """The code blocks of a page, in order."""
    found = []
    for match in BLOCK.finditer(PAGES[page]):
        body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.M)
        named = re.match(r"# (\S+\.\w+)\n", body)
        file = match["file"] or (named[1] if named else "")
        found.append(Block(match["how"] or "", file, match["language"], body))
    return found


def is_slow(page: str) -> bool:
    return any(block.is_slow for block in blocks(page))


def with_something_to_run(page: str) -> bool:
    return any(block.is_session or ">>> " in block.body for block in blocks(page))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder like a checkout: with the committed tables, and two runs of one spec."""
    places = {table: f"reference/{table.name}" for table in REFERENCE.iterdir() if table.is_dir()}
    for place in (*places.items(), *((REFERENCE / "boston_output", p) for p in TWO_BRANCHES)):
        target = tmp_path / "results" / place[1]
        target.mkdir(parents=True)
        for file in place[0].iterdir():
            if file.is_file():
                (target / file.name).symlink_to(file)
    return tmp_path


TWO_BRANCHES = ("main/wine_model", "branch/wine_model")


def run_page(page: str, folder: Path, actbench: Actbench) -> None:
    """Write the files that the page shows, and run its blocks in their order."""
    for block in blocks(page):
        if block.file:
            target = folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.body, encoding="utf-8")
    for block in blocks(page):
        if block.is_session:
            run_session(block, folder, actbench)
        elif block.language == "python" and not (block.file or block.is_left_out):
            run_python(page, block, folder)


def _timeless(lines: list[str]) -> str:
    """The lines without expected times, which depend on the number of cores."""
    return re.sub(r"about \d+ (s|min|h)\b", "about so long", "\n".join(lines))


def run_session(block: Block, folder: Path, actbench: Actbench) -> None:
    for (program, *words), printed in block.commands():
        if program == "python":
            subprocess.run([sys.executable, *words], cwd=folder, check=True)
            continue
        assert program == "actbench"
        more = block.more_words if words[0] == "run" else []
        done = actbench(*words, *more, before=("env", "COLUMNS=80"), cwd=folder)
        assert done.returncode == block.exit_code, done.stderr
        if printed and not more:
            lines = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
            assert _timeless(lines) == _timeless(printed)


def run_python(page: str, block: Block, folder: Path) -> None:
    """Run a program; of a session with `>>>`, run all of the page in one go, at its first block."""
    if not block.body.startswith(">>> "):
        subprocess.run([sys.executable, "-c", block.body], cwd=folder, check=True)
        return
    sessions = [b for b in blocks(page) if b.body.startswith(">>> ")]
    if block != sessions[0]:
        return
    text = "\n".join(b.body for b in sessions)
    before = Path.cwd()
    os.chdir(folder)
    try:
        session = doctest.DocTestParser().get_doctest(text, {}, page, None, 0)
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        assert runner.run(session).failed == 0
    finally:
        os.chdir(before)


TO_RUN = [page for page in PAGES if with_something_to_run(page)]


@pytest.mark.parametrize("page", [page for page in TO_RUN if not is_slow(page)])
def test_the_page_is_what_its_commands_print(page: str, folder: Path, actbench: Actbench) -> None:
    run_page(page, folder, actbench)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in TO_RUN if is_slow(page)])
def test_the_page_that_trains_is_what_its_commands_print(
    page: str, folder: Path, actbench: Actbench
) -> None:
    run_page(page, folder, actbench)


@pytest.mark.parametrize("page", PAGES)
def test_no_command_of_a_code_block_is_left_unmarked(page: str) -> None:
    """A block without `$` holds no command, unless a comment says why it is not run."""
    for block in blocks(page):
        if block.language in ("", "bash", "console", "sh") and not block.is_session:
            assert block.is_left_out or not A_COMMAND.search(block.body), block.body


def inline_commands() -> list[tuple[str, str]]:
    """Every `actbench …` between backticks, with its page."""
    return [
        (page, command)
        for page, text in PAGES.items()
        for command in dict.fromkeys(re.findall(r"`(?:\S*/)?actbench ([^`]+)`", text))
    ]


def test_every_command_and_option_of_the_text_exists() -> None:
    lines = inline_commands()
    assert len(lines) > 50
    for page, line in lines:
        words = shlex.split(line)
        if words[0].isupper() or words[0].startswith("-"):  # `actbench COMMAND --help`
            continue
        number = 2 if words[0] == "data" else 1
        command = commands().get(" ".join(words[:number]))
        assert command or words == ["data"], f"{page}: {line}"
        options = {word.partition("=")[0] for word in words[number:] if word.startswith("--")}
        known = {option for parameter in command.params for option in parameter.opts}
        assert options <= known | {"--help"}, f"{page}: {line}"
