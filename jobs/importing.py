"""Recordings and transcripts as kinds of import, beside the spreadsheets that `db.importing` takes itself.

Importing this module registers them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from db.calls import CallFacts, DuplicateRecording, RecordingRefused
from db.import_cells import row_reader
from db.import_columns import FIELDS, HEADER_WITHIN, Field, find_header
from db.import_results import ImportResult, Rejection
from db.importing import IMPORTERS
from db.refusals import Refused
from db.spreadsheets import read_sheets
from jobs.import_transcripts import import_transcripts, note_run
from jobs.queue import enqueue_inspection
from jobs.receiving import SessionFactory, receive_recording
from jobs.watching import facts_of_name
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from settings import Settings, get_settings

OnProgress = Callable[[float], None]
MEGABYTE = 1 << 20
LISTS = (".csv", ".xlsx", ".txt", ".tsv")

FIELDS.setdefault(
    "recordings",
    (
        Field(
            "file", "录音文件", "File", aliases=("文件名", "文件", "录音", "filename", "path"), required=True
        ),
        Field(
            "agent",
            "工号",
            "Staff number",
            "number",
            ("客服工号", "员工工号", "agent_number", "agent_id"),
            True,
            40,
        ),
        Field(
            "started_at",
            "通话时间",
            "Started at",
            "instant",
            ("开始时间", "呼叫时间", "start_time", "time"),
            True,
        ),
        Field("call_id", "通话编号", "Call number", aliases=("流水号", "录音编号", "call", "id"), longest=80),
        Field("direction", "呼叫方向", "Direction", "code", ("方向",), names="direction"),
        Field("kind", "通话类别", "Kind", "code", ("类别", "业务类型"), names="contact_kind"),
        Field("hangup_by", "挂机方", "Hung up by", "code", ("先挂机",), names="speaker"),
    ),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One recording that a list, a folder or a single file names."""

    row: int
    path: Path
    facts: CallFacts


def import_recordings(
    session: Session,
    scope: Scope,
    path: Path,
    *,
    book: Rulebook,
    now: datetime,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
) -> ImportResult:
    """Recordings from a list (csv, xlsx: file, staff number, time …), a folder or one file named by the pattern.

    Each recording is taken in by its own transaction, so that what was taken is kept when a later one is refused;
    a recording that is here already counts as unchanged. Raises Refused when nothing can be read at all.
    """
    settings = get_settings()
    calendar = WorkCalendar.from_rulebook(book)
    result = ImportResult("recordings", is_dry_run=dry_run)
    factory = sessionmaker(session.get_bind(), expire_on_commit=False)
    wanted = list(_wanted(path, calendar, mapping, settings, result))
    if not wanted and not result.rejected:
        raise Refused("没有找到录音。", "there are no recordings in it")
    with tempfile.TemporaryDirectory() as trial:
        place = settings.model_copy(update={"data_dir": Path(trial)}) if dry_run else settings
        for number, one in enumerate(wanted, start=1):
            _take(factory, scope, one, place, now, result, dry_run=dry_run)
            if on_progress is not None:
                on_progress(number / len(wanted))
    if not dry_run:
        note_run(session, scope, "recordings", path, now, result)
    result.rejected.sort(key=lambda rejection: rejection.row)
    return result


def _take(
    factory: SessionFactory,
    scope: Scope,
    one: _Wanted,
    settings: Settings,
    now: datetime,
    result: ImportResult,
    *,
    dry_run: bool,
) -> None:
    try:
        received = receive_recording(
            factory, scope, one.path, one.path.name, one.facts, settings, now=now, dry_run=dry_run
        )
    except DuplicateRecording as known:
        if known.call_id == one.facts.call_id or not one.facts.call_id:
            result.unchanged += 1
        else:
            result.rejected.append(_rejection(one.row, "file", one.path.name, known))
    except RecordingRefused as refused:
        field = "agent" if refused.code == "unknown_agent" else "file"
        value = one.facts.agent_number if field == "agent" else one.path.name
        result.rejected.append(_rejection(one.row, field, value, refused))
    else:
        result.accepted += 1
        if not dry_run:
            enqueue_inspection(settings, received.recording_id)


def _wanted(
    path: Path,
    calendar: WorkCalendar,
    mapping: Mapping[str, str] | None,
    settings: Settings,
    result: ImportResult,
) -> Iterator[_Wanted]:
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        yield from _named(files, calendar, settings, result)
    elif path.suffix.lower() in LISTS:
        yield from _listed(path, calendar, mapping, settings, result)
    elif path.is_file():
        yield from _named([path], calendar, settings, result)
    else:
        raise Refused(f"没有这个文件或文件夹：{path.name}。", f"there is no such file or folder: {path.name}")


def _named(
    files: list[Path], calendar: WorkCalendar, settings: Settings, result: ImportResult
) -> Iterator[_Wanted]:
    for number, file in enumerate(files, start=1):
        try:
            yield _Wanted(number, file, facts_of_name(file.name, settings.watch_pattern, calendar))
        except RecordingRefused as refused:
            result.rejected.append(_rejection(number, "file", file.name, refused))


def _listed(
    path: Path,
    calendar: WorkCalendar,
    mapping: Mapping[str, str] | None,
    settings: Settings,
    result: ImportResult,
) -> Iterator[_Wanted]:
    sheet = next(iter(read_sheets(path, settings.max_upload_mb * MEGABYTE)), None)
    rows = [] if sheet is None else list(sheet.rows)
    if sheet is None or not rows:
        raise Refused("文件里没有表格。", "the file holds no table")
    header = find_header("recordings", rows[:HEADER_WITHIN], mapping)
    folder = path.resolve().parent
    read_cells = row_reader(header, sheet.epoch, calendar.timezone)
    for number, cells in rows:
        if number <= header.row:
            continue
        row = read_cells(number, cells)
        if isinstance(row, Rejection):
            result.rejected.append(row)
            continue
        file = (folder / str(row.get("file"))).resolve()
        if not file.is_relative_to(folder):
            result.rejected.append(
                Rejection(
                    number,
                    "file",
                    str(row.get("file"))[:120],
                    "录音文件必须在清单所在的文件夹内。",
                    "the recording must lie in the folder of the list",
                )
            )
            continue
        started_at: datetime = row.get("started_at")
        facts = CallFacts(
            call_id=str(row.get("call_id", "")),
            agent_number=str(row.get("agent")),
            started_at=started_at,
            started_on=calendar.day_of(started_at),
        )
        known = {key: row.get(key) for key in ("direction", "kind", "hangup_by") if row.get(key)}
        yield _Wanted(number, file, replace(facts, **known))


def _rejection(row: int, field: str, value: str, refused: Refused) -> Rejection:
    return Rejection(row, field, value[:120], refused.zh, refused.en)


IMPORTERS["recordings"] = import_recordings
IMPORTERS["transcripts"] = import_transcripts
