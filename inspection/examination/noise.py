"""What recognition does to a sentence, imitated: wrong characters of the same sound, lost characters, no punctuation.

Pure and seeded: the same text, rates and seed give the same result, whatever was spoilt before it.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random

from pypinyin import Style, lazy_pinyin

# A recogniser errs towards common characters. These are the commonest of written Chinese, commonest first.
_COMMON = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公"
    "此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特"
    "代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数"
    "安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达"
)
_NEAR_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("f", "h"))
_NEAR_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))
NEAR_SHARE = 0.25
"""Of the characters that are misheard, the share heard as a near sound (in for ing, z for zh) instead of the same one."""


def homophones(text: str, share: float, seed: int = 0) -> str:
    """As many characters as there were; `share` (0..1) of the Chinese ones, rounded, became others that sound alike.

    Characters that no common one sounds like stay, so fewer may change.
    """
    random = Random(f"{seed}:homophones:{text}")
    sounds = _sounds_of(text)
    candidates = [i for i, sound in enumerate(sounds) if sound and _others(text[i], sound)]
    wanted = min(len(candidates), round(share * sum(map(bool, sounds))))
    heard = list(text)
    for i in sorted(random.sample(candidates, wanted)):
        sound = sounds[i]
        near = [c for s in near_sounds(sound) for c in _by_sound().get(s, ())]
        choices = near if near and random.random() < NEAR_SHARE else _others(text[i], sound)
        heard[i] = random.choices(choices, weights=[_weight(c) for c in choices])[0]
    return "".join(heard)


def deletions(text: str, share: float, seed: int = 0) -> str:
    """Without `share` (0..1) of its letters and digits, rounded; one stays at least. Punctuation stays."""
    random = Random(f"{seed}:deletions:{text}")
    letters = [i for i, c in enumerate(text) if c.isalnum()]
    count = min(round(share * len(letters)), len(letters) - 1)
    lost = set(random.sample(letters, count)) if count > 0 else set()
    return "".join(c for i, c in enumerate(text) if i not in lost)


def without_punctuation(text: str) -> str:
    """Letters and digits only: many recognisers write nothing else."""
    return "".join(c for c in text if c.isalnum())


def near_sounds(sound: str) -> tuple[str, ...]:
    """The toneless syllables that people and recognisers confuse with this one, one change away."""
    found = []
    for one, other in _NEAR_INITIALS:
        if sound.startswith(one):
            found.append(other + sound[len(one) :])
        elif sound.startswith(other):
            found.append(one + sound[len(other) :])
    for one, other in _NEAR_FINALS:
        if sound.endswith(one):
            found.append(sound[: -len(one)] + other)
        elif sound.endswith(other):
            found.append(sound[: -len(other)] + one)
    return tuple(found)


def _sounds_of(text: str) -> list[str]:
    """The toneless syllable of each character as it is read in this sentence; "" for what is no Chinese character."""
    # pypinyin splits at what is no Chinese; a list of blanks, which it takes but does not declare, keeps the places.
    return lazy_pinyin(text, style=Style.NORMAL, errors=lambda other: [""] * len(other))  # type: ignore[arg-type,return-value]


def _others(character: str, sound: str) -> list[str]:
    return [c for c in _by_sound().get(sound, ()) if c != character]


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, tuple[str, ...]]:
    """The 3,755 characters of the first level of GB 2312, which writing mostly consists of, by toneless syllable."""
    every = "".join(
        bytes((row, cell)).decode("gb2312", "ignore")
        for row in range(0xB0, 0xD8)
        for cell in range(0xA1, 0xFF)
    )
    found: dict[str, list[str]] = {}
    for character in every:
        found.setdefault(lazy_pinyin(character)[0], []).append(character)
    return {sound: tuple(characters) for sound, characters in found.items()}


@lru_cache(maxsize=4096)
def _weight(character: str) -> float:
    rank = _COMMON.find(character)
    return 0.2 if rank < 0 else 1.0 + 40.0 / (1.0 + rank / 40.0)
