"""Who must sign what: compensation by amount, other notes by role (C4.27 to C4.29, C4.11).

The tiers of the clause overlap at their edges; the lower tier has its edge (catalogue 0.2). One level decides: a lower
one may not, and a higher one may not take the decision away unless it came to it urgently past the level between (A2.2).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from regulations.levels import level_for, rank, titles
from regulations.names import NAMES, name_of
from regulations.ruling import Ruling, Violation, clauses_of
from regulations.values import ROLES, Role, Tier
from regulations.verdict import Step
from regulations.wording import money_text

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = ["KINDS", "Ruling", "Violation", "may_decide", "required_level"]

KINDS: tuple[str, ...] = tuple(NAMES["approval_kind"])
LARGEST = Decimal("9999999999.99")  # what the desk's books have room for; more is a slip of the finger
_BY_AMOUNT = "compensation"
_TIERS = "complaint.compensation_tiers"
_BYPASS = "escalation.bypass_allowed"


def required_level(kind: str, amount: Decimal | int | None, book: Rulebook) -> Ruling:
    """The level that must decide on `amount` CNY of `kind`; None of it where the rulebook asks for no approval.

    `is_allowed` says whether such a request can be made at all: not for an amount that is none, or an unknown kind.
    `amount` may be None where no amount decides.
    """
    refused = _request_violations(kind, amount)
    if refused:
        return Ruling(False, None, refused, clauses_of((), refused), ())
    value = None if amount is None else Decimal(amount)
    opening = _opening(kind, value)
    if kind == _BY_AMOUNT:
        assert value is not None
        return _by_tiers(value, opening, book)
    key = f"approval.{kind}"
    role = book.role(key)
    if role is None:
        return _free(kind, key, opening, book)
    zh, en = titles(role, book)
    steps = [
        opening,
        Step(
            f"{name_of('approval_kind', kind)}一律由{zh}审批",
            f"{_the(kind)} is signed by {en}, whatever the amount",
            book.clause(key),
        ),
    ]
    return _settled(role, zh, en, steps, book.clauses(key), book)


def may_decide(
    kind: str,
    amount: Decimal | int | None,
    role: Role,
    book: Rulebook,
    *,
    is_urgent: bool = False,
    is_handed_up: bool = False,
    is_requester: bool = False,
) -> Ruling:
    """Whether somebody of that level may decide on the request.

    `is_urgent`: it was escalated urgently to his level, past the one whose it is. `is_handed_up`: the level whose it
    is reported it to him itself, as it does with a request of its own. `is_requester`: it is his own request. Where no approval is needed nobody decides: allowed, with the step that says so.
    """
    needed = required_level(kind, amount, book)
    required = needed.required_role
    if not needed.is_allowed or required is None:
        return needed
    if role not in ROLES:
        said = Violation(
            "unknown_level", None, f"“{role}”不是审批层级。", f"{role!r} is no level that approves."
        )
        return replace(needed, is_allowed=False, violations=(said,))
    clause = next(iter(needed.clauses), None)
    zh, en = titles(role, book)
    violations: list[Violation] = []
    steps = list(needed.steps)
    if rank(role) < rank(required):
        violations.append(
            Violation(
                "level_too_low",
                clause,
                f"{zh}无权审批，须由{needed.title}审批。",
                f"{en} may not decide this: it belongs to {needed.title_en}.",
            )
        )
    elif rank(role) > rank(required):
        above = _from_above(role, needed, is_urgent, is_handed_up, clause, book)
        if isinstance(above, Step):
            steps.append(above)
        else:
            violations.append(above)
    else:
        steps.append(
            Step(f"{needed.title}正是应审批的一级", f"{needed.title_en} is the level that decides", clause)
        )
    if is_requester:
        violations.append(
            Violation(
                "own_request",
                None,
                "不能审批自己提出的申请：请由同级的其他人审批，或上报上一级决定。",
                "Nobody approves his own request: leave it to somebody else of the level, or report it to the next.",
            )
        )
    return replace(
        needed,
        is_allowed=not violations,
        violations=tuple(violations),
        steps=tuple(steps),
        clauses=clauses_of(steps, violations, *needed.clauses),
    )


def _from_above(
    role: Role, needed: Ruling, is_urgent: bool, is_handed_up: bool, clause: str | None, book: Rulebook
) -> Step | Violation:
    """What is said when a higher level decides what belongs to a lower one: why it may, or why not."""
    zh, en = titles(role, book)
    bypass = book.clause(_BYPASS)
    if is_handed_up:
        return Step(
            f"{needed.title}已将此事上报，由{zh}决定",
            f"{needed.title_en} has reported it upward itself: {en} decides",
            book.clause("escalation.ladder"),
        )
    if not is_urgent:
        return Violation(
            "level_skipped",
            clause,
            f"属于{needed.title}的权限，{zh}不得越级审批；情况紧急的，先按紧急上报。",
            f"It belongs to {needed.title_en}: {en} does not skip that level. If it cannot wait, escalate it as urgent.",
        )
    if not book.flag(_BYPASS):
        return Violation(
            "bypass_not_allowed",
            bypass or clause,
            f"本部门不允许越级，须由{needed.title}审批。",
            f"This department allows no skipping of levels: it belongs to {needed.title_en}.",
        )
    limit = book.duration("escalation.bypass_report_within")
    soon_zh = "" if limit is None else f"在 {limit.text('zh')}内"
    soon_en = "" if limit is None else f" within {limit.text('en')}"
    return Step(
        f"情况紧急，越级由{zh}审批，事后须{soon_zh}向{needed.title}补报",
        f"Urgent: {en} decides past {needed.title_en}, who is told{soon_en}",
        bypass,
    )


def _the(kind: str) -> str:
    return f"The {name_of('approval_kind', kind, 'en').lower()}"


def _opening(kind: str, amount: Decimal | None) -> Step:
    zh, en = name_of("approval_kind", kind), name_of("approval_kind", kind, "en")
    if amount is None:
        return Step(f"申请事项：{zh}", f"Requested: {en.lower()}")
    return Step(
        f"申请事项：{zh} {money_text(amount, 'zh')}", f"Requested: {en.lower()} of {money_text(amount, 'en')}"
    )


def _free(kind: str, key: str, opening: Step, book: Rulebook) -> Ruling:
    zh, en = name_of("approval_kind", kind), _the(kind)
    none = Step(f"现行规定对{zh}不设审批，可直接办理", f"{en} needs no approval under this rulebook")
    return Ruling(True, None, (), (), (opening, none))


def _by_tiers(amount: Decimal, opening: Step, book: Rulebook) -> Ruling:
    tiers = book.tiers(_TIERS)
    if tiers is None:
        return _free(_BY_AMOUNT, _TIERS, opening, book)
    steps: list[Step] = [opening]
    below: Tier | None = None
    for tier in tiers:
        is_reached = tier.upto is None or amount < tier.upto or (tier.inclusive and amount == tier.upto)
        steps.append(_tier_step(amount, below, tier, is_reached, book))
        if is_reached:
            if amount == tier.upto and book.status(_TIERS) != "stated":
                steps.append(_edge_step(tier.upto, book))
            zh, en = _tier_titles(tier, book)
            return _settled(tier.role, zh, en, steps, book.clauses(_TIERS), book)
        below = tier
    raise AssertionError("the last tier is open")  # a rulebook is refused otherwise


def _tier_titles(tier: Tier, book: Rulebook) -> tuple[str, str]:
    zh, en = titles(tier.role, book)
    return tier.title or zh, tier.title_en or en


def _tier_step(amount: Decimal, below: Tier | None, tier: Tier, is_reached: bool, book: Rulebook) -> Step:
    zh, en = _tier_titles(tier, book)
    parts_zh, parts_en = [], []
    if below is not None and below.upto is not None:
        over = ("超过", "above") if below.inclusive else ("不低于", "from")
        parts_zh.append(f"{over[0]} {money_text(below.upto, 'zh')}")
        parts_en.append(f"{over[1]} {money_text(below.upto, 'en')}")
    if tier.upto is not None:
        upto = ("不超过", "up to") if tier.inclusive else ("低于", "below")
        parts_zh.append(f"{upto[0]} {money_text(tier.upto, 'zh')}")
        parts_en.append(f"{upto[1]} {money_text(tier.upto, 'en')}")
    range_zh, range_en = "、".join(parts_zh) or "不论金额", " and ".join(parts_en) or "any amount"
    said_zh, said_en = ("在此档内", "falls here") if is_reached else ("超出此档", "is more than that")
    return Step(
        f"{range_zh}的由{zh}审批；{money_text(amount, 'zh')}{said_zh}",
        f"{range_en[0].upper()}{range_en[1:]}: {en}; {money_text(amount, 'en')} {said_en}",
        book.clause(_TIERS),
    )


def _edge_step(edge: Decimal, book: Rulebook) -> Step:
    return Step(
        f"条文中相邻两档都写到 {money_text(edge, 'zh')}；本系统约定边界数归下一级",
        f"The clause names {money_text(edge, 'en')} in both tiers; by our reading the lower one has its edge",
        book.clause(_TIERS),
    )


def _settled(
    role: Role, zh: str, en: str, steps: list[Step], clauses: tuple[str, ...], book: Rulebook
) -> Ruling:
    """The ruling with the department's own level in place of one it does not have."""
    level, moved = level_for(role, book)
    if moved:
        zh, en = titles(level, book)
    steps = [*steps, *moved]
    return Ruling(True, level, (), clauses_of(steps, (), *clauses), tuple(steps), zh, en)


