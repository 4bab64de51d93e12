"""What the pages are built of: headers, figures, explanations, and the states that are not data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import navigation
from dashboard.filters import Filters, period_and_team_filters
from dashboard.formats import NOTHING, fmt_count, fmt_quantity, plain
from dashboard.i18n import _, lang
from db.metrics import METRICS, Figure
from regulations.verdict import Step

__all__ = [
    "Filters",
    "clause_list",
    "comparison_sentence",
    "count_card",
    "denominator_sentence",
    "empty",
    "explanation",
    "figure_card",
    "page_header",
    "period_and_team_filters",
    "refusal",
    "section",
    "target_sentence",
    "told",
]

Steps = Iterable[Step | Mapping[str, Any]]


def page_header(title: str, sentence: str) -> None:
    """The page's title and one sentence: what it shows, and for whom."""
    st.title(title, anchor=False)
    st.caption(plain(sentence))


def section(title: str, sentence: str = "") -> None:
    """A part of a page."""
    st.subheader(title, anchor=False)
    if sentence:
        st.caption(plain(sentence))


def figure_card(
    figure: Figure,
    previous: Figure | None = None,
    *,
    label: str | None = None,
    link: str | None = None,
    query: Mapping[str, str] | None = None,
    link_label: str | None = None,
    on_open: Callable[[], None] | None = None,
    note: str = "",
) -> None:
    """One figure in a frame: value with unit, what it was divided by, target in words, change since the
    previous period, and the way down to the cases behind it (`link`: a page of the desk; `on_open`: a list on
    this one). `note` is one more sentence: what a count is compared with, or why there is no way down.

    How many came is nobody's merit or fault: the change of a count has no colour.
    """
    metric = METRICS[figure.key]
    delta = _delta(figure, previous)
    is_plain = figure.unit == "count" or delta == _("as before") or _may_be_chance(figure, previous)
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(
            label or metric.name(lang()),
            _card_value(figure),
            delta=delta,
            delta_color="off" if is_plain else "normal" if metric.better == "up" else "inverse",
            delta_arrow="off" if delta == _("as before") else "auto",
            help=plain(_definition(figure)),
        )
        divided = denominator_sentence(figure)
        if divided:
            st.caption(plain(divided))
        if figure.target is not None:
            st.markdown(f":small[{target_sentence(figure)}]")
        if note:
            st.caption(plain(note))
        if link is not None or on_open is not None:
            st.space("stretch")  # the ways down of neighbouring cards stand in one line
        if link is not None:
            navigation.link(link, link_label or _("Show the cases"), ":material/list:", **(query or {}))
        elif on_open is not None and (figure.denominator or figure.numerator):
            st.button(
                link_label or _("Show the cases"),
                icon=":material/arrow_upward:",
                type="tertiary",
                on_click=on_open,
                key=f"open:{figure.key}:{label or ''}",
            )


def denominator_sentence(figure: Figure) -> str:
    """What was counted out of how much: "184 of 201"; for a mean, of how many; for a count, nothing.

    For hours: half of how many finished ones, and how many are still open.
    """
    if figure.denominator is None:
        return ""
    if not figure.denominator:
        return _("Nothing to count in this period")
    if (
        METRICS[figure.key].estimate is not None
    ):  # not a quotient: what was heard, and where the true figure lies
        heard = _("{n} of {d}", n=fmt_count(figure.numerator), d=fmt_count(figure.denominator))
        return (
            heard
            if figure.low is None
            else _("{heard} heard; between {low} and {high}", heard=heard, **_ends(figure))
        )
    if figure.unit == "percent":
        return _("{n} of {d}", n=fmt_count(figure.numerator), d=fmt_count(figure.denominator))
    if figure.unit == "hours":
        return _("median of {n}; {m} still open", n=fmt_count(figure.numerator), m=fmt_count(figure.rest))
    return _("mean of {d}", d=fmt_count(figure.denominator))


def target_sentence(figure: Figure) -> str:
    """The figure against its target in words, with a colour and a sign besides (Markdown); "" without one."""
    if figure.target is None:
        return ""
    goal = fmt_quantity(figure.target, figure.unit)
    if figure.value is None:
        return plain(_("Target {goal}", goal=goal))
    distance = figure.value - figure.target
    is_good = distance >= 0 if METRICS[figure.key].better == "up" else distance <= 0
    if is_good:
        return f":green[:material/check: {plain(_('Target {goal} reached', goal=goal))}]"
    words = _("Target {goal} missed by {n}", goal=goal, n=_apart(abs(distance), figure.unit))
    return f":red[:material/warning: {plain(words)}]"


def _ends(figure: Figure) -> dict[str, str]:
    """The ends of an estimate's interval, to one decimal."""
    sign = "%" if figure.unit == "percent" else ""
    return {"low": f"{figure.low or 0:.1f}{sign}", "high": f"{figure.high or 0:.1f}{sign}"}


