"""Programs that XLA compiled, kept on disk: a later process loads one instead of compiling it.

Compiling takes most of the time that a small cell costs. TensorFlow names each file by the program
and compares the whole program before it uses what it loads, so a loaded program is the one that
would be compiled. The name does not say which processor and TensorFlow a file is for; the
folder's does. The files hold machine code, so the folder must be the user's alone.
"""

import os
import re
import shutil
import sys
from contextlib import suppress
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

MOST_BYTES = 400_000_000  # of all programs, each 0.4 MB or so; the oldest are deleted beyond it
_FREE_BYTES = 1_000_000_000  # on the disk, or nothing is kept
_DIRECTORY = "tf_xla_persistent_cache_directory"
_FLAGS = "TF_XLA_FLAGS"
# What TensorFlow says where a file is damaged.
_DAMAGED = (
    "Read less bytes than requested",
    "Failed to parse serialized",
    "Serialized cache key does not match",
)


def keep_programs() -> None:
    """Have TensorFlow keep and load programs; call it before TensorFlow is imported.

    Does nothing elsewhere than on Linux, where the user has chosen a folder by TensorFlow's own
    flag, and where the folder or the disk is not fit for it.
    """
    flags = os.environ.get(_FLAGS, "")
    if sys.platform != "linux" or _DIRECTORY in flags:
        return
    with suppress(OSError, RuntimeError):  # no home, or no right to write there: nothing is kept
        folder = _root() / _conditions()
        _make(folder)
        _delete_oldest(_root())
        if _is_fit(folder):
            options = f"--{_DIRECTORY}={folder} --tf_xla_persistent_cache_device_types=CPU"
            os.environ[_FLAGS] = f"{flags} {options}".strip()


def forget_damaged(error: Exception) -> bool:
    """Delete the kept programs if the error came from reading or writing one.

    Return whether it did.
    """
    chosen = re.search(rf"{_DIRECTORY}=(\S+)", os.environ.get(_FLAGS, ""))
    if chosen is None or not Path(chosen[1]).is_relative_to(_root()):
        return False
    if not any(words in str(error) for words in (*_DAMAGED, chosen[1])):
        return False
    folder = Path(chosen[1])
    with suppress(OSError):
        _make(folder)
        for file in folder.glob("*"):
            file.unlink(missing_ok=True)
    return True


def _root() -> Path:
    caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not caches.is_absolute():  # by the XDG specification it is then invalid, and ignored
        caches = Path.home() / ".cache"
    return caches / "actbench" / "programs"


def _make(folder: Path) -> None:
    """Make the folder; it and those above it that are missing are the user's alone."""
    for place in (*reversed(folder.parents), folder):
        place.mkdir(mode=0o700, exist_ok=True)


def _conditions() -> str:
    """Names what a program depends on besides itself: TensorFlow, XLA's flags, the processor."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    kinds = ("model name", "flags", "Features", "CPU part")
    processor = [line for line in lines if line.startswith(kinds)]
    flags = [os.environ.get(name, "") for name in (_FLAGS, "XLA_FLAGS")]
    parts = [version("tensorflow"), str(len(os.sched_getaffinity(0))), *flags, *processor]
    return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _is_fit(folder: Path) -> bool:
    """Whether only the user can write there, there is space, and the path can stand in a flag."""
    places = (folder, *folder.parents[:2])  # whoever can write above it can replace it
    own = all(s.st_uid == os.getuid() and not s.st_mode & 0o022 for s in map(Path.stat, places))
    roomy = shutil.disk_usage(folder).free > _FREE_BYTES
    return own and roomy and os.access(folder, os.W_OK) and not re.search(r"\s", str(folder))


def _delete_oldest(root: Path) -> None:
    """Delete programs, the ones written longest ago first, until `MOST_BYTES` are left."""
    files = []
    for file in root.glob("*/*"):
        with suppress(FileNotFoundError):  # another process has just deleted or renamed it
            status = file.stat()
            files.append((status.st_mtime, status.st_size, file))
    excess = sum(size for _, size, _ in files) - MOST_BYTES
    for _, size, file in sorted(files):
        if excess <= 0:
            break
        excess -= size
        file.unlink(missing_ok=True)
