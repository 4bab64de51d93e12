"""Fifty recordings under kill -9 at random moments: nothing lost, nothing doubled, every word the same.

Not part of `make test`: `make soak`. SOAK_KILLS and SOAK_SEED change how often and when; the table is written to
build/soak.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import ROOT
from tests.conftest import new_postgres
from tests.soak.desks import Desk, bring_in, open_desk
from tests.soak.killing import Kills, Outcome, kill_until_done, outcomes
from tests.soak.recordings import make_recordings

pytestmark = [pytest.mark.soak, pytest.mark.speech, pytest.mark.timeout(0)]

COUNT = int(os.environ.get("SOAK_RECORDINGS", "50"))
KILLS = int(os.environ.get("SOAK_KILLS", "40"))
SEED = int(os.environ.get("SOAK_SEED", "20261122"))
TABLES = ROOT / "build" / "soak"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The recordings."""
    return make_recordings(tmp_path_factory.mktemp("made"), COUNT, SEED, 6.0, 16.0)


@pytest.fixture(scope="module")
def undisturbed(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What a worker makes of them that nobody disturbs, by the recording's name."""
    desk = open_desk(tmp_path_factory.mktemp("undisturbed"))
    bring_in(desk, files)
    desk.start_worker()
    try:
        desk.wait_until(desk.is_settled)
        assert desk.stop_worker() == 0
    finally:
        _end(desk)
    return {outcome.name: outcome for outcome in outcomes(desk).values()}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk on each database."""
    url = "" if request.param == "sqlite" else new_postgres(request.getfixturevalue("postgres_url"))
    desk = open_desk(tmp_path, url)
    yield desk
    _end(desk)


def test_nothing_is_lost_and_nothing_doubled_whenever_the_worker_is_killed(
    desk: Desk, files: list[Path], undisturbed: dict[str, Outcome], request: pytest.FixtureRequest
) -> None:
    brought = bring_in(desk, files)
    began = time.monotonic()
    kills = kill_until_done(desk, KILLS, SEED)
    assert desk.stop_worker() == 0
    seconds = time.monotonic() - began
    after = outcomes(desk)
    kind = "postgresql" if desk.settings.database_url else "sqlite"
    lost = [o.name for o in after.values() if o.status != "done" or not (o.transcripts and o.inspections)]
    doubled = [o.name for o in after.values() if o.transcripts > 1 or o.inspections > 1]
    different = [o.name for o in after.values() if o.said != undisturbed[o.name].said]
    _write_table(kind, after, kills, undisturbed, seconds, desk.started, lost, doubled, different)
    assert set(after) == set(brought)
    assert lost == []
    assert doubled == []
    assert different == []
    assert all(o.findings == undisturbed[o.name].findings for o in after.values())


def _write_table(
    kind: str,
    after: dict[int, Outcome],
    kills: Kills,
    undisturbed: dict[str, Outcome],
    seconds: float,
    started: int,
    lost: list[str],
    doubled: list[str],
    different: list[str],
) -> None:
    head = (
        "recording     s  status  kills while held  attempts  interrupted  sent again  transcripts  inspections"
        "  findings  as undisturbed"
    )
    lines = [head, "-" * len(head)]
    for row_id, o in after.items():
        same = "yes" if o.said == undisturbed[o.name].said else "NO"
        lines.append(
            f"{o.name:<11}{o.seconds:>4.0f}  {o.status:<6}  {kills.held[row_id]:>16}  {o.attempts:>8}"
            f"  {o.interruptions:>11}  {kills.retried[row_id]:>10}  {o.transcripts:>11}  {o.inspections:>11}"
            f"  {o.findings:>8}  {same:>14}"
        )
    ways = ", ".join(f"{way} {n}" for way, n in sorted(kills.ways.items()))
    lines += [
        "-" * len(head),
        f"{kind}: {len(after)} recordings, {sum(kills.ways.values())} kills ({ways}), {sum(kills.held.values())}"
        f" of a process while it held a recording; worker started {started} times; {seconds:.0f} s",
        f"lost {len(lost)}, doubled {len(doubled)}, different from the undisturbed run {len(different)}",
    ]
    text = "\n".join(lines)
    TABLES.mkdir(parents=True, exist_ok=True)
    (TABLES / f"kills-{kind}.txt").write_text(text + "\n", encoding="utf-8")
    print(f"\n{text}\n")


def _end(desk: Desk) -> None:
    if desk.process is not None and desk.process.poll() is None:
        for pid in (*desk.children(), desk.process.pid):
            os.kill(pid, signal.SIGKILL)
        desk.process.wait()
