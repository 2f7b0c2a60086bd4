"""`manage.py evaluate_advice` on small files, and what it refuses."""

import json

import pytest
from django.core.management import CommandError, call_command

OFFERS = "model,input_usd_per_mtok,output_usd_per_mtok\nsmall,1,1\nmid,2,2\nbig,9,11\n"
HEADER = "task,item,model,sample,score\n"
SHARES = {"small": 0.5, "mid": 0.9, "big": 0.9}


def rows(shares=SHARES, items=60, task="sums"):
    """Return rows in which each model is right on the easiest share of the items."""
    return "".join(
        f"{task},i{item},{model},0,{int(item < round(share * items))}\n"
        for item in range(items)
        for model, share in shares.items()
    )


@pytest.fixture
def replayed(tmp_path, capsys):
    """Return the lines that a replay prints, and its JSON."""

    def run(outcomes=None, offers=OFFERS, **options):
        text = HEADER + rows() if outcomes is None else outcomes
        (tmp_path / "outcomes.csv").write_text(text)
        (tmp_path / "offers.csv").write_text(offers)
        call_command(
            "evaluate_advice",
            str(tmp_path / "outcomes.csv"),
            offers=tmp_path / "offers.csv",
            **{"floor": 0.9, "relative": True, "items": 120, "trials": 10} | options,
        )
        lines = capsys.readouterr().out.splitlines()
        return lines, json.loads(lines[-1])

    return run


def test_clear_case_is_decided_rightly_with_few_calls(replayed):
    lines, line = replayed()

    # mid is as good as big, which costs five times as much; small is not
    assert line["bench"] == "decision"
    assert line["violation_rate"] == 0
    assert line["abstained"] == 0
    assert line["cost_ratio"] == 1
    assert line["cost_ratio_geometric"] == 1
    assert 0 < line["evaluation_share"] <= 0.5
    assert line["trials"] == 10
    assert lines[1].split()[:4] == ["sums", "3", "10/10", "0"]
    # Ten of ten without a violation: 1.96**2 / (10 + 1.96**2) = 0.2775
    assert line["violation_upper95"] == pytest.approx(0.2775, abs=1e-4)


def test_fixed_design_spends_every_call(replayed):
    _, line = replayed(allocation="fixed")

    assert line["evaluation_share"] == 1
    assert line["cost_ratio"] == 1


def test_line_has_every_figure(replayed):
    _, line = replayed()

    assert line.keys() >= {
        *("bench", "violation_rate", "violation_upper95", "violation_worst_task"),
        *("abstained", "cost_ratio", "cost_ratio_geometric", "evaluation_share"),
        *("calibration", "trials"),
    }
    assert len(line["calibration"]) == 5
    assert sum(each["count"] for each in line["calibration"]) == 10 * 3


def test_same_seed_brings_the_same(replayed):
    once, again = replayed(items=8), replayed(items=8)
    other = replayed(items=8, seed=2)

    assert once == again
    assert once != other


def test_nobody_proven_is_charged_the_dearest(replayed):
    _, line = replayed(items=1, confidence=0.999, trials=3)

    # 3 offers of one call each, half of it is 1: nobody can be compared
    assert line["abstained"] == 1
    assert line["violation_rate"] == 0
    assert line["violation_upper95"] == 1
    # (9 + 11) / (2 + 2)
    assert line["cost_ratio"] == 5


def test_absolute_floor_that_nobody_meets_leaves_no_ratio(replayed):
    _, line = replayed(floor=0.99, relative=False)

    assert line["abstained"] == 1
    assert line["cost_ratio"] is None


def test_one_task_can_be_replayed_alone(replayed):
    both = HEADER + rows() + rows(task="dates")

    lines, line = replayed(both, task="dates")

    assert line["tasks"] == 1
    assert lines[1].startswith("dates")


def test_one_model_one_item_and_all_alike_are_no_special_case(replayed):
    alone = replayed(HEADER + rows({"mid": 0.7}))[1]
    single = replayed(HEADER + rows(items=1))[1]
    right = replayed(HEADER + rows({"small": 1, "mid": 1, "big": 1}))[1]

    assert alone["cost_ratio"] == 1
    assert single["trials"] == 10
    assert right["cost_ratio"] == 1
    assert right["violation_rate"] == 0


def test_what_is_left_out_is_said(replayed):
    extra = "sums,i0,unsold,0,1\nsums,i99,big,0,1\n"

    lines, line = replayed(HEADER + rows() + extra)

    assert "sums: Without an offer, so left out: unsold." in lines
    assert "sums: Not answered by every model, so left out: 1 items." in lines
    assert line["cost_ratio"] == 1


def test_known_tokens_weigh_the_prices(replayed):
    header = HEADER.replace("score", "score,input_tokens,output_tokens")
    # mid writes 50 times as much as big and so costs more: 2 * 100 + 2 * 5000 = 10,200
    # against 9 * 100 + 11 * 100 = 2,000
    used = {"small": "100,100", "mid": "100,5000", "big": "100,100"}
    outcomes = "".join(
        f"{row},{used[row.split(',')[2]]}\n" for row in rows().splitlines()
    )

    _, line = replayed(header + outcomes, confidence=0.5)

    # big is the cheapest that meets the floor now; charged mid it would be 5.1
    assert line["cost_ratio"] == 1


