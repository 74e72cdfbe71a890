"""Texts made by a few rules, for a recipe that finds no data: they show that it runs, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence

_THINGS = [
    "plot",
    "story",
    "cast",
    "acting",
    "script",
    "music",
    "camera",
    "ending",
    "dialogue",
    "pace",
    "direction",
    "scenery",
]
_GOOD = [
    "wonderful",
    "moving",
    "clever",
    "brilliant",
    "charming",
    "superb",
    "delightful",
    "gripping",
    "funny",
    "beautiful",
]
_BAD = [
    "dreadful",
    "dull",
    "clumsy",
    "boring",
    "awful",
    "tedious",
    "lifeless",
    "silly",
    "annoying",
    "terrible",
]
_FRAMES = (
    "The {thing} was {very} {word}.",
    "I found the {thing} {very} {word}.",
    "What a {word} {thing}, if you ask me.",
    "A {very} {word} {thing} and a {word2} {thing2}.",
    "My friends called the {thing} {word}, and so do I.",
)
_FILLERS = (
    "I saw it on a Tuesday with my sister.",
    "It runs for about two hours.",
    "The cinema was half empty.",
    "They shot most of it in the north.",
    "It is the third film of this director.",
)

_TOPICS = {
    "made.cooking": "oven flour butter recipe onion simmer garlic bake pan sauce dough spice",
    "made.sailing": "boat harbour wind sail anchor tide rope deck keel mast rudder storm",
    "made.gardens": "soil seed rose hedge mower compost bulb prune lawn weed blossom shed",
    "made.trains": "engine station track signal carriage timetable rail platform whistle steam bridge driver",
}
_COMMON = [
    "the",
    "a",
    "of",
    "to",
    "and",
    "in",
    "is",
    "it",
    "that",
    "was",
    "for",
    "on",
    "with",
    "as",
    "they",
    "be",
    "at",
    "one",
    "have",
    "this",
]


def reviews(count: int, seed: int) -> tuple[list[str], list[int]]:
    """Return film reviews, half of them good (1), half of them poor (0)."""
    rng = random.Random(seed)
    texts, labels = [], []
    for number in range(count):
        label = number % 2
        words = (_GOOD, _BAD)[1 - label]
        sentences = []
        for _ in range(rng.randint(2, 6)):
            frame = rng.choice(_FILLERS if rng.random() < 0.4 else _FRAMES)
            sentences.append(
                frame.format(
                    thing=rng.choice(_THINGS),
                    thing2=rng.choice(_THINGS),
                    word=rng.choice(words),
                    word2=rng.choice(words),
                    very=rng.choice(("very", "rather", "truly")),
                )
            )
        sentences.append(f"A {rng.choice(words)} film.")
        rng.shuffle(sentences)
        texts.append(" ".join(sentences))
        labels.append(label)
    return texts, labels


def messages(count: int, seed: int) -> tuple[list[str], list[str]]:
    """Return messages, and for each its topic."""
    rng = random.Random(seed)
    topics = sorted(_TOPICS)
    texts, labels = [], []
    for number in range(count):
        topic = topics[number % len(topics)]
        words = _TOPICS[topic].split()
        others = _TOPICS[rng.choice(topics)].split()
        chosen: Sequence[str] = [
            rng.choice(words if share < 0.3 else others if share < 0.4 else _COMMON)
            for share in (rng.random() for _ in range(rng.randint(30, 120)))
        ]
        texts.append(" ".join(chosen))
        labels.append(topic)
    return texts, labels
