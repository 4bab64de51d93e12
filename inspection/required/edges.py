"""Transcripts that begin or end in the middle: what came before or after was not written down.

Of a recording the sound tells (its first speech, whether it breaks off); of a transcript that another recogniser wrote,
only the words do: a first utterance at 0.0 s that is the rest of a phrase, a caller who is amid his matter before
anybody greeted him, a last utterance that stops without an end.
"""

from __future__ import annotations

import unicodedata

from inspection.text.owed import Contact
from inspection.text.wording import normalise
from regulations.values import PhraseRule
from regulations.verdict import Step, step

_AT_ONCE_SECONDS = 0.05  # spans are wider than the speech: its first 0.2 s
_LEAST_REST = 3  # characters of a phrase whose beginning was lost
_NO_END = frozenset(",，、;；:：-—…")


def begins_amid(contact: Contact, rule: PhraseRule) -> Step | None:
    """Why nobody knows what the agent said first."""
    own = [c for c in contact.transcript.channels if c.speaker == "agent" and c.speech]
    if any(c.speech[0][0] < _AT_ONCE_SECONDS for c in own):
        return step(
            "录音一开始客服就在说话，前面的话可能没有录到：不计分，请听录音",
            "the agent speaks as the recording begins, perhaps what came before was not recorded: no points, listen to it",
        )
    if contact.transcript.channels or not contact.is_heard or not _starts_in_a_sentence(contact, rule):
        return None
    return step(
        "文字一开始就在句子或对话中间（“{q}”），前面的话可能没有写下来：不计分，请听录音",
        "the transcript begins amid a sentence or a talk (“{q}”), perhaps what came before was not written down: no points,"
        " listen to it",
        q=contact.segments[0].text[:12],
    )


def _starts_in_a_sentence(contact: Contact, rule: PhraseRule) -> bool:
    first = contact.segments[0]
    if first.start >= _AT_ONCE_SECONDS:
        return False
    text = first.text.lstrip()
    if text[:1] in _NO_END or text[:1] in "。.！!？?":
        return True
    said = normalise(text).text
    if first.speaker == "agent":
        return any(_is_rest(said, normalise(wanted).text) for wanted in _wordings(contact, rule))
    is_incoming = contact.transcript.direction == "inbound" and contact.transcript.channel == "phone"
    matter = contact.matter
    return (
        is_incoming
        and first.speaker == "customer"
        and matter is not None
        and matter.segments[0] == 0
        and not any(normalise(hello).text in said for hello in contact.limits.hellos)
    )


def _wordings(contact: Contact, rule: PhraseRule) -> tuple[str, ...]:
    return (*rule.texts, *contact.limits.cues.get("openers", ()))


def _is_rest(said: str, wanted: str) -> bool:
    """Whether what was said begins with the end of the wording, its beginning lost."""
    return any(said.startswith(wanted[k:]) for k in range(1, len(wanted) - _LEAST_REST + 1))


def ends_amid(contact: Contact) -> Step | None:
    """Why nobody knows whether the agent still had the chance to close: nobody knows who hung up, and his are not
    the last words, or they stop in the middle of a sentence."""
    if not contact.is_heard or contact.transcript.hangup_by != "unknown":
        return None
    last = contact.segments[-1]
    if last.speaker == "customer":
        return step(
            "最后是客户在说话，又不知道是谁先挂机，很可能是客户：不计分，请人工判断",
            "the last words are the customer's and who hung up is not known, probably he did: no points, a person decides",
        )
    ended = [_has_end(s.text) for s in contact.segments]
    if not ended[-1] and 2 * sum(ended) > len(ended):
        return step(
            "最后一句“{q}”没有说完，通话可能中断：不计分，请听录音",
            "the last sentence (“{q}”) is not finished, perhaps the call was cut off: no points, listen to it",
            q=last.text[-12:],
        )
    return None


def _has_end(text: str) -> bool:
    last = text.rstrip()[-1:]
    return bool(last) and last not in _NO_END and unicodedata.category(last)[0] in "PS"
