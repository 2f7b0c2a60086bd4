"""The fact files agree with themselves, and bad rows are refused by name."""

import re
from decimal import Decimal

import pytest

from catalog.identity import size_in_name
from catalog.listing_names import match_key
from catalog.model_facts import MODEL_COLUMNS, SLUG_PATTERN, ModelFacts, load_models
from catalog.published import (
    SCORE_COLUMNS,
    TASK_FAMILIES,
    load_scores,
    load_task_benchmarks,
)

MODELS = load_models()
FACTS = ModelFacts.from_rows(MODELS)
SCORES = load_scores()
TASKS = load_task_benchmarks()
ROW = {
    "model": "rocket-9b",
    "name": "Rocket 9B",
    "developer": "Acme",
    "total_parameters_b": "9.2",
    "active_parameters_b": "9.2",
    "parameters_basis": "published",
    "parameters_source": "https://example.org/rocket",
    "active_source": "https://example.org/rocket",
}


def test_there_are_enough_models_and_sizes():
    sized = [row for row in MODELS if row.total_parameters_b is not None]

    assert len(MODELS) >= 200
    assert len(sized) >= 150


@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.model)
def test_every_row_is_sound(row):
    assert SLUG_PATTERN.fullmatch(row.model)
    for source in (row.parameters_source, row.active_source):
        assert not source or source.startswith("https://")
    for source in (row.reasoning_ratio_source, row.tokenizer_ratio_source):
        assert source == "modelled" or source.startswith("https://")
    assert row.reasoning_tokens_ratio is not None
    assert row.tokenizer_ratio is not None
    assert row.input_modalities
    if row.successor:
        assert FACTS.named(row.successor)


def test_a_size_in_a_slug_agrees_with_the_file_within_rounding():
    odd = []
    for row in MODELS:
        total, active = size_in_name(row.model)
        nominal = re.search(r"\d+x\d", row.model)  # 8x7b counts shared layers twice
        if total is None or nominal or row.total_parameters_b is None:
            continue
        # Names round: Gemma 2 2B has 2.61 B, Ministral 3 3B 3.8 B. The name of Voxtral
        # counts its language model only, not the part that hears.
        ratio = row.total_parameters_b / total
        sound = Decimal("0.84") <= ratio <= Decimal("1.31")
        if not sound and row.model != "voxtral-mini-3b":
            odd.append((row.model, row.total_parameters_b, total))
        if active and row.active_parameters_b:
            difference = abs(row.active_parameters_b - active)
            assert difference <= 1, row.model

    assert odd == []


def test_no_name_means_two_models():
    keys = [match_key(name) for row in MODELS for name in {row.model, *row.aliases}]

    assert len(keys) == len(set(keys))


def test_aliases_are_no_pointers_that_move():
    moving = {"mistral-large-latest", "deepseek-chat", "gpt-chat-latest"}

    assert [name for name in moving if FACTS.named(name)] == []


def test_sizes_read_off_names_say_so():
    from_name = [row for row in MODELS if row.parameters_basis == "from_name"]

    assert from_name
    for row in from_name:
        assert "(listing " in row.parameters_source, row.model


def test_scores_are_enough_and_of_known_models():
    assert len({score.model for score in SCORES}) >= 100
    for score in SCORES:
        row = FACTS.named(score.model)
        assert row is not None, score.model
        assert row.model == score.model
        assert 0 <= score.score <= 1
        assert score.source.startswith("https://")


@pytest.mark.parametrize("family", TASK_FAMILIES)
def test_each_task_family_has_scores_for_many_models(family):
    task = TASKS[family]
    models = {score.model for score in SCORES if score.benchmark in task.weights}
    anchored = {score.model for score in SCORES if score.benchmark == task.anchor}

    assert len(models) >= 80
    assert len(anchored) >= 30
    assert sum(task.weights.values()) == 1


def test_every_weighted_benchmark_has_a_score():
    scored = {score.benchmark for score in SCORES}

    weighted = {name for task in TASKS.values() for name in task.weights}

    assert weighted <= scored


