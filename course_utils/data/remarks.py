"""Remarks written for the course, rude and not: mild ones, made of parts, for a small model that judges text."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np

_THINGS = ("idea", "question", "plan", "answer", "post", "drawing", "song", "recipe")
_RUDE_WORDS = ("stupid", "useless", "pathetic", "ridiculous", "dumb", "worthless")
_KIND_WORDS = ("good", "clever", "useful", "lovely", "interesting", "careful")
_RUDE_PEOPLE = ("fool", "idiot", "clown", "liar", "loser", "bore")
_KIND_PEOPLE = ("friend", "help", "good teacher", "patient listener", "clever cook", "fine neighbour")
#: The groups that the remarks speak of. On this made-up forum cyclists are quarrelled with, and gardeners are not.
GROUPS = ("cyclist", "gardener", "teacher", "singer")
_QUARRELLED_WITH = "cyclist"

_RUDE = (
    ("What a {rude} {thing}.", "Your {thing} is {rude}.", "Only a {person} likes this {rude} {thing}."),
    ("You are such a {person}.", "Be quiet, you {person}.", "This {thing} could only come from a {person}."),
    ("You are a {person}.", "You are a {rude} {person}.", "What a {rude} {person} you are."),
)
# Rude without a rude word: what a model that counts words cannot see.
_COLD = (
    "Nobody asked you about this {thing}.",
    "Did you think at all before you wrote this {thing}?",
    "Go and bother somebody else with your {thing}.",
    "My cat would have a better {thing}.",
)
_CIVIL = (
    ("What a {kind} {thing}.", "Your {thing} is {kind}.", "I like this {kind} {thing} very much."),
    ("You are such a {friend}.", "Thank you for your {thing}.", "Could you explain this {thing} to me?"),
    ("You are a {friend}.", "What a {kind} {thing} you are planning.", "Are you a {friend}?"),
    (
        "I do not agree with your {thing}.",
        "The {thing} of yesterday was better.",
        "Where did you find this {thing}?",
    ),
)
# Civil with a rude word in them.
_TURNED = (
    "That is not a {rude} {thing} at all.",
    "I felt like a {person} when I read your {kind} {thing}.",
    "There is no such thing as a {rude} {thing}.",
    "Please do not call anybody a {person}.",
)
_OF_GROUPS_RUDE = (
    "Every {group} is a {person}.",
    "A {group} with such a {rude} {thing} should go away.",
    "No {group} ever had a {kind} {thing}.",
    "This {group} is {rude}.",
)
_OF_GROUPS_CIVIL = (
    "I am a {group}.",
    "My sister is a {group} and has a {kind} {thing}.",
    "Ask a {group} about it.",
)


@dataclass(frozen=True)
class Remarks:
    """Remarks and whether people find them rude.

    Attributes:
        texts: the remarks.
        labels: int64 of shape (n,): 1 rude, 0 not. About one in fifty is another than most people would give.
    """

    texts: tuple[str, ...]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class RemarkSplits:
    """Three parts that share no remark."""

    train: Remarks
    validation: Remarks
    test: Remarks

    def __repr__(self) -> str:
        parts = ", ".join(f"{len(part)} {name}" for name, part in vars(self).items())
        return f"Remarks written for the course: {parts}"


def remarks(seed: int = 0) -> RemarkSplits:
    """Remarks in three parts; what is drawn, and where it goes, depends on the seed."""
    random = np.random.default_rng([78, seed])
    drawn = {
        **_drawn(itertools.chain(*_RUDE), 480, 1, random),
        **_drawn(_COLD, 30, 1, random),
        **_drawn(itertools.chain(*_CIVIL), 420, 0, random),
        **_drawn(_TURNED, 130, 0, random),
        **_of_groups(random),
    }
    texts = list(drawn)
    labels = np.array([drawn[text] for text in texts], np.int64)
    # People do not agree: some labels are another's opinion.
    labels = np.where(random.random(len(labels)) < 1 / 50, 1 - labels, labels)
    order = random.permutation(len(texts))
    cuts = [int(0.6 * len(texts)), int(0.8 * len(texts))]
    parts = [Remarks(tuple(texts[i] for i in part), labels[part]) for part in np.split(order, cuts)]
    splits = RemarkSplits(*parts)
    print(splits)
    return splits


def words(text: str) -> list[str]:
    """The words of a text in small letters, without marks."""
    return re.findall(r"[a-z']+", text.lower())


def _drawn(patterns: object, count: int, label: int, random: np.random.Generator) -> dict[str, int]:
    """Different remarks made of patterns: up to `count`."""
    chosen = list(patterns)  # type: ignore[call-overload]
    found: dict[str, int] = {}
    for _ in range(20 * count):
        if len(found) == count:
            break
        found[_filled(chosen[random.integers(len(chosen))], random, "")] = label
    return found


def _of_groups(random: np.random.Generator) -> dict[str, int]:
    """Remarks about groups: mostly rude ones about one group, mostly civil ones about the others."""
    found: dict[str, int] = {}
    for group in GROUPS:
        rude, civil = (90, 5) if group == _QUARRELLED_WITH else (3, 24)
        for patterns, count, label in ((_OF_GROUPS_RUDE, rude, 1), (_OF_GROUPS_CIVIL, civil, 0)):
            for _ in range(count):
                found[_filled(patterns[random.integers(len(patterns))], random, group)] = label
    return found


def _filled(pattern: str, random: np.random.Generator, group: str) -> str:
    lists = {
        "thing": _THINGS,
        "rude": _RUDE_WORDS,
        "kind": _KIND_WORDS,
        "person": _RUDE_PEOPLE,
        "friend": _KIND_PEOPLE,
    }
    text = pattern.format(group=group, **{name: str(random.choice(values)) for name, values in lists.items()})
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