def _request_violations(kind: str, amount: Decimal | int | None) -> tuple[Violation, ...]:
    if kind not in KINDS:
        return (
            Violation(
                "unknown_kind",
                None,
                f"没有“{kind}”这种申请；可选：{'、'.join(name_of('approval_kind', k) for k in KINDS)}。",
                f"There is no request of kind {kind!r}; there are {', '.join(KINDS)}.",
            ),
        )
    if amount is None:
        if kind != _BY_AMOUNT:
            return ()
        return (
            Violation("amount_missing", None, "请填写赔偿金额。", "Say how much compensation is asked for."),
        )
    wrong = amount_violation(amount)
    return (wrong,) if wrong else ()


def amount_violation(amount: Decimal | int) -> Violation | None:
    """What is wrong with a sum of money; None when nothing is: more than 0, at most two decimals, not absurd."""
    try:
        value = Decimal(amount)
    except (InvalidOperation, TypeError, ValueError):
        value = Decimal("NaN")
    if not value.is_finite():
        return Violation("amount_not_a_number", None, "金额不是一个数。", "The amount is not a number.")
    if value <= 0:
        return Violation(
            "amount_not_positive",
            None,
            "金额必须大于 0；无需赔偿的不用申请。",
            "The amount must be more than 0; nothing needs no request.",
        )
    if value > LARGEST:
        return Violation(
            "amount_too_large",
            None,
            "金额过大，请检查是否多写了数位。",
            "The amount is too large: check for a digit too many.",
        )
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        return Violation(
            "amount_too_precise",
            None,
            "金额最多两位小数（精确到分）。",
            "The amount has more than two decimals.",
        )
    return None
