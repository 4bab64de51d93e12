"""How much banned wording is found, and how often wrongly: `python -m inspection.examination.measure_wording --set dev`.

Every utterance of inspection/examples/{dev,test} becomes a short polite call with that one sentence in it, and goes the
way that every call goes (inspection.phrases). A plain list of ninety phrases is asked beside it. docs/measurements.md
quotes the figures. The test set stays unseen: its mistakes are listed on request only.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence

from inspection.examination.noise import deletions, homophones, without_punctuation
from inspection.examination.wording_figures import (
    Flag,
    Judged,
    as_json,
    by_category,
    by_kind,
    by_threshold,
    mistakes,
    rates,
    rows,
)
from inspection.examination.wording_sets import SETS, Utterance, plain_list, read_set
from inspection.phrases import find_many
from inspection.transcript import Segment, Transcript
from regulations.rulebook import Rulebook, load_rulebook

DEMO = ("goods_sales", "office_building_property", "hospital_callback")
PRESETS = (*DEMO, "ecommerce_shop", "telecom_call_centre")
"""The demo department's three, which allow small talk and 你好, and the two that ban them: all categories in force."""
SEED = 6
NOISES: dict[str, Callable[[str], str]] = {
    "none": lambda text: text,
    "homophones": lambda text: without_punctuation(homophones(text, 0.15, SEED)),
    "deletions15": lambda text: without_punctuation(deletions(text, 0.15, SEED)),
    "deletions30": lambda text: without_punctuation(deletions(text, 0.30, SEED)),
}
_BEFORE = (("agent", "您好，请问有什么可以帮您？"), ("customer", "我想问一件事。"))
_AFTER = (
    ("customer", "嗯。"),
    ("agent", "请问还有其他需要吗？"),
    ("customer", "没有了。"),
    ("agent", "再见。"),
)


def contact_of(utterance: Utterance) -> Transcript:
    """A polite contact with this one sentence in its middle, far from the opening and the closing."""
    said = [*_BEFORE, ("agent", utterance.text), *_AFTER]
    times = [2.0, 6.0, 100.0, 112.0, 200.0, 204.0, 208.0]
    segments = [Segment(who, at, at + 3.0, text) for (who, text), at in zip(said, times, strict=True)]
    return Transcript("example", utterance.channel, "inbound", "inbound_service", "customer", tuple(segments))


def judge(utterances: Sequence[Utterance], book: Rulebook, noise: str = "none") -> list[Judged]:
    """What the inspection finds in each utterance, after that noise."""
    spoil = NOISES[noise]
    contacts = [contact_of(Utterance(u.labels, u.kind, spoil(u.text), u.channel)) for u in utterances]
    return [
        Judged(
            u,
            tuple(
                Flag(f.layer, f.category, f.verdict == "hit", f.probability)
                for f in found.findings
                if f.kind == "banned" and f.segment == len(_BEFORE)
            ),
        )
        for u, found in zip(utterances, find_many(contacts, book), strict=True)
    ]


def judge_by_list(
    utterances: Sequence[Utterance], phrases: Sequence[str], noise: str = "none"
) -> list[Judged]:
    """What a plain substring search flags: the list knows no category, so every flag counts as the right one."""
    spoil = NOISES[noise]
    return [
        Judged(
            u,
            tuple(Flag("list", c, True) for c in u.labels[:1] or ("",))
            if any(p in spoil(u.text) for p in phrases)
            else (),
        )
        for u in utterances
    ]


def main() -> None:
    """Prints the tables as Markdown, or everything as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="dev")
    parser.add_argument("--noise", choices=NOISES, default="none")
    parser.add_argument("--rulebook", default=",".join(PRESETS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--mistakes", type=int, metavar="N", help="list so many (dev: all unless told)")
    given = parser.parse_args()
    utterances = read_set(given.set)
    judged = judge(utterances, load_rulebook(given.rulebook.split(",")), given.noise)
    by_list = judge_by_list(utterances, plain_list(), given.noise)
    if given.json:
        print(json.dumps(as_json(judged, by_list), ensure_ascii=False, indent=1))
        return
    print("| | precision | recall | category right |\n|---|---|---|---|")
    for r in rows(judged, by_list):
        print(f"| {r.name} | {r.precision} | {r.recall} | {r.in_category} |")
    print("\n| category | sure | found | of what is named so, right |\n|---|---|---|---|")
    for category, (sure, found, precision) in by_category(judged).items():
        print(f"| {category} | {sure} | {found} | {precision} |")
    print("\n| kind | sure | flagged at all |\n|---|---|---|")
    for kind, (sure, flagged) in by_kind(judged).items():
        print(f"| {kind} | {sure} | {flagged} |")
    print("\n| classifier from | found | ordinary flagged | hard innocent flagged |\n|---|---|---|---|")
    for least, shares in by_threshold(judged).items():
        print(f"| {least} | {' | '.join(map(str, shares))} |")
    print()
    for name, value in rates(judged).items():
        print(f"{name}: {value:.1f}")
    shown = len(utterances) if given.mistakes is None and given.set == "dev" else given.mistakes or 0
    for line in mistakes(judged)[:shown]:
        print(line)


if __name__ == "__main__":
    main()
