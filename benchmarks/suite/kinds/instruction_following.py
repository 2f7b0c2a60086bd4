"""A reply to a customer that has to keep rules which can be counted and looked up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.suite.drawing import Draw
from benchmarks.suite.names import CITIES, FIRST_NAMES, GOODS
from benchmarks.suite.question import Difficulty, Kind, Question

# Beside the two that always hold: the length, and the name of the goods.
RULES = {Difficulty.EASY: 1, Difficulty.MEDIUM: 3, Difficulty.HARD: 5}


@dataclass(frozen=True, slots=True)
class Matter:
    """What the customer wrote, and the sentences of one reply that would do."""

    wrote: str
    reply: tuple[str, str, str]


MATTERS = (
    Matter(
        "Where is my {good}? It should have come on Monday.",
        (
            "I am sorry that your {good} is late",
            "It has left our warehouse and is on its way to you",
            "You will have it within two days",
        ),
    ),
    Matter(
        "The {good} that I received does not switch on.",
        (
            "I am sorry that the {good} does not work",
            "We will send you another one at once",
            "The carrier takes the old one back at your door",
        ),
    ),
    Matter(
        "I paid for the {good} twice.",
        (
            "Thank you for telling us about the second payment of the {good}",
            "We have found it and are sending it back",
            "It will reach your account this week",
        ),
    ),
    Matter(
        "Can I change the delivery address of the {good} to {city}?",
        (
            "The address of your order has been changed",
            "We will deliver the {good} as you wish",
            "The day of delivery stays the same",
        ),
    ),
    Matter(
        "Is the {good} still to be had, and when could I have it in {city}?",
        (
            "The {good} is in stock",
            "We deliver it to {city} within three days",
            "You can order it from us at any time",
        ),
    ),
    Matter(
        "Please cancel my order of the {good}.",
        (
            "Your order of the {good} has been cancelled",
            "You need not do anything more",
            "We would be glad to see you again",
        ),
    ),
)


@dataclass(slots=True)
class Reply:
    """The rules so far, as told and as graded, and a reply that keeps them."""

    sentences: list[str]
    told: list[str]
    graded: list[dict[str, Any]]
    end: str = "."


def _greeted(draw: Draw, reply: Reply) -> None:
    start = f"{draw.one(('Dear', 'Hello', 'Good morning'))} {draw.one(FIRST_NAMES)},"
    reply.told.append(f'Begin with "{start}".')
    reply.graded.append({"rule": "starts_with", "text": start})
    reply.sentences[0] = (
        f"{start} {reply.sentences[0][0].lower()}{reply.sentences[0][1:]}"
    )
    if reply.sentences[0][len(start) + 1 :].startswith("i am"):
        reply.sentences[0] = f"{start} I{reply.sentences[0][len(start) + 2 :]}"


def _signed(draw: Draw, reply: Reply) -> None:
    name = (
        f"{draw.one(('Your', 'The'))} {draw.one(('service', 'support', 'shop'))} team"
    )
    reply.told.append(f'End with "{name}", without anything after it.')
    reply.graded.append({"rule": "ends_with", "text": name})
    reply.end = f". {name}"


def _basis(draw: Draw, reply: Reply, good: str) -> None:
    most = draw.one((50, 55, 60, 65))
    reply.told.append(f'Use 15 to {most} words, "{good}" among them.')
    reply.graded.append({"rule": "words", "at_least": 15, "at_most": most})
    reply.graded.append({"rule": "contains", "texts": [good]})


def _numbered(draw: Draw, reply: Reply) -> None:
    number = f"{draw.one(('RQ', 'SV', 'TK'))}-{draw.whole(1000, 9999)}"
    reply.told.append(f"Give the case number {number}.")
    reply.graded.append({"rule": "contains", "texts": [number]})
    reply.sentences[1] += f" under case {number}"


def _unsaid(draw: Draw, reply: Reply) -> None:
    words = draw.some(("problem", "unfortunately", "policy", "regret", "issue"), 2)
    reply.told.append(f'Use neither the word "{words[0]}" nor the word "{words[1]}".')
    reply.graded.append({"rule": "contains_none", "texts": words})


def _thanked(draw: Draw, reply: Reply) -> None:
    phrase = draw.one(("thank you for your patience", "at your service at any time"))
    reply.told.append(f'Use the words "{phrase}".')
    reply.graded.append({"rule": "contains", "texts": [phrase]})
    reply.sentences[2] += {"t": f", and {phrase}", "a": f"; we are {phrase}"}[phrase[0]]


def _plain(_: Draw, reply: Reply) -> None:
    reply.told.append("Use no exclamation mark and no question mark.")
    reply.graded.append({"rule": "contains_none", "texts": ["!", "?"]})


def _one_paragraph(_: Draw, reply: Reply) -> None:
    reply.told.append("Write one paragraph, without a blank line.")
    reply.graded.append({"rule": "paragraphs", "exactly": 1})


ALL_RULES: tuple[Callable[[Draw, Reply], None], ...] = (
    *(_greeted, _signed, _numbered, _unsaid, _thanked, _plain, _one_paragraph),
)


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    matter = draw.one(MATTERS)
    words = {"good": draw.one(GOODS), "city": draw.one(CITIES)}
    reply = Reply([each.format(**words) for each in matter.reply], [], [])
    _basis(draw, reply, words["good"])
    for rule in draw.some(ALL_RULES, RULES[difficulty]):
        rule(draw, reply)
    told = "\n".join(f"- {each}" for each in reply.told)
    prompt = (
        f"A customer wrote: {matter.wrote.format(**words)}\n\nWrite a short, friendly"
        f" reply. Rules:\n{told}\n\nReply with the text of the reply only."
    )
    return Question(
        prompt=prompt,
        expected=". ".join(reply.sentences) + reply.end,
        grader={"kind": "constraints", "rules": reply.graded},
        pattern="",
        max_output_tokens=128,
    )


KIND = Kind(
    name="instruction_following",
    task_family="support_chat",
    title="Instructions in a reply",
    asks="a reply to a customer that keeps two to seven stated rules",
    question=_question,
)
