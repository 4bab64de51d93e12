"""How long a large spreadsheet takes: made, imported into an empty department, imported again.

`python -m commands.import_measure --rows 100000` prints the table of docs/measurements.md. The time is the processor's
(of this process; a PostgreSQL server works in its own), since a shared machine's clock on the wall says little.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db import importing, rulebooks
from db.engine import make_engine
from db.models import Agent, Base, Team
from regulations import surveys
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

KINDS = ("complaints", "callbacks", "work_orders", "surveys")
FORMS = ("csv", "xlsx")
PEOPLE, DAYS = 30, 300  # who they are about, and the days the rows are spread over

Cells = Sequence[str | datetime]


def cells_of(kind: str, rows: int, first: datetime, book: Rulebook) -> Iterator[Cells]:
    """A header and so many rows of a department that works through what it gets; the same rows each time."""
    dice = random.Random(3)
    categories, grades = [c.code for c in book.callback_categories()], book.items("survey.grades") or ()
    asked = surveys.dimensions(book)
    headers = {
        "complaints": "投诉编号,受理时间,渠道,投诉类别,严重程度,投诉内容,客户姓名,客户电话,责任部门,工号,转交时间,首次反馈时间,最终答复时间,结案时间",
        "callbacks": "回访编号,回访类别,应回访起点,客户姓名,客户电话,事项,处理人工号,回访人工号,回访时间,回访结果,满意度,备注",
        "work_orders": "维修单号,报修时间,工号,报修内容,客户姓名,客户电话,地址,维修人员,派单时间,到场时间,价格,价格确认时间,完工时间,签字时间",
        "surveys": "调查表号,评价时间,被评价人工号,意见," + ",".join(asked),
    }
    yield headers[kind].split(",")
    for i in range(rows):
        at = first + timedelta(minutes=int(i * DAYS * 24 * 60 / rows))

        def later(low: float, high: float, begun: datetime = at) -> datetime:
            return (begun + timedelta(hours=dice.uniform(low, high))).replace(second=0, microsecond=0)

        person, customer = f"K{i % PEOPLE}", (f"客户{i}", f"138{i:08d}")
        match kind:
            case "complaints":
                events = (later(0, 6), later(8, 58), later(70, 170), later(180, 230))
                yield (
                    f"X{i}",
                    at,
                    "电话",
                    "产品质量",
                    "一般",
                    f"第{i}件",
                    *customer,
                    "质量部",
                    person,
                    *events,
                )
            case "callbacks":  # every fourth is the second attempt at the one before
                is_again = i % 4 == 3
                at = at if not is_again else first + timedelta(minutes=int((i - 1) * DAYS * 24 * 60 / rows))
                name, outcome = (i - 1, "接通") if is_again else (i, "占线" if i % 4 == 2 else "接通")
                called = later(9, 12, at) if is_again else later(1, 8, at)
                told = ("满意" if outcome == "接通" else "", "")
                owed = (
                    f"H{name}",
                    categories[name % len(categories)],
                    at,
                    f"客户{name}",
                    f"138{name:08d}",
                    "送修",
                )
                yield (*owed, f"K{(name + 1) % PEOPLE}", f"K{name % PEOPLE}", called, outcome, *told)
            case "work_orders":
                sent = later(0.1, 3)
                came, done = later(0.1, 0.5, sent), later(1, 5, sent)
                priced = ("80", came) if i % 3 == 0 else ("", "")
                yield (
                    f"W{i}",
                    at,
                    person,
                    f"水管漏水{i}",
                    *customer,
                    f"{i % 40}号楼",
                    "王师傅",
                    sent,
                    came,
                    *priced,
                    done,
                    done,
                )
            case _:
                yield (f"D{i}", at, person, "", *(dice.choice(grades) for _ in asked))


def write_file(path: Path, rows: Iterator[Cells]) -> None:
    """As a system exports it: a CSV with written dates, or a workbook with dates as dates."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            for row in rows:
                written = [f"{c:%Y-%m-%d %H:%M}" if isinstance(c, datetime) else c for c in row]
                csv.writer(file).writerow(written)
        return
    import xlsxwriter

    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet, form = workbook.add_worksheet(), workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(number, column, cell, form)
            elif cell:
                sheet.write_string(number, column, cell)
    workbook.close()


def empty_department(url: str) -> Engine:
    """The database with its tables made anew, and the people the rows speak of."""
    engine = make_engine(url)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        team = Team(code="a", name="A")
        session.add(team)
        session.flush()
        session.add_all([Agent(number=f"K{i}", name=f"K{i}", team_id=team.id) for i in range(PEOPLE)])
    return engine


def measure(kind: str, form: str, rows: int, url: str, folder: Path) -> dict[str, Any]:
    """Processor seconds of the first import and of the same file again."""
    book, now = rulebooks.configured(), datetime.now(UTC)
    zone = WorkCalendar.from_rulebook(book).timezone
    first = (now - timedelta(days=DAYS + 15)).astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    path = folder / f"{kind}.{form}"
    write_file(path, cells_of(kind, rows, first, book))
    engine = empty_department(url)
    taken: dict[str, Any] = {"kind": kind, "form": form, "rows": rows}
    for name in ("first", "again"):
        begun, wall = time.process_time(), time.perf_counter()
        with Session(engine, expire_on_commit=False) as session, session.begin():
            result = importing.import_file(session, SYSTEM, kind, path, book=book, now=now)
        taken[name] = time.process_time() - begun
        taken[f"{name} on the wall"] = time.perf_counter() - wall
        done = result.accepted + result.updated if name == "first" else result.unchanged
        assert done == rows and not result.rejected, result.rejected[:3]
    engine.dispose()
    return taken


def main() -> None:
    """Print one line for each kind and form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kind", choices=KINDS, nargs="*", default=list(KINDS))
    parser.add_argument("--form", choices=FORMS, nargs="*", default=list(FORMS))
    parser.add_argument(
        "--database", help="an empty database of its own, WHOSE TABLES ARE DROPPED; otherwise a SQLite file"
    )
    arguments = parser.parse_args()
    print("| file | first import, s | ms a row | again, s | ms a row | on the wall, s |")
    print("|---|---|---|---|---|---|")
    for kind in arguments.kind:
        for form in arguments.form:
            with tempfile.TemporaryDirectory() as folder:
                url = arguments.database or f"sqlite:///{folder}/desk.sqlite3"
                m = measure(kind, form, arguments.rows, url, Path(folder))
            each = 1000 / arguments.rows
            print(
                f"| {kind} {form} | {m['first']:.1f} | {m['first'] * each:.2f} | {m['again']:.1f}"
                f" | {m['again'] * each:.2f} | {m['first on the wall']:.0f} + {m['again on the wall']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
