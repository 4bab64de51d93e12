"""Whisper's tokens as CTranslate2 and the tokenizers library write them, from the ranks that whisper brings along."""

from __future__ import annotations

import itertools
from functools import lru_cache

from whisper.tokenizer import get_encoding

TEXT_TOKENS = 50_257
TIMESTAMPS = 1501
SPECIAL_BESIDE_LANGUAGES = 8
_SPLIT = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"  # as tiktoken is told


def special(languages: int) -> list[str]:
    """The tokens behind the text's own, in order, without the timestamps."""
    encoding = get_encoding("multilingual", num_languages=languages)
    ordered = sorted((encoding.encode_single_token(one), one) for one in encoding.special_tokens_set)
    return [one for _token, one in ordered][:-TIMESTAMPS]


def vocabulary(languages: int) -> list[str]:
    """Every token in order, as CTranslate2 wants them."""
    written = {token: text for text, token in _written_ranks().items()}
    times = [f"<|{number * 0.02:.2f}|>" for number in range(TIMESTAMPS)]
    return [*(written[token] for token in range(TEXT_TOKENS)), *special(languages), *times]


@lru_cache(maxsize=1)
def _written_ranks() -> dict[str, int]:
    """Text tokens as GPT-2 writes bytes, each as one printable character."""
    alphabet = _byte_characters()
    ranks = get_encoding("multilingual")._mergeable_ranks
    return {"".join(alphabet[byte] for byte in raw): rank for raw, rank in ranks.items()}


def _byte_characters() -> dict[int, str]:
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    rest = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(rest)}


def _merges() -> list[tuple[str, str]]:
    """The pair that each token was merged from, in the order of their ranks.

    tiktoken keeps ranks alone: the pair is what is left of the token's bytes when only earlier merges are made.
    """
    ranks = _written_ranks()
    merges = []
    for token, rank in sorted(ranks.items(), key=lambda pair: pair[1]):
        if len(token) < 2:
            continue
        parts = list(token)
        while len(parts) > 2:
            pairs = [ranks.get(a + b, rank) for a, b in itertools.pairwise(parts)]
            at = min(range(len(pairs)), key=pairs.__getitem__)
            if pairs[at] >= rank:
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        if len(parts) == 2:
            merges.append((parts[0], parts[1]))
    return merges


def tokenizer(languages: int) -> str:
    """The content of a tokenizer.json that writes and reads tokens as whisper's own does."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

    made = Tokenizer(models.BPE(vocab=_written_ranks(), merges=_merges()))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(one, special=True, normalized=False) for one in special(languages)])
    times = [f"<|{number * 0.02:.2f}|>" for number in range(TIMESTAMPS)]
    made.add_tokens([AddedToken(one, special=False, normalized=False) for one in times])
    written: str = made.to_str()
    return written
