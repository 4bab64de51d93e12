"""A department with a million utterances, for `bench search`: what is said is invented, its words recur as words do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine

SEGMENTS_A_CALL = 25
AGENTS, TEAMS = 40, 4
DAYS = 395
LAST_DAY = date(2026, 11, 20)
RARE = "琉璃扳手"  # in one utterance of a hundred thousand; made of characters that nothing else here has
_ONE_IN = 100_000
_AT_ONCE = 5_000  # calls that are written together


def fill(engine: Engine, segments: int) -> float:
    """Write that many utterances into empty tables; the seconds it took, index included."""
    import time

    from sqlalchemy.orm import Session

    from db.demo.stage import continue_numbering, insert_rows
    from db.models import Agent, Call, Team, Transcript, TranscriptSegment

    begun = time.perf_counter()
    with Session(engine) as session:
        insert_rows(
            session, Team, [{"id": n, "code": f"t{n}", "name": f"{n} 组"} for n in range(1, TEAMS + 1)]
        )
        insert_rows(
            session,
            Agent,
            [
                {"id": n, "number": f"B{n}", "name": f"客服{n}", "team_id": n % TEAMS + 1}
                for n in range(1, AGENTS + 1)
            ],
        )
        for calls, transcripts, said in _calls(segments):
            insert_rows(session, Call, calls)
            insert_rows(session, Transcript, transcripts)
            insert_rows(session, TranscriptSegment, said)
            session.commit()
        continue_numbering(session, [Team, Agent, Call, Transcript, TranscriptSegment])
        session.commit()
    return time.perf_counter() - begun


Rows = list[dict[str, Any]]


def _calls(segments: int) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Calls, transcripts and utterances, some thousands of calls at a time; calls do not come in the order of their time."""
    dice = random.Random(11)
    words = _words(dice)
    weights = [1 / place for place in range(1, len(words) + 1)]  # a word's frequency falls with its place
    last = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 10, tzinfo=UTC)
    numbers = range(1, segments // SEGMENTS_A_CALL + 1)
    for first in range(0, len(numbers), _AT_ONCE):
        calls: Rows = []
        transcripts: Rows = []
        said: Rows = []
        for number in numbers[first : first + _AT_ONCE]:
            at = last - timedelta(minutes=dice.randrange(DAYS * 24 * 60))
            agent = dice.randrange(AGENTS) + 1
            calls.append(
                {
                    "id": number, "call_id": f"B{number}", "agent_id": agent, "team_id": agent % TEAMS + 1,
                    "started_at": at, "started_on": at.date(), "duration_seconds": 300.0,
                    "kind": "inbound_service" if number % 4 else "complaint",
                }
            )  # fmt: skip
            transcripts.append(
                {
                    "id": number,
                    "call_id": number,
                    "engine": "bench",
                    "settings_hash": "bench",
                    "created_at": at,
                }
            )
            for ordinal in range(SEGMENTS_A_CALL):
                spoken = dice.choices(words, weights, k=dice.randrange(4, 14))
                if ordinal == 0:
                    spoken.insert(0, "您好")
                if dice.randrange(_ONE_IN) == 0:
                    spoken.append(RARE)
                said.append(
                    {
                        "transcript_id": number, "ordinal": ordinal, "speaker": ("agent", "customer")[ordinal % 2],
                        "start_seconds": ordinal * 12.0, "end_seconds": ordinal * 12.0 + 8, "text": "".join(spoken),
                        "confidence": 0.9,
                    }
                )  # fmt: skip
        yield calls, transcripts, said


def _words(dice: random.Random) -> list[str]:
    """Four thousand words of one to three characters, the commonest first: those of the demo's calls, then invented ones."""
    from demo.scripts import CALLS as SCRIPTS

    spoken = "".join(turn.text for script in SCRIPTS for turn in script.turns)
    characters = sorted({c for c in spoken if c.isalpha()})
    words = ["我", "的", "您", "是", "不", "退款", "处理", "请问", "可以", "麻烦您"]
    while len(words) < 4_000:
        words.append("".join(dice.choices(characters, k=dice.choice((1, 2, 2, 2, 3)))))
    return list(dict.fromkeys(words))
