"""A rulebook changed by hand: the edits of a draft, read and refused as a file would be (catalogue sections 4.1, 4.4).

An edit is a JSON record: a phrase `{"what": "phrase", "list": "banned", "action": "add", "id": …, "record": {…}}` whose
record is what a file would write (a trigger and a flow cue likewise, by their code), or a parameter `{"what": "parameter", "key": …, "kind": "", "state": "value", "value": …,
"source": […], "status": …}`. A draft holds one edit for each phrase and parameter, against the rulebook it began from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from regulations import storage
from regulations.book import Rulebook
from regulations.contradictions import contradictions
from regulations.fields import provenance
from regulations.layers import Entry, Layer, Problem, RulebookError, Slot, resolved
from regulations.loading import base_layer
from regulations.parameter import Parameter
from regulations.phrase_rules import CONTACT_KINDS
from regulations.records import COLLECTIONS
from regulations.scalars import Refused, one_of
from regulations.schema import SPECS
from regulations.typed import read_value
from regulations.values import Duration, FlowCue, PhraseRule, PhraseTrigger, Status

Edit = Mapping[str, Any]
SECTIONS = ("speech", "measure", "call", "qa")
"""The sections of parameters that a draft may change: those that inspection reads."""

LISTS = ("required", "banned")
"""The lists of phrases."""
RECORDS = (*LISTS, "triggers", "flow")
"""The lists that a draft may change: besides phrases, what makes them owed and by which words a step is recognised."""
Record = PhraseRule | PhraseTrigger | FlowCue
ACTIONS = ("add", "change", "remove")
SITE = "site"
"""Where edited values come from, as rulebooks name it."""

_WEIGHTS = {"required": "qa.required_weight", "banned": "qa.banned_weight"}
_WHERE = "draft"  # what problems name in place of a file
_Records = dict[str, dict[str, Entry]]


def key_of(edit: Edit) -> str:
    """What the edit is about, as `Rulebook.flat` names it: phrase.banned[id], speech.join_pause, call.small_talk[chat]."""
    if edit.get("what") == "phrase":
        return f"phrase.{edit.get('list', '')}[{edit.get('id', '')}]"
    kind = edit.get("kind")
    return f"{edit.get('key', '')}[{kind}]" if kind else str(edit.get("key", ""))


def phrase_of(book: Rulebook, list_: str, id_: str) -> PhraseRule | None:
    """The phrase of that id in the list; None when there is none."""
    rules = book.banned_phrases() if list_ == "banned" else book.required_phrases()
    return next((rule for rule in rules if rule.id == id_), None)


def record_of(book: Rulebook, list_: str, id_: str) -> Record | None:
    """The phrase, trigger or flow cue of that id in one of RECORDS; None when there is none."""
    if list_ == "triggers":
        return book.triggers().get(id_)
    if list_ == "flow":
        return next((cue for cue in book.all_flow_cues() if cue.code == id_), None)
    return phrase_of(book, list_, id_)


def restoring(base: Rulebook, shipped: Rulebook, list_: str, id_: str) -> Edit | None:
    """The edit that gives a phrase, trigger or cue back the words of the files; None where the files have none.

    `base` is what the draft builds on, `shipped` the rulebook as the files state it.
    """
    said = record_of(shipped, list_, id_)
    if said is None:
        return None
    key = f"phrase.{list_}"
    return {
        "what": "phrase",
        "list": list_,
        "action": "add" if record_of(base, list_, id_) is None else "change",
        "id": id_,
        "record": COLLECTIONS[key].write(said),
        "origin": shipped.record_origins()[f"{key}[{id_}]"],
    }


def edits_towards(base: Rulebook, target: Rulebook) -> tuple[list[Edit], list[str]]:
    """The edits that make `base` say what `target` says, and the keys of what no draft can change.

    A draft changes phrases, triggers, cues and the values of SECTIONS; other limits come with files.
    """
    edits: list[Edit] = []
    others: list[str] = []
    before, after = ({p.key: p for p in book.flat()} for book in (base, target))
    for key in dict.fromkeys([*before, *after]):
        one, two = before.get(key), after.get(key)
        if _content(one) == _content(two):
            continue
        name, _bracket, part = key.partition("[")
        id_ = part.rstrip("]")
        if name.startswith("phrase.") and name.partition(".")[2] in RECORDS:
            subject = {"what": "phrase", "list": name.partition(".")[2], "id": id_}
            if two is None:
                edits.append({**subject, "action": "remove"})
            else:
                record = storage.written(two.value)
                edits.append(
                    {**subject, "action": "change" if one else "add", "record": record, "origin": two.origin}
                )
        elif two is not None and SPECS[name].section in SECTIONS:
            edits.append(_stated(two, name, id_))
        else:
            others.append(key)
    return edits, others


def _stated(parameter: Parameter, key: str, kind: str) -> Edit:
    """The edit that states a value as it stands in a rulebook."""
    edit = {
        "what": "parameter",
        "key": key,
        "kind": kind,
        "source": list(parameter.clauses),
        "status": parameter.status,
    }
    if parameter.state == "off":
        return {**edit, "state": "off"}
    value = storage.written(parameter.value)
    if isinstance(parameter.value, Duration):
        return {**edit, "value": value["value"], "unit": parameter.unit}
    return {**edit, "value": value}


def _content(p: Parameter | None) -> object:
    return p and (p.state, p.value, p.unit, p.clauses, p.status)


def put(book: Rulebook, edits: Sequence[Edit], edit: Edit) -> list[Edit]:
    """The edits with one more, or with what they said of the same phrase or parameter replaced.

    `book` is the rulebook the draft began from. An edit that brings back what stands there is dropped. Raises
    RulebookError when the rulebook that would come of it cannot be used.
    """
    key = key_of(edit)
    before = next((kept for kept in edits if key_of(kept) == key), None)
    others = [kept for kept in edits if key_of(kept) != key]
    if edit.get("what") == "phrase":
        was_added = before is not None and before.get("action") == "add"
        if edit.get("action") == "add" and was_added:
            raise _refused(key, f"id {edit.get('id')} stands in the draft already")
        if edit.get("action") == "remove" and was_added:
            return others
        if edit.get("action") == "change" and was_added:
            edit = {**edit, "action": "add"}
    found = [*others, edit] if before is None else [edit if kept is before else kept for kept in edits]
    after = edited(book, found)
    if key_of(edit) and _written(after, edit) == _written(book, edit):
        return others
    return found


def edited(book: Rulebook, edits: Sequence[Edit]) -> Rulebook:
    """The rulebook with the edits made. What was changed has the origin `site`; what was not stays as it was.

    Phrases whose points were the general weight (qa.*_weight) follow it when an edit changes it. Raises RulebookError with
    everything that is wrong: `key` names phrase or parameter, `reason` begins with the field.
    """
    layer, _version = storage.layer_of(book.as_record())
    slots = dict(layer.slots)
    records: _Records = {key: dict(entries) for key, entries in layer.records.items()}
    problems: list[Problem] = []
    for edit in sorted(edits, key=lambda e: e.get("what") == "phrase"):  # weights first
        try:
            if edit.get("what") == "phrase":
                _edit_record(records, edit)
            else:
                _edit_parameter(slots, edit)
        except Refused as refused:
            problems += [Problem(_WHERE, key_of(edit), reason) for reason in refused.reasons]
    if problems:
        raise RulebookError(tuple(problems))
    _follow_weights(layer, slots, records, {key_of(e) for e in edits})
    ids = (*(i for i in layer.ids if i != SITE), SITE) if edits else layer.ids
    after = Rulebook(resolved(replace(layer, ids=ids, slots=slots, records=records)))
    known = set(contradictions(book))
    found = [
        Problem(_WHERE, key, reason)
        for key, _, reason in contradictions(after)
        if (key, _, reason) not in known
    ]
    if found:
        raise RulebookError(tuple(found))
    return after


def basis_of(
    before: Record | None, basis: Literal["kept", "ours", "clause"], clauses: Sequence[str] = ()
) -> tuple[tuple[str, ...], Status]:
    """The clauses and the status of an edited phrase: it keeps its clauses, whoever worded it.

    `kept`: the status too; `ours`: a product choice; `clause`: stated by the `clauses` named besides.
    """
    kept = before.clauses if before else ()
    if basis == "clause":
        return tuple(dict.fromkeys([*kept, *clauses])), "stated"
    return kept, before.status if before and basis == "kept" else "product_choice"


def _edit_record(records: _Records, edit: Edit) -> None:
    list_, action = one_of(edit.get("list"), RECORDS, "list"), one_of(edit.get("action"), ACTIONS, "action")
    name, key = str(edit.get("id", "")), f"phrase.{list_}"
    entries = records.setdefault(key, {})
    if action == "add":
        for other in LISTS if list_ in LISTS else (list_,):
            if name in records.get(f"phrase.{other}", {}):
                raise Refused(f"id {name} stands among the {other} phrases already")
    elif name not in entries:
        raise Refused(f"id {name}: there is no such phrase in the rulebook any more")
    if action == "remove":
        del entries[name]
        return
    record = edit.get("record")
    if not isinstance(record, Mapping) or COLLECTIONS[key].identity_of(record) != name:
        raise Refused("id of the record is not the id of the edit")
    found = COLLECTIONS[key].read(record, True)
    by_weight = list_ in LISTS and "points" not in record
    origin = str(edit.get("origin") or SITE)
    entries[name] = Entry(found, "value", found.clauses, found.status, origin, by_weight=by_weight)


def _edit_parameter(slots: dict[str, Slot], edit: Edit) -> None:
    spec = SPECS.get(str(edit.get("key")))
    if spec is None or spec.section not in SECTIONS:
        raise Refused(f"key is no parameter of {', '.join(SECTIONS)}")
    slot = slots.get(spec.key) or base_layer().slots[spec.key]
    state = one_of(edit.get("state", "value"), ("value", "off"), "state")
    clauses, status = provenance(edit, own=True)
    value = read_value(spec, edit.get("value"), edit.get("unit")) if state == "value" else None
    entry = Entry(value, "off" if state == "off" else "value", clauses, status, SITE, edit.get("unit"))
    if kind := edit.get("kind"):
        if spec.kinds != "contact":
            raise Refused("kind: this parameter cannot be stated for single kinds")
        slots[spec.key] = replace(slot, by_kind={**slot.by_kind, one_of(kind, CONTACT_KINDS, "kind"): entry})
    else:
        slots[spec.key] = replace(slot, general=entry)


def _follow_weights(layer: Layer, slots: Mapping[str, Slot], records: _Records, touched: set[str]) -> None:
    """Give the new general weight to the phrases that had the old one and were not edited themselves."""
    for list_, weight in _WEIGHTS.items():
        before, after = _weight(layer.slots, weight), _weight(slots, weight)
        entries = records.get(f"phrase.{list_}", {})
        for name, entry in entries.items() if before != after else ():
            if entry.value.points == before and f"phrase.{list_}[{name}]" not in touched:
                entries[name] = replace(entry, value=replace(entry.value, points=after))


def _weight(slots: Mapping[str, Slot], key: str) -> Decimal:
    slot = slots.get(key)
    return slot.general.value if slot and slot.general and slot.general.value is not None else Decimal(0)


def _written(book: Rulebook, edit: Edit) -> object:
    """What the rulebook says of the edit's subject, without where it comes from."""
    if edit.get("what") == "phrase":
        found = record_of(book, str(edit.get("list")), str(edit.get("id")))
        return found and storage.written(found)
    stated = book.parameter(str(edit.get("key")), edit.get("kind") or None)
    return (stated.state, stated.value, stated.unit, stated.clauses, stated.status)


def _refused(key: str, reason: str) -> RulebookError:
    return RulebookError((Problem(_WHERE, key, reason),))
