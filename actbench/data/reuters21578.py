"""Rebuilding Keras's Reuters set from the original text files, Reuters-21578 Distribution 1.0.

Keras does not publish how it prepared its file. These rules were inferred by comparing with it:

- A newswire is kept if it names a topic. Its first topic is its label.
- Its text begins after the next <BODY> in the file and ends at the next closing tag. A wire
  without a body therefore takes the body of the next wire that has one.
- Topics with fewer than 15 wires are dropped. The others are numbered as they appear.
- Words are numbered by falling frequency; equally frequent words, as they appear.

Documents, order, labels and split are the same as Keras's. The ranks of words that are about
equally frequent differ by a few places.
"""

import gzip
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, cast

from actbench.data.readers import reading
from actbench.errors import DataError

WIRES = 11_228
FILES = tuple(f"reut2-{number:03d}.sgm" for number in range(22))
_FILE_LIMIT = 8 << 20
_ARCHIVE_LIMIT = 256 << 20
_FEWEST_WIRES = 15

_TOPICS = re.compile(r"<TOPICS><D>(.*?)</D>")
_SEPARATORS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


# For each newswire the ranks of its words, from 1; and the topic of each, from 0.
Wires = tuple[list[list[int]], list[int]]


def rebuild(path: Path) -> Wires:
    """The 11,228 newswires of Keras's set, from the folder or tar archive of the text files.

    Raises:
        DataError: a text file is missing, damaged or too large, or the wires are not those of
            Reuters-21578. Nothing is unpacked to disk.
    """
    with reading(path, "Keras's reuters.npz or the text files of Reuters-21578"):
        texts = _folder(path) if path.is_dir() else _archive(path)
        absent = [name for name in FILES if name not in texts]
        if absent:
            raise DataError(f"expected {FILES[0]} … {FILES[-1]}, did not find {absent[0]}")
        ranks, topics = numbered([wire for name in FILES for wire in newswires(texts[name])])
        if len(topics) != WIRES:
            raise DataError(f"expected {WIRES} newswires with frequent topics, got {len(topics)}")
    return ranks, topics


def newswires(text: str) -> Iterator[tuple[str, str]]:
    """The first topic and the text of every newswire in a file that names a topic."""
    for topic in _TOPICS.finditer(text):
        body = text.find("<BODY>", topic.end())
        # No body follows one wire, NEWID 7000, in its file. Keras's text of it is what follows the
        # bracket that ends its list of topics: the words "topics places".
        start = topic.end() + 1 if body < 0 else body + len("<BODY>")
        yield topic[1], text[start : text.find("</", start)]


def numbered(wires: list[tuple[str, str]]) -> Wires:
    """The wires whose topic labels at least 15 of them, as numbers."""
    sizes = Counter(topic for topic, _ in wires)
    kept = [(topic, body) for topic, body in wires if sizes[topic] >= _FEWEST_WIRES]
    topics = {topic: number for number, topic in enumerate(dict.fromkeys(t for t, _ in kept))}
    texts = [words(body) for _, body in kept]
    counts = Counter(chain.from_iterable(texts))
    ranks = {word: rank for rank, (word, _) in enumerate(counts.most_common(), start=1)}
    return [[ranks[word] for word in text] for text in texts], [topics[t] for t, _ in kept]


def words(text: str) -> list[str]:
    """The words of a text, as Keras's tokenizer splits it.

    >>> words("Cocoa's up 1,750-dlrs")
    ["cocoa's", 'up', '1', '750', 'dlrs']
    """
    return [word for word in text.lower().translate(_SEPARATORS).split(" ") if word]


def _folder(path: Path) -> dict[str, str]:
    files = [path / name for name in FILES if (path / name).is_file()]
    for file in files:
        _check_size(file.name, file.stat().st_size)
    return {file.name: file.read_bytes().decode("latin-1") for file in files}


def _archive(path: Path) -> dict[str, str]:
    """The text files in a tar archive, gzipped or not, read without unpacking it to disk."""
    texts: dict[str, str] = {}
    with path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        bounded = cast(IO[bytes], _Bounded(gzip.GzipFile(fileobj=file) if gzipped else file))
        with tarfile.open(fileobj=bounded, mode="r|") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                stream = archive.extractfile(member) if name in FILES and member.isfile() else None
                if stream is not None:
                    _check_size(name, member.size)
                    texts[name] = stream.read().decode("latin-1")
    return texts


def _check_size(name: str, size: int) -> None:
    if size > _FILE_LIMIT:
        raise DataError(f"{name} has {size:,} bytes, expected at most {_FILE_LIMIT:,}")


class _Bounded:
    """A stream that raises a DataError once more bytes are read than an archive of texts has."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self._stream = stream
        self._left = _ARCHIVE_LIMIT

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise DataError(f"it unpacks to more than {_ARCHIVE_LIMIT:,} bytes")
        return data
