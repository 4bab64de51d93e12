"""`callbacks`: what a closed case, a repair or a discharge obliges to, and how it was met."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commands.callback_answers import Answered, answer_of, print_answer
from commands.output import DONE, CommandError, print_json
from commands.reading import (
    Node,
    add_rule_arguments,
    chosen_lang,
    chosen_now,
    chosen_rulebook,
    read_json,
)
from regulations.callback_course import Attempt, Decision
from regulations.callback_rounds import rounds_while_unsolved
from regulations.callbacks import UNRESOLVED, next_attempt, obligation
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.values import ROLES, Role
from regulations.worktime import WorktimeError

_ARISEN = ("arisen_at", "resolved_at", "closed_at", "finished_at", "discharged_at", "visited_at")
_ATTEMPT = ("outcome", "complete", "caller", "caller_role", "satisfaction", "channel", "note")
_ACTIONS = ("retry", "give_up")


def register(commands: Any) -> None:
    """Adds `callbacks`."""
    parser = commands.add_parser(
        "callbacks",
        help="the callbacks that a case obliges to, and the rates",
        description="When the callback of a closed case, a repair or a discharge is due, whether it was made, when to try again.",
        epilog='The file is JSON, one case, a list of cases, or {"cases": […]}. A case: {"kind": "complaint", "arisen_at": ISO'
        ' (or resolved_at, closed_at, finished_at, discharged_at, visited_at), "handler": NAME, "caller": NAME, "team": NAME,'
        ' "attempts": [{"at": ISO, "outcome": "connected", "complete": true, "caller": NAME, "caller_role": "agent",'
        ' "satisfaction": "satisfied"}], "decisions": [{"at": ISO, "action": "retry" or "give_up", "reason": "unreachable"}]}.'
        ' One of kind unresolved with "until": ISO or null gives every interval until the solution. '
        f"Kinds: {', '.join(NAMES['callback_kind'])}. Outcomes: {', '.join(NAMES['attempt_outcome'])}; connected and"
        " complete where nothing is said.",
    )
    parser.add_argument("file", metavar="F", help="the case; a JSON file, - for standard input")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


@dataclass(frozen=True, slots=True)
class Case:
    """A case as the file has it. `is_recurring`: every interval while it is unsolved, not the first alone."""

    kind: str
    arisen_at: datetime
    handler: str | None
    attempts: tuple[Attempt, ...]
    decisions: tuple[Decision, ...]
    number: str
    caller: str
    team: str
    is_recurring: bool
    until: datetime | None

    def owed(self, book: Rulebook, now: datetime) -> list[Answered]:
        """What the case obliges to, with what was tried."""
        groups = {"kind": self.kind, "caller": self.caller, "team": self.team}
        if self.is_recurring:
            rounds = rounds_while_unsolved(
                self.arisen_at, self.attempts, book, now, self.until, self.decisions
            )
            return [
                Answered(
                    one, made, next_attempt(self.kind, one.arisen_at, made, book, now, self.decisions),
                    self.number, groups,
                )
                for one, made in rounds
            ]  # fmt: skip
        one = obligation(
            self.kind, self.arisen_at, self.attempts, book, now, self.handler, decisions=self.decisions
        )
        later = next_attempt(self.kind, self.arisen_at, self.attempts, book, now, self.decisions)
        return [Answered(one, self.attempts, later, self.number, groups)]


def run(arguments: argparse.Namespace) -> int:
    """Answers with the obligations and their rates. Raises CommandError for anything that cannot be read."""
    book, now, lang = chosen_rulebook(arguments), chosen_now(arguments), chosen_lang(arguments)
    cases = [_case(node, book) for node in _cases(read_json(arguments.file))]
    try:
        owed = [one for case in cases for one in case.owed(book, now)]
    except WorktimeError as error:
        raise CommandError(f"{arguments.file}: {error}") from None
    if arguments.json:
        print_json(answer_of(owed, book, now, lang))
    else:
        print_answer(owed, book, now, lang)
    return DONE


def _cases(document: Node) -> list[Node]:
    if isinstance(document.value, list):
        return document.elements()
    if isinstance(document.value, dict) and "cases" in document.value:
        return document.fields(needed=("cases",))["cases"].elements()
    return [document]


def _case(node: Node, book: Rulebook) -> Case:
    known = (*_ARISEN, "handler", "attempts", "decisions", "number", "caller", "team", "until")
    fields = node.fields(needed=("kind",), known=known)
    codes = dict.fromkeys(
        [*NAMES["callback_kind"], *(c.code for c in book.callback_categories()), UNRESOLVED]
    )

    def text(name: str) -> str:
        return fields[name].text() if name in fields else ""

    def elements(name: str) -> list[Node]:
        return fields[name].elements() if name in fields else []

    kind = fields["kind"].code(tuple(codes))
    arisen_at = node.one_of(fields, _ARISEN).instant()
    is_recurring = isinstance(node.value, dict) and "until" in node.value
    if is_recurring and kind != UNRESOLVED:
        raise node.refuse(f'"until" is for kind {UNRESOLVED} alone')
    until = fields["until"].instant() if "until" in fields else None
    if until is not None and until < arisen_at:
        raise fields["until"].refuse("lies before the matter arose")
    return Case(
        kind=kind,
        arisen_at=arisen_at,
        handler=text("handler") or None,
        attempts=tuple(_attempt(a) for a in elements("attempts")),
        decisions=tuple(_decision(d) for d in elements("decisions")),
        number=text("number"),
        caller=text("caller"),
        team=text("team"),
        is_recurring=is_recurring,
        until=until,
    )


def _attempt(node: Node) -> Attempt:
    fields = node.fields(needed=("at",), known=_ATTEMPT)
    outcome = "connected"
    if "outcome" in fields:
        outcome = fields["outcome"].code(tuple(NAMES["attempt_outcome"]))
    satisfaction = None
    if "satisfaction" in fields:
        satisfaction = fields["satisfaction"].code(tuple(NAMES["satisfaction"]))
    role: Role | None = None
    if "caller_role" in fields:
        said = fields["caller_role"].code(ROLES)
        role = next(r for r in ROLES if r == said)
    return Attempt(
        at=fields["at"].instant(),
        outcome=outcome,
        is_complete=fields["complete"].flag() if "complete" in fields else outcome == "connected",
        caller=fields["caller"].text() if "caller" in fields else "",
        satisfaction=satisfaction,
        caller_role=role,
    )


def _decision(node: Node) -> Decision:
    fields = node.fields(needed=("at", "action"), known=("reason",))
    action = fields["action"].code(_ACTIONS)
    reason = fields["reason"].code(tuple(NAMES["settled_reason"])) if "reason" in fields else "unreachable"
    return Decision(fields["at"].instant(), action, reason if action == "give_up" else "")
