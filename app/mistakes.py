"""Errors a user can mend, as one sentence: what was wrong, where, what to do."""

from __future__ import annotations

from pydantic import ValidationError

from agent.hands import NotKept
from app.actors import NotAllowed
from app.delta_pull import FeedAway
from app.settings import UnsafeSetting
from data.companies import CompaniesWrong
from data.delta_feed import FeedBroken
from data.errors import (
    BackupBroken,
    CallErased,
    CallUnknown,
    EraseRefused,
    NoRecording,
    OfficeRefused,
    RecordUnknown,
    RotationPending,
    RotationRefused,
    StoreError,
    VersionUnknown,
    WrongKey,
)
from data.export_files import ExportRefused
from data.roles import UsersWrong
from data.tracking import MoveRefused
from dialogs.problems import ScriptBroken
from models.protocols import ModelMissing, SpeechFailed
from nlu.evaluation.rows import BadTestSet


def explained(error: Exception) -> str | None:
    """The sentence, or None for what is our own fault."""
    match error:
        case ScriptBroken(problems=problems):
            lines = [f"{p.file}:{p.line}:{p.column} {p.message} {p.hint or ''}".rstrip() for p in problems]
            return "话术有错，请先改好（smartseat dialogs check 可以随时查）：\n" + "\n".join(lines)
        case BadTestSet(problems=problems):
            return "测试集有错，没有打分：\n" + "\n".join(problems)
        case ModelMissing():
            return f"缺少模型：{error}"
        case SpeechFailed():
            return f"没有可用的语音合成：{error}"
        case UnsafeSetting():
            return f"设置不安全，没有启动：{error}"
        case NoRecording():
            return str(error)
        case RecordUnknown() | CallUnknown():
            return "没有这张单。用 smartseat records list 看有哪些。"
        case VersionUnknown():
            return f"没有“{error}”这一版话术，或者写得太短、不止一版。用 smartseat dialogs history 看有哪些。"
        case CompaniesWrong():
            return f"企业接入表不对：{error}"
        case MoveRefused():
            return f"这一步没有做：{error}。"
        case NotAllowed() | ExportRefused():
            return str(error)
        case UsersWrong():
            return f"用户表不对：{error}"
        case EraseRefused():
            return f"没有删：{error}。"
        case RotationPending():
            return "主密钥正在更换，还没有换完：请再运行一次 smartseat db rotate-key。"
        case RotationRefused():
            return f"没有换主密钥，先停坐席：{error}"
        case BackupBroken():
            return f"备份：{error}"
        case WrongKey():
            return f"主密钥：{error}"
        case CallErased():
            return "这通电话的密钥已经销毁，内容不能再读。"
        case FeedBroken():
            return f"对方的共享数据不对，这一批一条也没有收：{error}。请与对方核对。"
        case FeedAway():
            return f"没有读到对方的共享数据：{error}。"
        case OfficeRefused():
            return f"没有做：{error}。"
        case StoreError() | NotKept():
            return f"数据库：{error}"
        case ValidationError():
            where = "；".join(".".join(map(str, e["loc"])) + "：" + e["msg"] for e in error.errors())
            return f"设置或文件不对（{error.title}）：{where}"
        case FileNotFoundError():
            return f"找不到文件：{error.filename}"
        case _:
            return None