def _may_be_chance(figure: Figure, previous: Figure | None) -> bool:
    """Whether the change lies within the uncertainty of two estimates: then it is nobody's merit or fault."""
    if previous is None or figure.low is None or figure.high is None:
        return False
    if previous.low is None or previous.high is None:
        return False
    return figure.low <= previous.high and previous.low <= figure.high


def _card_value(figure: Figure) -> str:
    """The value as it fits a card: long times in days alone."""
    if figure.unit == "hours" and figure.value is not None and figure.value >= 240:
        return _("{n} d", n=fmt_count(round(figure.value / 24, 1)))
    return fmt_quantity(figure.value, figure.unit)


def _apart(distance: float, unit: str) -> str:
    """A distance between two values: percentages are apart by percentage points."""
    if unit in ("hours", "minutes"):
        return fmt_quantity(distance, unit)
    size = fmt_count(round(distance, 1))
    return _("{n} percentage points", n=size) if unit == "percent" else size


def _delta(figure: Figure, previous: Figure | None) -> str | None:
    """The change since the previous period; its sign first, as st.metric reads it."""
    if previous is None or figure.value is None or previous.value is None:
        return None
    change = round(figure.value - previous.value, 1)
    if not change:
        return _("as before")
    return f"{'+' if change > 0 else '-'}{_apart(abs(change), figure.unit)}"


def _definition(figure: Figure) -> str:
    text = METRICS[figure.key].definition(lang())
    return _("{definition} Clauses: {clauses}", definition=text, clauses=clause_list(figure.clauses))


def comparison_sentence(chosen: Filters) -> None:
    """What the changes on the cards are changes from."""
    first, last = chosen.previous()
    st.caption(
        plain(_("Changes are against {first} to {last}.", first=first.isoformat(), last=last.isoformat()))
    )


def count_card(
    label: str,
    count: int,
    sentence: str,
    *,
    link: str | None = None,
    query: Mapping[str, str] | None = None,
    on_open: Callable[[], None] | None = None,
    is_alarm: bool = False,
) -> None:
    """A number that asks for something to be done, and the way to its list: another page of the desk
    (`link`), or something that happens on this one (`on_open`).
    """
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(label, fmt_count(count))
        colour = "red" if is_alarm and count else "gray"
        st.markdown(f":small[:{colour}[{plain(sentence)}]]")
        if link is None and on_open is None:
            return
        st.space("stretch")
        icon = ":material/arrow_forward:" if link is not None else ":material/arrow_downward:"
        is_clicked = st.button(
            _("Open the list"), icon=icon, type="tertiary", on_click=on_open, key=f"open:{label}"
        )
        if is_clicked and link is not None:
            navigation.go(link, query or {})


def clause_list(clauses: Sequence[str]) -> str:
    """Clause numbers in a row; a dash where a rule of our own rests on none."""
    return ", ".join(clauses) if clauses else NOTHING


def explanation(steps: Steps, title: str | None = None) -> None:
    """The reasoning behind a verdict, step by step, each with the clause it rests on."""
    lines = [_line(number, item) for number, item in enumerate(steps, start=1)]
    if title:
        st.markdown(f"**{plain(title)}**")
    if not lines:
        st.caption(_("No explanation was recorded for this verdict."))
        return
    st.markdown("\n".join(lines))


def _line(number: int, item: Step | Mapping[str, Any]) -> str:
    one = item if isinstance(item, Step) else Step.from_record(item)
    badge = f" :blue-badge[{plain(one.clause)}]" if one.clause else ""
    return f"{number}. {plain(one.text(lang()))}{badge}"


def empty(title: str, sentence: str, icon: str = "inbox") -> None:
    """Nothing to show, and why that is, in place of an empty chart or table."""
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.markdown(f"#### :gray[:material/{icon}:] {plain(title)}", text_alignment="center")
        st.caption(plain(sentence), text_alignment="center")


def refusal(title: str, sentence: str, *, link: tuple[str, str] | None = None, icon: str = "lock") -> None:
    """The viewer may not, or the address leads nowhere: what is the matter and what to do instead.

    `link` is an address outside the pages (the sign-in) with its label.
    """
    with st.container(border=True, gap="small"):
        st.markdown(f"### :material/{icon}: {plain(title)}")
        st.markdown(plain(sentence))
        if link is not None:
            st.html(f'<a href="{link[0]}" target="_self">{plain(link[1])}</a>')


def told(title: str, sentence: str) -> None:
    """Something went differently than the viewer expected: said once, above what is true now."""
    st.warning(f"**{plain(title)}**  \n{plain(sentence)}", icon=":material/info:")


def show_flash(key: str, done_icon: str = ":material/check_circle:") -> None:
    """Say once what came of the last action: (done, warning or error; the sentence), left under `key` by a callback."""
    kind, text = st.session_state.pop(key, ("", ""))
    if kind == "done":
        st.success(plain(text), icon=done_icon)
    elif kind == "error":
        st.error(plain(text), icon=":material/block:")
    elif kind == "warning":
        st.warning(plain(text), icon=":material/error:")
