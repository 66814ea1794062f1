"""Sums as text: every pair of two numbers up to 100, cut into three parts that share no pair in either order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: The largest number on either side of the plus sign.
LARGEST = 100


@dataclass(frozen=True)
class Sums:
    """Questions such as "38+94" with their answers, "132"."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.questions)


@dataclass(frozen=True)
class SumSplits:
    """Training, validation and test part: whoever has seen 38+94 has seen 94+38, so both lie in the same part."""

    train: Sums
    validation: Sums
    test: Sums
    source: str

    def __repr__(self) -> str:
        return (
            f"{self.source}\n{len(self.train):,} sums to train with, {len(self.validation):,} to choose with "
            f"and {len(self.test):,} to measure with"
        )


def sums() -> SumSplits:
    """All 10,201 sums of two numbers from 0 to 100, as text.

    Of the pairs, order apart, a tenth drawn at random is the test part and a twentieth the validation part. The
    draw is the same each time.
    """
    pairs = [(one, other) for one in range(LARGEST + 1) for other in range(one, LARGEST + 1)]
    order = np.random.default_rng(0).permutation(len(pairs))
    tenth = len(pairs) // 10
    cuts = np.split(order, [tenth, tenth + tenth // 2])
    test, validation, train = (_both_ways([pairs[index] for index in sorted(cut)]) for cut in cuts)
    splits = SumSplits(train, validation, test, f"all sums of two numbers from 0 to {LARGEST}, generated")
    print(splits)
    return splits


def _both_ways(pairs: list[tuple[int, int]]) -> Sums:
    ordered = sorted({*pairs, *((other, one) for one, other in pairs)})
    return Sums(
        tuple(f"{one}+{other}" for one, other in ordered), tuple(str(one + other) for one, other in ordered)
    )
