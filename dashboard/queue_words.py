"""What the queue says about a recording in words: who works on it, how long it still takes, what to do about it."""

from __future__ import annotations

from datetime import datetime

from dashboard.formats import fmt_duration, fmt_time
from dashboard.i18n import N_, _, name
from db.models import Recording
from jobs import processes

_ENOUGH_TO_TELL = 0.08  # of the work, before its pace is worth telling: what is decoded goes quicker
_BRING_ANEW = N_("Trying again will not help. Ask for the file once more and bring it in anew.")

# Why it failed, in a few words, and what to do; by the code that the inspection stored.
FAILURES: dict[str, tuple[str, str]] = {
    "damaged": (N_("The file is damaged"), _BRING_ANEW),
    "empty": (N_("There is no sound in the file"), _BRING_ANEW),
    "not_audio": (N_("Not a recording"), _BRING_ANEW),
    "no_audio_stream": (N_("There is no sound in the file"), _BRING_ANEW),
    "absurd_duration": (N_("The file is damaged"), _BRING_ANEW),
    "too_many_channels": (
        N_("Too many channels"),
        N_("Have the telephone system record each side on a channel of its own, and bring it in anew."),
    ),
    "too_long": (
        N_("Too long"),
        N_("Bring it in in parts, or let longer ones in with MAX_RECORDING_MINUTES, then try again."),
    ),
    "missing": (
        N_("The file is gone"),
        N_("Bring the recordings folder back from a backup, then try again."),
    ),
    "memory": (
        N_("Too little memory"),
        N_(
            "Let fewer recordings be transcribed at once (WORKER_PROCESSES) or give it more memory, then try again."
        ),
    ),
    "crashed": (
        N_("The transcription broke off three times"),
        N_("Try again when the machine is calm. If it breaks off again, bring the recording in anew."),
    ),
    "abandoned": (
        N_("The worker stopped again and again"),
        N_("See that the machine and the worker stay on, then try again."),
    ),
    "unexpected": (
        N_("Something unexpected"),
        N_("Try again. If it comes back, the worker's log says what it was."),
    ),
}


def failure_title(code: str) -> str:
    """Why recordings failed, in a few words."""
    title, _advice = FAILURES.get(code, FAILURES["unexpected"])
    return _(title)


def failure_advice(code: str) -> str:
    """What to do about recordings that failed for this reason."""
    _title, advice = FAILURES.get(code, FAILURES["unexpected"])
    return _(advice)


def may_help(code: str) -> bool:
    """Whether trying again may come out differently: a damaged file stays damaged."""
    return FAILURES.get(code, FAILURES["unexpected"])[1] != _BRING_ANEW


def running_words(recording: Recording, now: datetime) -> str:
    """How far a recording is, since when, for how long still, and where."""
    parts = [
        _(
            "{status} {percent}%",
            status=name("recording_status", "claimed"),
            percent=round(100 * recording.progress),
        )
    ]
    if recording.claimed_at is not None:
        parts.append(_("since {time}", time=fmt_time(recording.claimed_at)))
    left = seconds_left(recording, now)
    if left is not None:
        parts.append(_("about {duration} left", duration=fmt_duration(left)))
    parts.append(worker_words(recording.claimed_by))
    return " · ".join(part for part in parts if part)


def seconds_left(recording: Recording, now: datetime) -> float | None:
    """About how long a transcription still takes, at its pace so far; None as long as that cannot be told."""
    if recording.claimed_at is None or not _ENOUGH_TO_TELL <= recording.progress < 1.0:
        return None
    elapsed = (now - recording.claimed_at).total_seconds()
    return max(0.0, elapsed * (1.0 - recording.progress) / recording.progress)


def took_seconds(recording: Recording) -> float | None:
    """How long the transcription of a finished recording took, from its last beginning."""
    if recording.claimed_at is None or recording.finished_at is None:
        return None
    return max(0.0, (recording.finished_at - recording.claimed_at).total_seconds())


def worker_words(claimed_by: str) -> str:
    """Which process works on it: its number, and the machine where that is another one."""
    process = processes.parts_of(claimed_by)
    if process is None:
        return ""
    if process.machine == processes.this_machine():
        return _("process {pid} on this machine", pid=process.pid)
    return _("process {pid} on {machine}", pid=process.pid, machine=process.machine)
