"""Why a phrase that every contact owes was not owed in this one: what makes it pointless, or takes the chance away.

A patient who died is wished no recovery, a wrong number is not asked for opinions, and who has said what he wants
before the agent could speak is not asked for it. Greeting and farewell stay owed to whoever is on the line.
"""

from __future__ import annotations

from inspection.required.cues import first_cue, places_of_cues
from inspection.required.explaining import excuse
from inspection.text.owed import Contact
from inspection.text.tracks import Place, Track
from regulations.values import PhraseRule
from regulations.verdict import Step, step

_STAY_OWED = ("greeting", "closing")
_ASKED = "name_check"
_OFFERED = "reception"
_TURNS_TO_PART = 3  # of the agent's: with more before or after it, the talk took place all the same


def why_not_owed(contact: Contact, rule: PhraseRule) -> Step | None:
    """The reason; None where the phrase was owed. Only for a phrase that was not said."""
    if (announced := _nobody_answers(contact)) is not None:
        return announced
    if rule.category != "greeting" and _is_alone(contact):
        return step(
            "客户一方自始至终没有说话，没有谈成",
            "the customer never says anything: there was no conversation",
        )
    if rule.phase == "closing":
        reason = excuse(contact) or _transferred(contact)
        if reason is not None:
            return reason
    if (cut := _called_off(contact, rule)) is not None:
        return cut
    if rule.category == _ASKED:
        return _known(contact)
    if rule.category == _OFFERED and len(contact.agent_turns) <= contact.limits.opening_turns:
        return step("来访者只问了一句话，没有停留", "the visitor only asks a question and does not stay")
    return None


def _nobody_answers(contact: Contact) -> Step | None:
    if contact.transcript.direction != "outbound":
        return None
    place = first_cue(_theirs(contact), contact.limits.cues.get("nobody_answers", ()))
    if place is None:
        return None
    return step(
        "{at:.1f} 秒是线路提示音“{q}”：没有人接听",
        "an announcement at {at:.1f} s (“{q}”): nobody answered", at=place.start, q=place.quote,
    )  # fmt: skip


def _theirs(contact: Contact) -> Track:
    return contact.customer if contact.customer.text else contact.unknown


def _is_alone(contact: Contact) -> bool:
    """Whether nobody but the agent is heard, not even perhaps."""
    return (
        contact.is_heard
        and not contact.customer_perhaps.text
        and not contact.unknown.text
        and all(stretch.speaker == "agent" for stretch in contact.transcript.to_listen)
    )


def _transferred(contact: Contact) -> Step | None:
    """The agent's last words hand the call to somebody else: the farewell is theirs."""
    if not contact.agent_turns:
        return None
    words = contact.track(contact.agent_turns[-1].segments)
    place = first_cue(words, contact.limits.cues.get("transfers", ()))
    if place is None:
        return None
    return step(
        "{at:.1f} 秒说“{q}”，电话转给了别人，道别由接手的人说",
        "at {at:.1f} s “{q}”: the call goes to somebody else, who will say goodbye", at=place.start, q=place.quote,
    )  # fmt: skip


def _called_off(contact: Contact, rule: PhraseRule) -> Step | None:
    """The talk did not take place: wrong number, no time, not there, refused; or the patient has died."""
    cues, first = contact.limits.cues, contact.agent_turns[0].start
    for track, name, is_final in (
        (contact.customer, "deceased", True),
        (contact.agent, "deceased", True),
        (contact.customer, "wrong_number", False),
        (contact.agent, "wrong_number", False),
        (contact.customer, "called_off", False),
    ):
        if name == "called_off" and contact.transcript.direction != "outbound":
            continue
        for place in places_of_cues(track, cues.get(name, ())):
            after = sum(turn.start >= place.end for turn in contact.agent_turns)
            before = len(contact.agent_turns) - after
            if not is_final and max(before, after) > _TURNS_TO_PART:
                continue
            if rule.category == "greeting" and place.start >= first:
                continue
            if rule.category in _STAY_OWED and rule.category != "greeting":
                continue
            return _because(place)
    return None


def _because(place: Place) -> Step:
    return step(
        "{at:.1f} 秒说“{q}”，之后没有谈下去，这句话用不上",
        "“{q}” at {at:.1f} s, and the talk did not take place: there was no use for it", at=place.start, q=place.quote,
    )  # fmt: skip


def _known(contact: Contact) -> Step | None:
    """Who or what was to be asked for had been said without a question."""
    own = contact.agent_turns
    if contact.transcript.direction == "inbound":
        matter = contact.matter
        if matter is None or matter.start >= own[0].end:
            return None
        return step(
            "客户在 {at:.1f} 秒没等问就说了来意",
            "the customer states the matter at {at:.1f} s without being asked", at=matter.start,
        )  # fmt: skip
    until = own[1].start if len(own) > 1 else float("inf")
    for place in places_of_cues(contact.customer, contact.limits.cues.get("gives_name", ())):
        if place.start < until:
            return step(
                "客户在 {at:.1f} 秒自己说了是谁（“{q}”）",
                "the customer says who it is at {at:.1f} s (“{q}”)", at=place.start, q=place.quote,
            )  # fmt: skip
    return None