def votes(item, model):
    """Return rows of five samples: small is right in three, all wrong ones differ."""
    answers = ["yes", "yes", "yes", "no", "well"] if model == "small" else ["yes"] * 5
    return "".join(
        f"sums,i{item},{model},{sample},{int(answer == 'yes')},{answer}\n"
        for sample, answer in enumerate(answers)
    )


def test_vote_that_is_cheaper_and_as_good_is_found_with_all_strategies(replayed):
    outcomes = HEADER.replace("score", "score,answer") + "".join(
        votes(item, model) for item in range(40) for model in ("small", "big")
    )

    _, single = replayed(outcomes)
    lines, every = replayed(outcomes, strategies="all")

    # One call of small is right in 3 of 5, the vote of five always; it takes at most
    # five calls of 2, where big costs 20
    assert single["cost_ratio"] == 1
    assert int(lines[1].split()[1]) > 2
    assert every["violation_rate"] == 0
    assert every["evaluation_share"] <= 0.5
    assert every["cost_ratio"] < 2
    assert any("votes, cascades and retries" in line for line in lines)


def test_one_sample_without_answers_leaves_single_calls(replayed):
    lines, every = replayed(strategies="all")

    assert lines[1].split()[1] == "3"
    assert any(
        line == "sums: Single calls only: votes need samples, cascades parsed answers."
        for line in lines
    )
    assert every["cost_ratio"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"floor": 0}, "--floor: give a number above 0"),
        ({"floor": 1.2}, "--floor: give a number above 0, at most 1"),
        ({"confidence": 1.0}, "--confidence: give a number above 0, below 1"),
        ({"items": 0}, "--items: give at least 1"),
        ({"trials": 0}, "--trials: give at least 1"),
        ({"seed": -1}, "--seed: give 0 or more"),
        ({"task": "odd"}, "--task: No row is of the task 'odd': there are sums"),
    ],
)
def test_flag_out_of_range_is_named(replayed, options, message):
    with pytest.raises(CommandError, match=message):
        replayed(**options)


@pytest.mark.parametrize(
    ("offers", "message"),
    [
        ("", "model: The column is missing"),
        ("model,input_usd_per_mtok\n", "output_usd_per_mtok: The column is missing"),
        (OFFERS.splitlines()[0], "There are no rows"),
        (OFFERS + ",1,1\n", "Row 5: model: Is missing"),
        (OFFERS + "big,1,1\n", "Row 5: model: 'big' is repeated"),
        (OFFERS + "new,x,1\n", "input_usd_per_mtok: 'x' is no price"),
        (OFFERS + "new,1,-1\n", "output_usd_per_mtok: '-1' is no price"),
        (OFFERS + "new,nan,1\n", "input_usd_per_mtok: 'nan' is no price"),
        (OFFERS + "new,1\n", "output_usd_per_mtok: '' is no price"),
        (OFFERS + "new,0,0\n", "Is zero like output_usd_per_mtok"),
        (
            OFFERS.replace("small", "s").replace("mid", "m").replace("big", "b"),
            "sums: model: None of its models has an offer",
        ),
    ],
)
def test_offers_that_cannot_be_used_are_refused(replayed, offers, message):
    with pytest.raises(CommandError, match=message):
        replayed(offers=offers)


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        ("", "The file is empty"),
        ("task,item,model,sample\n", "score: The column is missing"),
        (HEADER, "There are no rows"),
        (HEADER + "sums,i0,mid,0,1.5\n", "Row 2: score: 1.5 is out of range"),
        (HEADER + "sums,i0,mid,0,1\nsums,i0,mid,0,1\n", "Row 3: sample: Repeats"),
        (HEADER + "sums,i0,mid,0,\n", "Row 2: score: Is missing"),
        (HEADER + "sums,i0,mid,0,1\nsums,i1,big,0,1\n", "No item was answered by all"),
    ],
)
def test_outcomes_that_cannot_be_used_are_refused(replayed, outcomes, message):
    with pytest.raises(CommandError, match=message):
        replayed(outcomes)


def test_zero_tokens_cost_nothing_and_are_refused(replayed):
    header = HEADER.replace("score", "score,input_tokens,output_tokens")

    with pytest.raises(CommandError, match="output_tokens: mid costs nothing"):
        replayed(header + "sums,i0,mid,0,1,0,0\n")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"--offers: .*none\.csv cannot be read"):
        call_command("evaluate_advice", "x.csv", offers=tmp_path / "none.csv")


def test_text_that_is_no_text_is_refused(replayed, tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(CommandError, match="cannot be read"):
        call_command("evaluate_advice", str(broken), offers=broken)


def test_engine_knows_neither_names_nor_order_of_tasks(replayed):
    lines, _ = replayed(HEADER + rows(task="aaa"))
    renamed, _ = replayed(HEADER + rows(task="zzz"))

    assert lines[1].split()[1:] == renamed[1].split()[1:]
