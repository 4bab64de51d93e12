"""Processes times threads never exceed the cores, whatever the settings ask for."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path
from threading import Event, Thread

import pytest

from db import schema
from jobs import cores, worker
from jobs.cores import alone, cgroup_quota, share_out, shares_of, usable_cores
from settings import Settings


def test_no_wish_exceeds_the_cores_and_no_core_is_refused_that_is_there() -> None:
    for processes, threads, there in product(range(1, 20), range(20), range(1, 20)):
        used_processes, used_threads = share_out(processes, threads, there)
        wish = (processes, threads, there)
        assert used_processes * used_threads <= there, wish
        assert 1 <= used_processes <= processes, wish
        assert used_threads >= 1, wish
        if threads and processes * threads <= there:
            assert (used_processes, used_threads) == (processes, threads), wish
        if processes <= there:
            assert used_processes == processes, wish
        if threads:  # lowered, but to nothing less than fits
            assert used_threads == threads or used_processes * (used_threads + 1) > there, wish
        elif there > used_processes:  # one stays with the desk where that leaves one each
            assert used_processes * used_threads < there, wish


@pytest.mark.parametrize("impossible", [(0, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_what_cannot_be_is_refused(impossible: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cores"):
        share_out(*impossible)


@pytest.mark.parametrize(
    ("asked", "there", "used", "named"),
    [
        ((1, 0), 4, (1, 3), []),
        ((2, 2), 4, (2, 2), []),
        ((8, 0), 2, (2, 1), ["WORKER_PROCESSES=8 is more than the 2 processor cores"]),
        ((1, 7), 2, (1, 2), ["WHISPER_THREADS=7 is more than the 2"]),
        ((2, 2), 2, (2, 1), ["WHISPER_THREADS=2 for each of 2 processes is more than the 2"]),
        (
            (3, 3),
            1,
            (1, 1),
            ["WORKER_PROCESSES=3", "WHISPER_THREADS=3 is more than the 1 processor core that"],
        ),
    ],
)
def test_a_wish_that_was_lowered_is_said_with_what_is_used(
    asked: tuple[int, int], there: int, used: tuple[int, int], named: list[str]
) -> None:
    settings = Settings(_env_file=None, worker_processes=asked[0], whisper_threads=asked[1])
    shares = shares_of(settings, there)
    assert (shares.processes, shares.threads) == used
    assert [english.startswith(name) for (_, english), name in zip(shares.said, named, strict=True)] == [
        True for _ in named
    ]
    assert all(
        f"{name.split('=')[0]}=" in chinese for (chinese, _), name in zip(shares.said, named, strict=True)
    )
    assert set(shares.environment.values()) == {str(used[1])}
    assert alone(settings, there).processes == 1


def group(root: Path, path: str, **limits: str) -> None:
    (root / path).mkdir(parents=True, exist_ok=True)
    for name, text in limits.items():
        (root / path / name.replace("__", ".")).write_text(text, encoding="ascii")


@pytest.mark.parametrize(
    ("own", "groups", "quota"),
    [
        ("0::/\n", {"": {"cpu__max": "150000 100000\n"}}, 1.5),
        ("0::/a/b\n", {"a/b": {"cpu__max": "max 100000\n"}, "a": {"cpu__max": "200000 100000\n"}}, 2.0),
        ("0::/a/b\n", {"a/b": {"cpu__max": "50000 100000\n"}, "a": {"cpu__max": "200000 100000\n"}}, 0.5),
        ("0::/of/the/host\n", {"": {"cpu__max": "300000 100000\n"}}, 3.0),
        ("0::/a\n", {"a": {"cpu__max": "max 100000\n"}}, None),
        ("0::/a\n", {"a": {"cpu__max": "nonsense"}}, None),
        ("0::/a\n", {}, None),
        (
            "3:cpu,cpuacct:/c\n2:memory:/c\n",
            {"cpu,cpuacct/c": {"cpu__cfs_quota_us": "400000\n", "cpu__cfs_period_us": "100000\n"}},
            4.0,
        ),
        (
            "3:cpu:/c\n",
            {"cpu/c": {"cpu__cfs_quota_us": "-1\n", "cpu__cfs_period_us": "100000\n"}},
            None,
        ),
    ],
)
def test_the_kernels_quota_is_read_for_the_group_and_all_above_it(
    tmp_path: Path, own: str, groups: dict[str, dict[str, str]], quota: float | None
) -> None:
    (tmp_path / "own").write_text(own, encoding="ascii")
    (tmp_path / "cgroup").mkdir()
    for path, limits in groups.items():
        group(tmp_path / "cgroup", path, **limits)
    assert cgroup_quota(tmp_path / "own", tmp_path / "cgroup") == quota
    assert cgroup_quota(tmp_path / "not there", tmp_path / "cgroup") is None


@pytest.mark.parametrize(("quota", "usable"), [(None, 4), (2.9, 2), (0.3, 1), (64.0, 4)])
def test_a_part_of_a_core_is_no_core_and_one_is_always_left(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, usable: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(4)), raising=False)
    monkeypatch.setattr(cores, "cgroup_quota", lambda: quota)
    assert usable_cores() == usable


def test_the_worker_starts_no_more_processes_than_cores_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", database_url="", worker_processes=64)
    schema.migrate(settings.database)
    started: list[int] = []
    monkeypatch.setattr(worker.Child, "start", lambda child: started.append(child.number))
    stop = Event()
    stop.set()
    working = Thread(
        target=worker.run, args=(settings, stop)
    )  # beside the main thread it leaves signals alone
    working.start()
    working.join()
    assert started == list(range(usable_cores()))
    said = [message for message in caplog.messages if "WORKER_PROCESSES" in message]
    assert len(said) == (usable_cores() < 64)
    assert all(f"; {usable_cores()} is used" in message for message in said)
