"""What the tests of the data sets share: real files, a clean environment, hostile files."""

import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No data folder, no mirror, an empty cache: what a test finds, it has put there."""
    monkeypatch.delenv("ACTBENCH_DATA_DIR", raising=False)
    monkeypatch.delenv("ACTBENCH_DATA_MIRROR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve a folder over HTTP on this machine; gives the address."""
    servers: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        handler = partial(_QuietHandler, directory=str(folder))
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def rezipped(shared_datasets: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of a real .npz file in which some members are replaced by other bytes."""

    def copy(name: str, **members: bytes) -> Path:
        target = tmp_path / "rezipped" / name
        target.parent.mkdir(exist_ok=True)
        with (
            zipfile.ZipFile(shared_datasets / name) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copied,
        ):
            for member in source.namelist():
                key = member.removesuffix(".npy")
                copied.writestr(member, members.get(key) or source.read(member))
        return target

    return copy
