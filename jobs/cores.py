"""Processes and threads for transcribing, so that together they never exceed the cores this process may use."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

from settings import Settings

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")
_NUMBER_OF_THREADS = (
    "OMP_NUM_THREADS",  # torch, CTranslate2
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",  # numpy
)


@dataclass(frozen=True, slots=True)
class Shares:
    """What is used. `said` are plain sentences about settings that asked for more than there is, Chinese and English."""

    processes: int
    threads: int  # of each process
    said: tuple[tuple[str, str], ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """What holds the libraries of a transcribing process to its threads, from its first import on."""
        return dict.fromkeys(_NUMBER_OF_THREADS, str(self.threads))


def share_out(processes: int, threads: int, cores: int) -> tuple[int, int]:
    """Processes and threads of each, processes x threads <= cores; as asked where that fits.

    `threads` 0 shares out what there is, but for one core that stays with the desk: speech on all of them makes every
    page wait, and is hardly faster. Processes are lowered to the cores before threads are: they are what keeps one
    long call from holding up all others. Raises ValueError for what cannot be: no process, no core, threads below 0.
    """
    if processes < 1 or cores < 1 or threads < 0:
        raise ValueError(f"{processes} processes, {threads} threads, {cores} cores")
    processes = min(processes, cores)
    fitting = cores // processes
    if threads == 0:
        return processes, max(1, (cores - 1) // processes)
    return processes, min(threads, fitting)


def shares_of(settings: Settings, cores: int | None = None) -> Shares:
    """How the worker's processes share the cores (by default those of this process)."""
    cores = usable_cores() if cores is None else cores
    processes, threads = share_out(settings.worker_processes, settings.whisper_threads, cores)
    said = []
    if processes < settings.worker_processes:
        said.append(_lowered("WORKER_PROCESSES", settings.worker_processes, processes, cores))
    if threads < settings.whisper_threads:
        said.append(_lowered("WHISPER_THREADS", settings.whisper_threads, threads, cores, processes))
    return Shares(processes, threads, tuple(said))


def alone(settings: Settings, cores: int | None = None) -> Shares:
    """The same for one process by itself, as `manage.py inspect` is."""
    return shares_of(settings.model_copy(update={"worker_processes": 1}), cores)


def usable_cores() -> int:
    """Whole cores that this process may use: its affinity, and the quota of its control group; at least one."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_quota()
    return max(1, min(affinity, math.floor(quota)) if quota is not None else affinity)


def cgroup_quota(own: Path = OWN_GROUP, root: Path = CGROUPS) -> float | None:
    """Cores that the kernel grants this process's control group and all above it; None where nothing limits them.

    A container with half a core answers 0.5. Reads version 2 and version 1; what cannot be read limits nothing.
    """
    try:
        lines = own.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    quotas: list[float] = []
    for line in lines:
        _number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if not controllers:
            tops = [root]
        elif "cpu" in controllers.split(","):
            tops = [root / controllers, root / "cpu"]
        else:
            continue
        for top in tops:
            # In a container the group's path is often the host's: then only the top is there, and it is the right one.
            folder = top / group.strip("/")
            for at in (folder, *folder.parents):
                quotas.extend(_quota_at(at))
                if at == top:
                    break
    return min(quotas, default=None)


def _quota_at(folder: Path) -> list[float]:
    try:
        if (limit := folder / "cpu.max").is_file():
            quota, period = limit.read_text(encoding="ascii").split()[:2]
        elif (limit := folder / "cpu.cfs_quota_us").is_file():
            quota = limit.read_text(encoding="ascii")
            period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii")
        else:
            return []
        if quota.strip() in {"max", "-1"}:
            return []
        return [int(quota) / int(period)]
    except (OSError, ValueError, ZeroDivisionError):
        return []


def _lowered(setting: str, asked: int, used: int, cores: int, times: int = 1) -> tuple[str, str]:
    each_zh, each_en = (f"，共 {times} 个进程", f" for each of {times} processes") if times > 1 else ("", "")
    return (
        f"{setting}={asked}{each_zh}，超过了可用的 {cores} 个处理器核心，现按 {used} 运行",
        f"{setting}={asked}{each_en} is more than the {cores} processor core{'s' if cores > 1 else ''} that may be used;"
        f" {used} is used",
    )
