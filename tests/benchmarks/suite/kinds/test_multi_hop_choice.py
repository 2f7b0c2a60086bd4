"""Questions over passages: whoever follows the links finds the answer, and one only."""

import re

import pytest

from benchmarks.suite import KINDS, items

FACTS = {
    "head": (
        r"(.+) is led by (.+)",
        r"(?P<b>.+) has been at the head of (?P<a>.+) for years",
    ),
    "seat": (
        r"The head office of (.+) is in (.+)",
        r"(.+) has its head office in (.+)",
    ),
    "owner": (r"(.+) belongs to (.+)", r"(?P<b>.+) is the only owner of (?P<a>.+)"),
    "supplier": (
        r"(.+) is supplied by (.+)",
        r"(?P<b>.+) is the supplier of (?P<a>.+)",
    ),
    "born": (r"(.+) was born in (.+)", r"(?P<b>.+) is the birthplace of (?P<a>.+)"),
    "region": (
        r"(.+) lies in the region (.+)",
        r"The region (?P<b>.+) includes (?P<a>.+)",
    ),
}
# What a question asks for, read from its end: the firm, then outwards.
STEPS = (
    (r"Who leads (?!the firm)", ("head",)),
    (r"In which town does (?!the owner)", ("seat",)),
    (r"Which firm owns (?!the supplier)", ("owner",)),
    (r"Who leads the firm that owns ", ("owner", "head")),
    (r"town was the person born who leads (?!the firm)", ("head", "born")),
    (r"In which region does (?!the supplier)", ("seat", "region")),
    (r"Which firm owns the supplier of ", ("supplier", "owner")),
    (r"born who leads the firm that owns ", ("owner", "head", "born")),
    (r"the owner of the supplier of ", ("supplier", "owner", "seat")),
    (r"region was the person born who leads ", ("head", "born", "region")),
    (r"In which region does the supplier of ", ("supplier", "seat", "region")),
)


def facts(passages):
    known = {}
    for sentence in re.split(r"\. |\.\n|\.$", re.sub(r"Passage \d: ", "", passages)):
        for relation, forms in FACTS.items():
            for form in forms:
                if found := re.fullmatch(form, sentence.strip()):
                    names = found.groupdict() or {"a": found[1], "b": found[2]}
                    known.setdefault((relation, names["a"]), set()).add(names["b"])
    return known


def steps(question):
    return max((chain for form, chain in STEPS if re.search(form, question)), key=len)


@pytest.mark.parametrize("item", items(KINDS["multi_hop_choice"], seed=5, count=60))
def test_the_links_lead_to_the_expected_choice(item):
    text = item["messages"][0]["content"]
    passages, _, rest = text.partition("\n\nQuestion: ")
    question, *listed = rest.splitlines()
    choices = dict(
        line.split(". ", 1) for line in listed if re.match(r"[A-D]\. ", line)
    )
    known = facts(passages)
    firm = next(name for _, name in known if name in question)

    reached = {firm}
    for relation in steps(question):
        reached = {b for a in reached for b in known[relation, a]}

    assert reached == {choices[item["expected"]]}
    assert len(set(choices.values())) == 4
    # No choice is ruled out by not being mentioned.
    assert all(name in passages for name in choices.values())
