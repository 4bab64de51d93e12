"""What the demo's customers answered after a repair: seven in ten answer, most of them pleased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from db.demo.people import PERSONAS, Person
from db.demo.repairs import Repaired
from db.demo.stage import Stage, after, insert_rows
from db.models import SurveyResponse
from db.surveys import NUMBER_PREFIX
from regulations import surveys as rules

_ANSWER = 0.68
# Weights of the grades, best first, for four grades; with more or fewer they are cut or repeat the last.
_USUAL, _AFTER_LATENESS, _RUDE = (55.0, 33.0, 9.0, 3.0), (18.0, 34.0, 28.0, 20.0), (30.0, 38.0, 20.0, 12.0)
_COMMENTS = (
    ("师傅技术好，讲解清楚", "响应很快，问题一次解决", "电话里态度很好，安排及时"),
    ("总体不错", "希望周末也能上门", "能提前十分钟打个电话更好"),
    ("等的时间有点长", "修好了，但现场没有完全收拾干净"),
    ("约好的时间没有来，也没有提前说", "同一个问题修了两次", "接电话的人说不清楚什么时候来"),
)
_COMMENTED = 0.35


def fill_surveys(
    session: Session, stage: Stage, people: Sequence[Person], repaired: Sequence[Repaired]
) -> dict[str, int]:
    """Forms about finished repairs, one row for each dimension; how many rows."""
    dice = stage.dice("surveys")
    team_ids = {person.id: person.team_id for person in people}
    rude = next((person.id for person in people if person.number == PERSONAS.rude), 0)
    dimensions, grades = rules.dimensions(stage.book), rules.grades(stage.book)
    rows: list[dict[str, Any]] = []
    of_day: dict[date, int] = {}
    for order in sorted(repaired, key=lambda one: (one.at, one.work_order_id)):
        answered_at = stage.into_office(after(dice, order.at, 900, 0.9), dice)
        weights = _AFTER_LATENESS if order.was_late else _RUDE if order.agent_id == rude else _USUAL
        chosen = dice.choices(range(4), weights, k=len(dimensions))
        has_answered, is_commented = dice.random() < _ANSWER, dice.random() < _COMMENTED
        comment = dice.choice(_COMMENTS[max(chosen, default=0)]) if is_commented else ""
        if not has_answered or answered_at > stage.now or not grades:
            continue
        on = stage.day_of(answered_at)
        of_day[on] = ordinal = of_day.get(on, 0) + 1
        for dimension, place in zip(dimensions, chosen, strict=True):
            grade = grades[min(place, len(grades) - 1)]
            rows.append(
                {
                    "id": len(rows) + 1,
                    "number": f"{NUMBER_PREFIX}-{on:%Y%m%d}-{ordinal:03d}",
                    "dimension": dimension,
                    "grade": grade,
                    "points": rules.points_of(grade, stage.book),
                    "answered_at": answered_at,
                    "answered_on": on,
                    "team_id": team_ids[order.agent_id],
                    "agent_id": order.agent_id,
                    "work_order_id": order.work_order_id,
                    "comment": comment,
                    "rulebook_version": stage.book.version,
                }
            )
    return {"survey_responses": insert_rows(session, SurveyResponse, rows)}