def test_a_sound_row_is_read(tmp_path):
    path = _models_file(tmp_path, {"deprecated": "false", "aliases": "rocket r-9b"})

    (row,) = load_models(path)

    assert row.total_parameters_b == Decimal("9.2")
    assert row.aliases == ("rocket", "r-9b")
    assert row.deprecated is False
    assert row.open_weights is None
    assert row.released_on is None


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("model", "Rocket 9B", "lower-case"),
        ("model", "", "must not be empty"),
        ("total_parameters_b", "nine", "not a number"),
        ("total_parameters_b", "NaN", "not a finite number"),
        ("total_parameters_b", "-9", "above 0"),
        ("total_parameters_b", "", "contradicts parameters_basis"),
        ("active_parameters_b", "10", "at most the total"),
        ("active_source", "", "where the active count is from"),
        ("parameters_basis", "guessed", "must be one of"),
        ("parameters_source", "", "have a source"),
        ("open_weights", "yes", "true, false or empty"),
        ("released_on", "2026", "not a date"),
        ("context_tokens", "128k", "not a whole number"),
        ("tokenizer_ratio", "1.1", "within its low and high"),
    ],
)
def test_a_bad_cell_is_refused_with_row_and_column(tmp_path, column, value, problem):
    path = _models_file(tmp_path, {column: value})

    with pytest.raises(ValueError, match=rf"models\.csv row 2, column .*{problem}"):
        load_models(path)


def test_a_ratio_needs_a_source(tmp_path):
    ratio = {f"tokenizer_ratio{end}": "1" for end in ("", "_low", "_high")}
    path = _models_file(tmp_path, ratio)

    with pytest.raises(ValueError, match="column tokenizer_ratio: '1' must have a so"):
        load_models(path)


def test_another_header_is_refused(tmp_path):
    path = tmp_path / "models.csv"
    path.write_text("model,name\n")

    with pytest.raises(ValueError, match="the header must be model,name,developer"):
        load_models(path)


def test_a_short_row_is_refused(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(",".join(SCORE_COLUMNS) + "\nrocket-9b,gpqa\n")

    with pytest.raises(ValueError, match="row 2: 2 columns instead of 5"):
        load_scores(path)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("rocket-9b,gpqa,41,https://example.org,2026-01-01", "must be from 0 to 1"),
        ("rocket-9b,gpqa,,https://example.org,2026-01-01", "must be from 0 to 1"),
        ("rocket-9b,gpqa,0.41,https://example.org,", "published_on"),
        ("rocket-9b,gpqa,0.41,,2026-01-01", "source"),
    ],
)
def test_a_bad_score_is_refused(tmp_path, line, problem):
    path = tmp_path / "scores.csv"
    path.write_text(f"{','.join(SCORE_COLUMNS)}\n{line}\n")

    with pytest.raises(ValueError, match=problem):
        load_scores(path)


def test_a_second_score_on_one_benchmark_is_refused(tmp_path):
    line = "rocket-9b,gpqa,0.41,https://example.org,2026-01-01\n"
    path = tmp_path / "scores.csv"
    path.write_text(",".join(SCORE_COLUMNS) + "\n" + line + line)

    with pytest.raises(ValueError, match=r"row 3, .* scored twice for rocket-9b"):
        load_scores(path)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('anchor = "gpqa"\nweights = {gpqa = 0.5}', "must sum to 1"),
        ('anchor = "gpqa"\nweights = {gpqa = -1.0, mmlu = 2.0}', "above 0"),
        ('anchor = "gpqa"', "above 0"),
        ('anchor = "mmlu"\nweights = {gpqa = 1.0}', "anchor must be one"),
        ("weights = {gpqa = 1.0}", "anchor must be one"),
    ],
)
def test_a_task_family_that_does_not_add_up_is_refused(tmp_path, table, problem):
    sound = 'anchor = "gpqa"\nweights = {gpqa = 1.0}'
    tables = dict.fromkeys(TASK_FAMILIES, sound) | {"code": table}
    path = _tasks_file(tmp_path, tables)

    with pytest.raises(ValueError, match=f"code: .*{problem}"):
        load_task_benchmarks(path)


def test_a_missing_task_family_is_refused(tmp_path):
    path = _tasks_file(tmp_path, {"code": 'anchor = "a"\nweights = {a = 1.0}'})

    with pytest.raises(ValueError, match="missing or unknown: agentic_tool_use"):
        load_task_benchmarks(path)


def _models_file(folder, changes):
    cells = {**dict.fromkeys(MODEL_COLUMNS, ""), **ROW, **changes}
    path = folder / "models.csv"
    path.write_text(f"{','.join(MODEL_COLUMNS)}\n{','.join(cells.values())}\n")
    return path


def _tasks_file(folder, tables):
    path = folder / "tasks.toml"
    path.write_text("\n".join(f"[{name}]\n{text}" for name, text in tables.items()))
    return path
