"""From a folder of YAML to a Script, or to everything that is wrong with it.

A folder holds `script.yaml`, `prompts.yaml` and one flow a file (`*.yaml`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dialogs.check_conditions import check_conditions
from dialogs.check_consents import check_consents
from dialogs.check_flows import check_flows
from dialogs.check_notices import check_notices
from dialogs.check_prompts import check_prompts
from dialogs.check_signed_off import check_signed_off
from dialogs.check_slots import check_slots
from dialogs.check_trials import check_trials
from dialogs.check_values import check_values
from dialogs.check_ways import check_ways
from dialogs.draft import Draft, FlowDraft
from dialogs.problems import Problem, ScriptBroken, nearest
from dialogs.schema import Flow, Prompt, ScriptFile
from dialogs.script import Script, compile_flow
from dialogs.shapes import shape
from dialogs.source import Source, read
from dialogs.ways import Places, StepSource

#: Each looks at the whole script for one sort of mistake.
_CHECKS = (
    check_flows,
    check_conditions,
    check_values,
    check_trials,
    check_ways,
    check_consents,
    check_slots,
    check_signed_off,
)

#: The name of a flow whose file can't be read as YAML.
_FLOW_NAME = re.compile(r"^flow: *(\S+)", re.MULTILINE)

SCRIPT_FILE = "script.yaml"
PROMPT_FILE = "prompts.yaml"
#: How like a file's name another must be to be that name misspelt (prompt.yaml; not progress.yaml).
_SAME_NAME = 90


def load(folder: Path) -> Script:
    """The script in `folder`. Raises ScriptBroken with every problem found."""
    return load_placed(folder)[0]


def load_placed(folder: Path) -> tuple[Script, Places]:
    """The script in `folder`, and where each of its steps is written. Raises ScriptBroken."""
    return _load(*script_files(folder))


def load_files(files: Mapping[str, bytes], problems: Sequence[Problem] = ()) -> Script:
    """The script whose files these are, by name. problems: of where they come from. Raises ScriptBroken."""
    return _load(dict(files), list(problems))[0]


def _load(files: dict[str, bytes], problems: list[Problem]) -> tuple[Script, Places]:
    draft, found = _draft(files)
    problems = problems + found
    if problems or draft.script is None:
        raise ScriptBroken(sorted(problems))
    script = Script(
        version=version_of(files),
        file=draft.script,
        flows={flow.flow.flow: compile_flow(flow.flow) for flow in draft.flows},
        prompts=draft.prompts,
        prompt_versions={
            name: tuple(prompt_version(wording) for wording in prompt.wordings)
            for name, prompt in draft.prompts.items()
        },
    )
    return script, _places(script, draft)


def _places(script: Script, draft: Draft) -> Places:
    places: dict[tuple[str, str], StepSource] = {}
    for flow in draft.flows:
        source = flow.source
        wheres = {id(placed.step): placed.where for placed in flow.placed()}
        for name, node in script.flows[flow.flow.flow].nodes.items():
            where = wheres[id(node.step)]
            places[flow.flow.flow, name] = StepSource(source.file, where, source.values, source.keys)
    return places


def check(folder: Path) -> list[Problem]:
    """Every problem of the script in `folder`, in the order of files and lines."""
    files, problems = script_files(folder)
    return sorted(problems + _draft(files)[1])


def prompt_version(prompt: Prompt) -> str:
    """A hash of what one wording says and how: another hash, another thing heard."""
    manner = (prompt.bargein, prompt.must_finish, prompt.purpose)
    return hashlib.sha256(repr((prompt.parts, manner)).encode()).hexdigest()[:12]


def version_of(files: Mapping[str, bytes]) -> str:
    """The hash of a script's files: another byte, another version."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


def script_files(folder: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """What makes the script in `folder` and its version, by name, and what is wrong with the folder itself."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    if not folder.is_dir():
        message, hint = f"没有“{folder.name}”这个文件夹", "请检查文件夹的名字"
        return files, [Problem(folder.name, 1, 1, "no_folder", message, hint)]
    for path in sorted(folder.iterdir()):
        if path.suffix == ".yml":
            message, hint = "文件名要以 .yaml 结尾，这个文件没有读", f"请改名为 {path.stem}.yaml"
            problems.append(Problem(path.name, 1, 1, "file_name", message, hint))
        elif path.suffix == ".yaml" and path.is_file():
            try:
                files[path.name] = path.read_bytes()
            except OSError as error:
                message, hint = f"文件打不开：{error.strerror}", "请检查文件的权限"
                problems.append(Problem(path.name, 1, 1, "unreadable", message, hint))
    for name in (SCRIPT_FILE, PROMPT_FILE):
        if name not in files:
            message, hint = f"缺少文件 {name}", "每份话术都要有 script.yaml 和 prompts.yaml"
            if (near := nearest(name, files, at_least=_SAME_NAME)) is not None:
                del files[near]
                hint = f"是不是 {near} 写错了名字？请改名为 {name}"
            problems.append(Problem(name, 1, 1, "no_file", message, hint))
    return files, problems


def _draft(files: Mapping[str, bytes]) -> tuple[Draft, list[Problem]]:
    """Read and check. The draft can be compiled only when there are no problems."""
    sources = {name: read(name, content) for name, content in files.items()}
    draft = Draft(
        script_source=sources.get(SCRIPT_FILE, Source(SCRIPT_FILE)),
        prompt_source=sources.get(PROMPT_FILE, Source(PROMPT_FILE)),
    )
    draft.whole = {SCRIPT_FILE, PROMPT_FILE} <= files.keys()
    for name, source in sources.items():
        if source.problems and source.data is None:
            draft.whole = False  # not even YAML: said already
            draft.broken_flows.update(_FLOW_NAME.findall(files[name].decode("utf-8", "replace")))
        elif name == SCRIPT_FILE:
            draft.script, draft.script_whole = shape(ScriptFile, source, source.data)
            draft.whole = draft.whole and draft.script_whole
        elif name == PROMPT_FILE:
            _read_prompts(draft, source)
        else:
            flow, whole = shape(Flow, source, source.data)
            draft.whole = draft.whole and whole
            if flow is not None:
                draft.flows.append(FlowDraft(source, flow, whole))
            elif isinstance(source.data, dict):
                draft.broken_flows.add(str(source.data.get("flow")))
    if draft.prompt_source.data is not None:
        check_prompts(draft)
        check_notices(draft)
    for look in _CHECKS:
        look(draft)
    problems = {problem for source in sources.values() for problem in source.problems}
    return draft, sorted(problems)


def _read_prompts(draft: Draft, source: Source) -> None:
    if not isinstance(source.data, dict):
        source.problem((), "wrong_type", "prompts.yaml 里应该写成“编号: 文字”", "例如：greeting: 您好")
        draft.whole = False
        return
    for prompt_id, data in source.data.items():
        if isinstance(data, str):
            draft.prompts[prompt_id] = Prompt(text=data)
            continue
        if data is None or isinstance(data, int | float):  # true and false too
            message = f"话术“{prompt_id}”后面写的是 {str(data).lower()}，不是一句话"
            if data is None:
                message = f"话术“{prompt_id}”后面没有写要说的话"
            source.problem((prompt_id,), "wrong_type", message, "请写一句话，例如：好的，我说慢一点。")
            draft.broken_prompts.add(prompt_id)
            draft.whole = False
            continue
        prompt, whole = shape(Prompt, source, data, (prompt_id,))
        if prompt is None or not whole:
            draft.broken_prompts.add(prompt_id)
        else:
            draft.prompts[prompt_id] = prompt
