"""A question over several passages, each of which holds a link of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.suite.drawing import Draw
from benchmarks.suite.names import CITIES, FIRMS, FIRST_NAMES, LAST_NAMES
from benchmarks.suite.question import Difficulty, Kind, Question

REGIONS = (
    *("Upper Tarn", "Lower Tarn", "Westmark", "Eastmark", "Greyhills", "Sandreach"),
    *("Northfold", "Lakeside"),
)
LETTERS = "ABCD"
FIRM_COUNT = {Difficulty.EASY: 5, Difficulty.MEDIUM: 5, Difficulty.HARD: 6}


@dataclass(frozen=True, slots=True)
class World:
    """Who leads, owns and supplies whom, and what lies where; each fact one to one."""

    firms: list[str]
    head: Mapping[str, str]
    seat: Mapping[str, str]
    owner: Mapping[str, str]
    supplier: Mapping[str, str]
    born: Mapping[str, str]
    region: Mapping[str, str]


# A chain of relations, from a firm on, and the question that it answers.
CHAINS = {
    Difficulty.EASY: (
        (("head",), "Who leads {firm}?"),
        (("seat",), "In which town does {firm} have its head office?"),
        (("owner",), "Which firm owns {firm}?"),
    ),
    Difficulty.MEDIUM: (
        (("owner", "head"), "Who leads the firm that owns {firm}?"),
        (("head", "born"), "In which town was the person born who leads {firm}?"),
        (("seat", "region"), "In which region does {firm} have its head office?"),
        (("supplier", "owner"), "Which firm owns the supplier of {firm}?"),
    ),
    Difficulty.HARD: (
        (
            ("owner", "head", "born"),
            "In which town was the person born who leads the firm that owns {firm}?",
        ),
        (
            ("supplier", "owner", "seat"),
            "In which town does the owner of the supplier of {firm} have its head"
            " office?",
        ),
        (
            ("head", "born", "region"),
            "In which region was the person born who leads {firm}?",
        ),
        (
            ("supplier", "seat", "region"),
            "In which region does the supplier of {firm} have its head office?",
        ),
    ),
}
SENTENCES = {
    "head": ("{a} is led by {b}.", "{b} has been at the head of {a} for years."),
    "seat": ("The head office of {a} is in {b}.", "{a} has its head office in {b}."),
    "owner": ("{a} belongs to {b}.", "{b} is the only owner of {a}."),
    "supplier": ("{a} is supplied by {b}.", "{b} is the supplier of {a}."),
    "born": ("{a} was born in {b}.", "{b} is the birthplace of {a}."),
    "region": ("{a} lies in the region {b}.", "The region {b} includes {a}."),
}


def _world(draw: Draw, count: int) -> World:
    firms = draw.some(FIRMS, count)
    first, last = draw.some(FIRST_NAMES, count), draw.some(LAST_NAMES, count)
    people = [f"{name} {surname}" for name, surname in zip(first, last, strict=True)]
    towns = draw.some(CITIES, 2 * count)
    regions = draw.some(REGIONS, 4)
    return World(
        firms=firms,
        head=dict(zip(firms, people, strict=True)),
        seat=dict(zip(firms, towns[:count], strict=True)),
        owner=_owners(draw, firms),
        supplier=_suppliers(draw, firms),
        born=dict(zip(people, towns[count:], strict=True)),
        region={town: regions[place % 4] for place, town in enumerate(towns)},
    )


def _owners(draw: Draw, firms: list[str]) -> dict[str, str]:
    """Give each firm but one, that nobody owns, another one; none of them twice."""
    order = draw.shuffled(firms)
    return dict(pairwise(order))


def _suppliers(draw: Draw, firms: list[str]) -> dict[str, str]:
    """Give each firm another one, none of them twice."""
    ring = draw.shuffled(firms)
    return dict(zip(ring, [*ring[1:], ring[0]], strict=True))


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    chain, asked = draw.one(CHAINS[difficulty])
    world, firm, answer = _walk(draw, FIRM_COUNT[difficulty], chain)
    choices = _choices(draw, world, chain[-1], answer, firm)
    listed = "\n".join(
        f"{letter}. {name}" for letter, name in zip(LETTERS, choices, strict=True)
    )
    prompt = (
        f"{_passages(draw, world, chain)}\n\nQuestion: {asked.format(firm=firm)}\n"
        f"{listed}\n\nReply with the letter of the right answer only."
    )
    return Question(
        prompt=prompt,
        expected=LETTERS[choices.index(answer)],
        grader={"kind": "choice", "choices": dict(zip(LETTERS, choices, strict=True))},
        pattern="",
        max_output_tokens=32,
    )


def _walk(draw: Draw, count: int, chain: tuple[str, ...]) -> tuple[World, str, str]:
    """Return a world, a firm of it and where the chain leads from there: elsewhere."""
    while True:
        world = _world(draw, count)
        firm = draw.one(world.firms)
        answer = _end(world, firm, chain)
        if answer not in ("", firm):
            return world, firm, answer


def _end(world: World, firm: str, chain: tuple[str, ...]) -> str:
    """Return where a chain leads from a firm, empty if a link is missing."""
    found = firm
    for relation in chain:
        found = getattr(world, relation).get(found, "")
    return found


def _choices(
    draw: Draw, world: World, relation: str, answer: str, firm: str
) -> list[str]:
    """Return the answer among three others of its sort that the passages name."""
    of_firms = relation in ("owner", "supplier")
    sort = world.firms if of_firms else sorted({*getattr(world, relation).values()})
    others = [name for name in sort if name not in (answer, firm)]
    return draw.shuffled([answer, *draw.some(others, 3)])


def _passages(draw: Draw, world: World, chain: tuple[str, ...]) -> str:
    """Return what the chain needs, of all firms, in an order of chance."""
    said = [
        draw.one(SENTENCES[relation]).format(a=a, b=b)
        for relation in chain
        for a, b in getattr(world, relation).items()
    ]
    said = draw.shuffled(said)
    size = max(2, -(-len(said) // 5))
    parts = [said[start : start + size] for start in range(0, len(said), size)]
    return "\n\n".join(
        f"Passage {number}: {' '.join(part)}" for number, part in enumerate(parts, 1)
    )


KIND = Kind(
    name="multi_hop_choice",
    task_family="rag_question_answering",
    title="Questions over passages",
    asks="one of four answers, found over one to three links in given passages",
    question=_question,
)
