"""manage.py import_outcomes: the operator's way to bring outcomes along."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from benchmarks.models import EvaluationRun
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import LanguageModelFactory
from tests.factories.evaluations import EvaluationSetFactory, SuiteSetFactory

pytestmark = pytest.mark.django_db

TABLE = "task,item,model,sample,score\na,item-0,ours,0,1\na,item-1,ours,0,0\n"


@pytest.fixture
def small():
    return LanguageModelFactory(slug="small")


@pytest.fixture
def evaluation_set():
    return EvaluationSetFactory()


@pytest.fixture
def command(tmp_path, evaluation_set):
    """Return a function that imports a text."""

    def run(text=TABLE, *arguments, on=evaluation_set, model="ours=small"):
        file = tmp_path / "outcomes.csv"
        file.write_text(text)
        options = [f"--set={on.pk}", *([f"--model={model}"] if model else [])]
        call_command("import_outcomes", file, *options, *arguments)

    return run


def test_what_was_kept_is_told(command, small, evaluation_set, capsys):
    command()

    run = EvaluationRun.objects.get()
    assert run.organization == evaluation_set.organization
    assert run.source["file"] == "outcomes.csv"
    assert capsys.readouterr().out.splitlines() == [
        f"{run.pk}: small, 2 items, 2 outcomes",
        "ours has outcomes on 2 of 4 items.",
    ]


def test_a_dry_run_keeps_nothing(command, small, capsys):
    command(TABLE, "--dry-run")

    assert "small, 2 items" in capsys.readouterr().out
    assert not EvaluationRun.objects.exists()


def test_a_log_has_its_model_from_the_command(command, small):
    line = '{"doc_id": "item-0", "resps": [["4"]], "filtered_resps": ["4"], "acc": 1}'

    command(line, "--format=lm_evaluation", model="small")

    assert EvaluationRun.objects.get().language_model == small


def test_outcomes_on_the_suite_are_everybodys_or_an_organizations(command, small):
    suite, buyer = SuiteSetFactory(), OrganizationFactory(slug="buyer")

    command(on=suite)
    command(TABLE.replace(",0,", ",1,"), "--organization=buyer", on=suite)

    assert {run.organization for run in EvaluationRun.objects.all()} == {None, buyer}


@pytest.mark.parametrize(
    ("text", "arguments", "model", "said"),
    [
        ("task,item,model,sample,score\na,item-0,ours,0,2", (), "ours=small", "Row 2"),
        ("", (), "ours=small", "The file is empty"),
        (TABLE, (), "ours=smal", 'did you mean "small"'),
        (TABLE, (), "ours", "give NAME=SLUG"),
        (TABLE, ("--organization=nobody",), "ours=small", "no organization has"),
        (TABLE, ("--organization=other",), "ours=small", "the set belongs to"),
    ],
)
def test_what_cannot_be_kept_is_refused(command, small, text, arguments, model, said):
    OrganizationFactory(slug="other")

    with pytest.raises(CommandError, match=said):
        command(text, *arguments, model=model)

    assert not EvaluationRun.objects.exists()


def test_the_same_again_is_refused(command, small):
    command()

    with pytest.raises(CommandError, match="nothing was added"):
        command()


def test_files_and_sets_that_are_not_there_are_refused(tmp_path, evaluation_set):
    for file, key in ((tmp_path / "none.csv", evaluation_set.pk), (tmp_path, uuid4())):
        with pytest.raises(CommandError, match=r"cannot be read|there is no set"):
            call_command("import_outcomes", file, f"--set={key}")
