"""Input that nobody knows is refused, not dropped."""

from rest_framework import serializers

from accounts.serializers import StrictSerializer


class FloorSerializer(StrictSerializer):
    value = serializers.FloatField()


class QuestionSerializer(StrictSerializer):
    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField()
    quality_floor = FloorSerializer(required=False)
    floors = FloorSerializer(many=True, required=False)


def errors_of(given):
    asked = QuestionSerializer(data=given)
    assert not asked.is_valid()
    return asked.errors


def test_known_fields_pass():
    asked = QuestionSerializer(data={"name": "a", "quality_floor": {"value": 0.5}})

    assert asked.is_valid()
    assert asked.validated_data == {"name": "a", "quality_floor": {"value": 0.5}}


def test_a_misspelt_field_is_refused_with_the_nearest_name():
    errors = errors_of({"name": "a", "quality_flor": {"value": 0.5}})

    assert errors == {
        "quality_flor": ['There is no such field: did you mean "quality_floor"?']
    }
    assert errors["quality_flor"][0].code == "unknown_field"


def test_a_field_like_no_other_is_refused_with_all_names():
    errors = errors_of({"name": "a", "zzz": 1})

    assert errors["zzz"] == [
        "There is no such field: take it out. Fields here: floors, name, quality_floor."
    ]


def test_unknown_fields_stand_beside_the_other_errors():
    errors = errors_of({"nam": "a"})

    assert set(errors) == {"nam", "name"}


def test_nested_objects_are_strict_too():
    errors = errors_of(
        {"name": "a", "quality_floor": {"value": 1, "v": 2}, "floors": [{"w": 1}]}
    )

    assert set(errors["quality_floor"]) == {"v"}
    assert set(errors["floors"][0]) == {"value", "w"}


def test_what_is_no_object_is_refused_by_its_json_name():
    assert errors_of([1])["non_field_errors"] == [
        "Give a JSON object, in braces; this is an array."
    ]
    assert errors_of({"name": "a", "quality_floor": "x"})["quality_floor"] == {
        "non_field_errors": ["Give a JSON object, in braces; this is a string."]
    }


def test_a_reply_can_be_sent_back_with_its_read_only_fields():
    asked = QuestionSerializer(data={"id": "anything", "name": "a"})

    assert asked.is_valid()
    assert asked.validated_data == {"name": "a"}


def test_a_flood_of_unknown_fields_gets_a_short_reply():
    errors = errors_of({"name": "a", **{f"{n}" * 100: 1 for n in range(10, 99)}})

    assert len(errors) == 20
    assert max(map(len, errors)) == 81  # 80 and an ellipsis
