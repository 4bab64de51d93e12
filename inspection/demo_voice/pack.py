"""Makes a checkpoint small: ``python -m inspection.demo_voice.pack EXPORTED demo.pt``.

Weights are rounded to a few bits of mantissa and the torch archive is zipped again with DEFLATE; ``torch.load``, and so
``whisper.load_model``, reads the result as it is.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

import torch

_FLOAT16_MANTISSA_BITS = 10


def round_mantissa(weight: torch.Tensor, bits: int) -> torch.Tensor:
    """float16 weights with the lowest bits of the mantissa rounded away; vectors are kept as they are."""
    half = weight.half().contiguous()
    if bits >= _FLOAT16_MANTISSA_BITS or half.ndim < 2:
        return half
    dropped = _FLOAT16_MANTISSA_BITS - bits
    integers = half.view(torch.int16).to(torch.int32)
    rounded = (((integers + (1 << (dropped - 1))) >> dropped) << dropped).to(torch.int16).view(torch.float16)
    return torch.where(torch.isfinite(rounded), rounded, half).contiguous()


def pack(source: Path, target: Path, bits: int = 6) -> None:
    """``source``: a checkpoint written by ``DemoWhisper.export``."""
    checkpoint = torch.load(source, map_location="cpu", weights_only=True)
    checkpoint["model_state_dict"] = {
        name: round_mantissa(weight, bits) if weight.is_floating_point() else weight
        for name, weight in checkpoint["model_state_dict"].items()
    }
    archive = io.BytesIO()
    torch.save(checkpoint, archive)
    with zipfile.ZipFile(archive) as stored, zipfile.ZipFile(target, "w") as deflated:
        for entry in stored.infolist():
            # a fresh ZipInfo has a fixed date: the same weights give the same file
            name = zipfile.ZipInfo(entry.filename)
            deflated.writestr(name, stored.read(entry), zipfile.ZIP_DEFLATED, compresslevel=9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--bits", type=int, default=6, help="bits of mantissa to keep (10 keeps all)")
    options = parser.parse_args()
    pack(options.source, options.target, options.bits)
    print(f"{options.target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
