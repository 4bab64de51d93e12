"""How the verdict on a handover is told, step by step, each with the clause it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from regulations.handover_rules import refused_goes_to
from regulations.levels import titles
from regulations.names import name_of
from regulations.verdict import Step
from regulations.wording import instant_text, span_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.handovers import HandoverFacts
    from regulations.rulebook import Rulebook

_FORM, _FIELDS = "handover.record_form", "handover.fields"
_EARLY, _FOLLOWS = "attendance.early_arrival", "handover.follows_within"
_WAIT, _REFUSAL, _REVIEW = (
    "handover.wait_for_relief",
    "handover.refusal_allowed",
    "handover.supervisor_review",
)


def all_steps(
    facts: HandoverFacts,
    book: Rulebook,
    now: datetime,
    until: datetime,
    review_due: datetime | None,
    direct: bool,
    lacking: tuple[str, ...],
    flags: tuple[str, ...],
    state: str,
) -> tuple[Step, ...]:
    """The whole reasoning, in the order in which a handover goes."""
    zone = WorkCalendar.from_rulebook(book).timezone
    steps = [
        _roster(facts, book, direct, zone),
        *_stayed(facts, until, zone),
        *_arrival(facts, book, flags, zone),
        *_record(facts, book, now, until, lacking, zone),
        *_refusal(facts, book, zone),
        *_signatures(facts, book, until, flags, direct, zone),
        *_relief(facts, book, now, flags, direct, zone),
        *_review(facts, book, review_due, flags, zone),
    ]
    zh, en = (name_of("handover_state", state, lang) for lang in ("zh", "en"))
    return (*steps, Step(f"结论：{zh}", f"Verdict: {en.lower()}"))


def _roster(facts: HandoverFacts, book: Rulebook, direct: bool, zone: tzinfo) -> Step:
    end = instant_text(facts.outgoing_ends_at, zone)
    if facts.incoming_starts_at is None:
        return Step(
            f"交班至 {end}；排班上已没有接班的人",
            f"The outgoing shift ends at {end}; nobody follows on the roster any more",
            book.clause(_FOLLOWS),
        )
    start = instant_text(facts.incoming_starts_at, zone)
    if direct:
        return Step(
            f"交班至 {end}，接班自 {start}：当面交接",
            f"The outgoing shift ends at {end}, the incoming one begins at {start}: handed over in person",
            book.clause(_FOLLOWS),
        )
    return Step(
        f"交班至 {end}，接班自 {start}：离岗前写好，接班时查看",
        f"The outgoing shift ends at {end}, the next one begins at {start}: written before leaving, read on arrival",
        book.clause(_FOLLOWS),
    )


def _stayed(facts: HandoverFacts, until: datetime, zone: tzinfo) -> Iterator[Step]:
    """What the clock says of the outgoing person, where it changes until when he could hand over."""
    if facts.came_at is None and facts.left_at is None:
        yield Step(
            "交班人没有打卡记录；是否出勤另行认定",
            "There is no clock reading of the outgoing person; whether he was there is judged elsewhere",
        )
    elif facts.left_at is not None:
        left = instant_text(facts.left_at, zone)
        if whole_seconds(facts.left_at) > whole_seconds(facts.outgoing_ends_at):
            yield Step(
                f"交班人 {left} 才离岗，交接以离岗时为限",
                f"The outgoing person stayed until {left}: that is the limit",
            )
        else:
            yield Step(f"交班人 {left} 离岗", f"The outgoing person left at {left}")
    elif until > whole_seconds(facts.outgoing_ends_at):
        yield Step(
            "班次已结束，交班人仍在岗（未打下班卡），离岗前仍可交接",
            "The shift is over and its person still there (not clocked out): he may hand over until he leaves",
        )


def _arrival(facts: HandoverFacts, book: Rulebook, flags: tuple[str, ...], zone: tzinfo) -> Iterator[Step]:
    early = book.duration(_EARLY)
    if early is None or not early.value or facts.incoming_starts_at is None:
        return
    clause, zh, en = book.clause(_EARLY), early.text("zh"), early.text("en")
    if facts.relief_came_at is None:
        yield Step(
            f"接班人应提前 {zh}到岗，尚无打卡",
            f"The incoming person is due {en} early; no clock reading yet",
            clause,
        )
        return
    came = instant_text(facts.relief_came_at, zone)
    start = whole_seconds(facts.incoming_starts_at)
    before = (start - whole_seconds(facts.relief_came_at)).total_seconds()
    by = (span_text(before, "zh"), span_text(before, "en"))
    if "not_early" in flags and before < 0:
        yield Step(
            f"接班人应提前 {zh}到岗；{came} 到岗，晚于上班时间 {by[0]}",
            f"The incoming person is due {en} early; he came at {came}, {by[1]} after his shift began",
            clause,
        )
    elif "not_early" in flags:
        yield Step(
            f"接班人应提前 {zh}到岗；{came} 到岗，只提前 {by[0]}",
            f"The incoming person is due {en} early; he came at {came}, only {by[1]} early",
            clause,
        )
    else:
        yield Step(
            f"接班人应提前 {zh}到岗；{came} 到岗，已提前",
            f"The incoming person is due {en} early; he came at {came}, early enough",
            clause,
        )


def _record(
    facts: HandoverFacts,
    book: Rulebook,
    now: datetime,
    until: datetime,
    lacking: tuple[str, ...],
    zone: tzinfo,
) -> Iterator[Step]:
    """Whether it was written, complete, and in time."""
    form, end = book.text(_FORM) or "交接记录", instant_text(until, zone)
    names = book.items(_FIELDS) or ()
    if facts.written_at is None:
        if lacking and len(lacking) < len(names):
            zh, en = "、".join(lacking), ", ".join(lacking)
            yield Step(
                f"《{form}》未填完，还缺：{zh}",
                f"《{form}》 is not complete: {en} missing",
                book.clause(_FIELDS),
            )
        if now > until:
            yield Step(
                f"至 {end} 没有写好《{form}》：未交接",
                f"《{form}》 was not written by {end}: the handover is missing",
                book.clause(_FORM),
            )
        elif until > whole_seconds(facts.outgoing_ends_at) and facts.left_at is None:
            yield Step(
                f"《{form}》应在离岗前写好", f"《{form}》 is to be written before leaving", book.clause(_FORM)
            )
        else:
            yield Step(
                f"《{form}》应在 {end} 前写好", f"《{form}》 is to be written by {end}", book.clause(_FORM)
            )
        return
    counted_at = facts.completed_at or facts.written_at
    at = instant_text(counted_at, zone)
    over = (whole_seconds(counted_at) - until).total_seconds()
    if over > 0:
        yield Step(
            f"《{form}》写于 {at}，晚于 {end}，超时 {span_text(over, 'zh')}",
            f"《{form}》 was written at {at}, after {end}, {span_text(over, 'en')} late",
            book.clause(_FORM),
        )
    else:
        yield Step(
            f"《{form}》写于 {at}，不晚于 {end}：按时",
            f"《{form}》 was written at {at}, not after {end}: in time",
            book.clause(_FORM),
        )
    if facts.written_at != counted_at:
        again = instant_text(facts.written_at, zone)
        yield Step(
            f"签字前于 {again} 修改过，是否按时仍以首次写好的时间计",
            f"Rewritten at {again}, before it was signed; in time or late counts from when it was first complete",
        )
    if names and not lacking:
        yield Step(
            f"规定的 {len(names)} 项均已填写：{'、'.join(names)}",
            f"All {len(names)} fields are filled in: {', '.join(names)}",
            book.clause(_FIELDS),
        )


def _refusal(facts: HandoverFacts, book: Rulebook, zone: tzinfo) -> Iterator[Step]:
    if facts.refused_at is None:
        return
    at, clause = instant_text(facts.refused_at, zone), book.clause(_REFUSAL)
    yield Step(
        f"接班人 {at} 拒绝接班：{facts.refused_reason}",
        f"The incoming person refused at {at}: {facts.refused_reason}",
        clause,
    )
    zh, en = titles(refused_goes_to(book), book)
    yield Step(f"上报{zh}处理", f"Reported upward to {en}", clause)
    later = [at for at in (facts.written_at, facts.signed_in_at) if at is not None and at > facts.refused_at]
    if later:
        at = instant_text(min(later), zone)
        yield Step(f"{at} 已补充或重新交接", f"Taken up again at {at}", clause)


def _signatures(
    facts: HandoverFacts,
    book: Rulebook,
    until: datetime,
    flags: tuple[str, ...],
    direct: bool,
    zone: tzinfo,
) -> Iterator[Step]:
    """Who has signed, against the moment by which the handover ends."""
    if facts.written_at is None:
        return
    clause = book.clause(_REVIEW) if book.choice(_REVIEW) == "daily" else book.clause(_FORM)
    for at, zh, en in (
        (facts.signed_in_at, "接班人", "incoming"),
        (facts.signed_out_at, "交班人", "outgoing"),
    ):
        if at is not None:
            signed = instant_text(at, zone)
            yield Step(f"{zh}签字 {signed}", f"Signed by the {en} person at {signed}", clause)
        else:
            yield Step(f"{zh}未签字", f"Not signed by the {en} person", clause)
    limit = until if direct else facts.incoming_starts_at
    if facts.signed_in_at is not None and limit is not None and whole_seconds(facts.signed_in_at) > limit:
        over = (whole_seconds(facts.signed_in_at) - limit).total_seconds()
        by = instant_text(limit, zone)
        yield Step(
            f"应于 {by} 前接下，超时 {span_text(over, 'zh')}",
            f"To be taken over by {by}: {span_text(over, 'en')} late",
            clause,
        )


def _relief(
    facts: HandoverFacts,
    book: Rulebook,
    now: datetime,
    flags: tuple[str, ...],
    direct: bool,
    zone: tzinfo,
) -> Iterator[Step]:
    """Whether the outgoing person waited until he was relieved (A2.48)."""
    if not direct or not book.flag(_WAIT):
        return
    clause = book.clause(_WAIT)
    if "left_unrelieved" in flags:
        yield Step("接班人到岗前已离岗", "The outgoing person left before the incoming one was there", clause)
        if "unrelieved" in flags:
            yield Step(
                "至今无人接班，请安排人接替", "Nobody has come since: send somebody to take over", clause
            )
    elif "unrelieved" in flags and now < whole_seconds(facts.outgoing_ends_at):
        yield Step(
            "接班人的班次已开始，本人未到岗：请联系，或安排人接替",
            "The incoming shift has begun and its person has not come: call him, or send somebody else",
            clause,
        )
    elif "unrelieved" in flags:
        yield Step(
            "到了交班时间，接班人未到岗：交班人不得离岗，请安排人接替",
            "The shift is over and nobody has come: the outgoing person may not leave; send somebody to relieve him",
            clause,
        )
    elif facts.signed_in_at is None and facts.reviewed_at is None:
        yield Step(
            "接班人签字接班后，交班人方可签字离岗",
            "The outgoing person signs and leaves once the incoming one has taken over",
            clause,
        )


def _review(
    facts: HandoverFacts,
    book: Rulebook,
    review_due: datetime | None,
    flags: tuple[str, ...],
    zone: tzinfo,
) -> Iterator[Step]:
    clause = book.clause(_REVIEW)
    if review_due is None:
        yield Step("现行规定不要求主管审阅", "This rulebook asks for no review", clause)
    if facts.reviewed_at is not None:
        at = instant_text(facts.reviewed_at, zone)
        late_zh, late_en = ("，逾期", ", too late") if "review_late" in flags else ("", "")
        yield Step(f"主管审阅于 {at}{late_zh}", f"Reviewed at {at}{late_en}", clause)
    elif review_due is not None:
        by = instant_text(review_due, zone)
        if "review_late" in flags:
            yield Step(
                f"应于当日（{by} 前）审阅，已逾期", f"To be reviewed the same day, by {by}: overdue", clause
            )
        else:
            yield Step(f"主管应于当日（{by} 前）审阅签字", f"To be reviewed the same day, by {by}", clause)
