"""Which model a listing's name means: real names, answers worked out by hand."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.coverage import Listing, size_coverage
from catalog.identity import identify, own_facts, size_in_name
from catalog.listing_kinds import kind_of_name
from catalog.listing_names import match_key
from catalog.model_facts import ModelFacts

FACTS = own_facts()

# (listing name, model, quantization)
MATCHED = [
    # vendor paths and spellings of Llama 3.1 8B
    ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct", ""),
    ("meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", "llama-3.1-8b-instruct", ""),
    ("@cf/meta/llama-3.1-8b-instruct-fp8", "llama-3.1-8b-instruct", "fp8"),
    ("@cf/meta/llama-3.1-8b-instruct-fp8-fast", "llama-3.1-8b-instruct", "fp8"),
    ("@cf/meta/llama-3.1-8b-instruct-awq", "llama-3.1-8b-instruct", "awq"),
    ("us.meta.llama3-1-8b-instruct-v1:0", "llama-3.1-8b-instruct", ""),
    ("databricks-meta-llama-3-1-8b-instruct", "llama-3.1-8b-instruct", ""),
    ("accounts/fireworks/models/llama-v3p1-8b-instruct", "llama-3.1-8b-instruct", ""),
    ("llama-3.1-8b-instant", "llama-3.1-8b-instruct", ""),
    ("llama3.1-8b", "llama-3.1-8b-instruct", ""),
    ("meta-llama/llama-3.1-8b-instruct-bf16", "llama-3.1-8b-instruct", "bf16"),
    ("meta-llama/llama-3.1-8b-instruct:free", "llama-3.1-8b-instruct", ""),
    # other Llamas
    ("us.meta.llama3-1-70b-instruct-v1:0", "llama-3.1-70b-instruct", ""),
    ("Meta-Llama-3_3-70B-Instruct", "llama-3.3-70b-instruct", ""),
    ("llama-3.3-70b-versatile", "llama-3.3-70b-instruct", ""),
    ("meta-llama/Meta-Llama-3-8B-Instruct-Lite", "llama-3-8b-instruct", ""),
    ("meta.llama3-8b-instruct-v1:0", "llama-3-8b-instruct", ""),
    ("llama3-70b-8192", "llama-3-70b-instruct", ""),
    ("llama-3.1-405b", "llama-3.1-405b", ""),  # the base model, not the chat one
    ("meta.llama4-scout-17b-instruct-v1:0", "llama-4-scout", ""),
    (
        "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
        "llama-4-maverick",
        "fp8",
    ),
    ("llama-3.2-90b-text-preview", "llama-3.2-90b-vision-instruct", ""),
    # Qwen
    ("accounts/fireworks/models/qwen3-235b-a22b", "qwen3-235b-a22b", ""),
    ("qwen/qwen3-8b:free", "qwen3-8b", ""),
    ("Qwen/Qwen3-14B-FP8", "qwen3-14b", "fp8"),
    ("qwen-3-32b", "qwen3-32b", ""),
    ("qwen.qwen3-32b-v1:0", "qwen3-32b", ""),
    ("qwen/qwen-2.5-72b-instruct", "qwen2.5-72b-instruct", ""),
    ("fireworks/qwen2p5-vl-72b-instruct", "qwen2.5-vl-72b-instruct", ""),
    ("databricks-qwen35-122b-a10b", "qwen3.5-122b-a10b", ""),
    ("Qwen/Qwen3.5-35B-A3B-FP8-dottxt", "qwen3.5-35b-a3b", "fp8"),
    ("qwen/qwen3-235b-a22b-2507", "qwen3-235b-a22b-instruct-2507", ""),
    ("@cf/qwen/qwen3-30b-a3b-fp8", "qwen3-30b-a3b", "fp8"),
    ("Qwen/QwQ-32B", "qwq-32b", ""),
    # Mistral: the version after a Bedrock colon is part of the name
    ("mistral.mistral-7b-instruct-v0:2", "mistral-7b-instruct-v0.2", ""),
    ("mistral.mixtral-8x7b-instruct-v0:1", "mixtral-8x7b-instruct", ""),
    ("mistralai/Mixtral-8x22B-Instruct-v0.1", "mixtral-8x22b-instruct", ""),
    ("mistral.mistral-large-2402-v1:0", "mistral-large-2402", ""),
    ("mistral.mistral-large-3-675b-instruct", "mistral-large-2512", ""),
    ("mistral.ministral-3-8b-instruct", "ministral-3-8b", ""),
    ("mistral-small-2506", "mistral-small-3.2-24b-instruct", ""),
    ("Mistral-Nemo-Instruct-2407", "mistral-nemo", ""),
    ("mistralai/mistral-medium-3-5:batch", "mistral-medium-3.5", ""),
    # DeepSeek: short dates tell versions apart
    ("us.deepseek.r1-v1:0", "deepseek-r1", ""),
    ("bedrock/deepseek.v3.2", "deepseek-v3.2", ""),
    ("deepseek.v3-v1:0", "deepseek-v3.1", ""),  # its seller's name for 3.1
    ("deepseek/deepseek-r1-turbo", "deepseek-r1", ""),
    ("deepseek-ai/DeepSeek-R1-0528", "deepseek-r1-0528", ""),
    ("deepseek/deepseek_v3", "deepseek-v3", ""),
    ("deepseek/deepseek-chat-v3-0324", "deepseek-v3-0324", ""),
    ("accounts/fireworks/models/deepseek-v3p2", "deepseek-v3.2", ""),
    ("deepseek-v4p1-flash-1017-ultrafast", "deepseek-v4.1-flash-1017", ""),
    ("DeepSeek-R1-Distill-Llama-70B", "deepseek-r1-distill-llama-70b", ""),
    # OpenAI
    ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06", ""),
    ("openai/gpt-4o", "gpt-4o", ""),
    ("openai/gpt-4o-mini:batch", "gpt-4o-mini", ""),
    ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini", ""),
    ("openai.gpt-oss-120b-1:0", "gpt-oss-120b", ""),
    ("azure/eu/o3-2025-04-16", "o3", ""),
    ("gpt-3.5-turbo", "gpt-3.5-turbo", ""),
    # Anthropic
    ("anthropic.claude-3-5-haiku-20241022-v1:0", "claude-3.5-haiku", ""),
    (
        "regional.anthropic.claude-3-5-sonnet-20241022-v2:0",
        "claude-3.5-sonnet-20241022",
        "",
    ),
    ("claude-3-5-sonnet@20240620", "claude-3.5-sonnet-20240620", ""),
    ("claude-3-5-sonnet", "claude-3.5-sonnet", ""),
    ("global.anthropic.claude-opus-4-5-v1:0", "claude-opus-4.5", ""),
    ("anthropic/claude-opus-4.8-fast", "claude-opus-4.8", ""),
    ("claude-4-sonnet", "claude-sonnet-4", ""),
    # others
    ("us.amazon.nova-lite-v1:0", "nova-lite", ""),
    ("gemini-flash-1.5-8b", "gemini-1.5-flash-8b", ""),
    ("gemini-2.0-flash-001", "gemini-2.0-flash", ""),
    ("google.gemma-3-12b-it", "gemma-3-12b-it", ""),
    ("gemma2-9b-it", "gemma-2-9b-it", ""),
    ("gemma-4-26b-a4b-it-maas", "gemma-4-26b-a4b-it", ""),
    ("zai-glm-4.7", "glm-4.7", ""),
    ("zai-org/GLM-4.5-Air-FP8", "glm-4.5-air", "fp8"),
    ("glm-5p3-us", "glm-5.3", ""),
    ("kimi-k2-turbo-preview", "kimi-k2-turbo-preview", ""),
    ("moonshotai/kimi-k2.7-code-highspeed", "kimi-k2.7-code", ""),
    ("MiniMaxAI/MiniMax-M1-80k", "minimax-m1", ""),
    ("nvidia.nemotron-nano-9b-v2:0", "nemotron-nano-9b-v2", ""),
    (
        "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-NVFP4",
        "nemotron-3-ultra-550b-a55b",
        "nvfp4",
    ),
    ("cohere/command-r-plus-08-2024", "command-r-plus-08-2024", ""),
    ("ai21/jamba-1-5-large", "jamba-1.5-large", ""),
    ("microsoft/WizardLM-2-8x22B", "wizardlm-2-8x22b", ""),
    ("grok-4-0709", "grok-4", ""),
    ("x-ai/grok-4-fast", "grok-4-fast", ""),  # a model of its own, not a fast Grok 4
]

# (listing name, normalised slug, total, active): no row, so nothing but the name
UNMATCHED = [
    # re-pointed aliases
    ("mistral-large-latest", "mistral-large-latest", None, None),
    ("deepseek-chat", "deepseek-chat", None, None),
    ("~openai/gpt-mini-latest", "gpt-mini-latest", None, None),
    # a snapshot nobody knows is not the known one
    ("gpt-4o-2099-01-01", "gpt-4o-2099-01-01", None, None),
    # a buyer's own fine-tune is not the model it started from
    ("ft:gpt-4o", "ft-gpt-4o", None, None),
    # a word that is not documented as a way of serving
    ("x-ai/grok-4.5-fast", "grok-4.5-fast", None, None),
    ("z-ai/glm-5.3-prime", "glm-5.3-prime", None, None),
    # sizes in the name
    ("acme/Rocket-8B-Chat", "rocket-8b-chat", "8", None),
    ("acme/rocket-235b-a22b", "rocket-235b-a22b", "235", "22"),
    ("acme/rocket-2.4t-a95b", "rocket-2.4t-a95b", "2400", "95"),
    ("acme/rocket-8x22b", "rocket-8x22b", "176", None),
    ("acme/rocket-1.5-0.5b", "rocket-1.5-0.5b", "0.5", None),
    ("acme/rocket-guard-86m", "rocket-guard-86m", "0.086", None),
    ("acme/rocket-7b:free", "rocket-7b", "7", None),
    ("eu.acme.rocket-9b", "acme.rocket-9b", "9", None),
    # what looks like a size and is none
    ("acme/rocket-v2-128k", "rocket-v2-128k", None, None),
    ("acme/rocket-17b-16e", "rocket-17b-16e", None, None),  # active, and experts
    ("acme/rocket-1m", "rocket-1m", None, None),  # a context of a million tokens
    ("acme/rocket-e4b", "rocket-e4b", None, None),  # effective parameters
    ("acme/rocket-x7b3f", "rocket-x7b3f", None, None),  # a hash
    ("acme/rocket1b", "rocket1b", None, None),
    ("acme/rocket-8bit", "rocket", None, None),
    ("acme/rocket-2025-08-07", "rocket-2025-08-07", None, None),
    ("acme/rocket-7b-judge-70b", "rocket-7b-judge-70b", None, None),  # which one?
    ("acme/rocket-0-5b", "rocket-0-5b", None, None),  # 0.5, its point lost
    ("acme/rocket-8b-a22b", "rocket-8b-a22b", None, None),  # more active than total
    ("acme/rocket-0b", "rocket-0b", None, None),
]


@pytest.mark.parametrize(("name", "model", "quantization"), MATCHED)
def test_a_known_name_means_its_model(name, model, quantization):
    identity = identify(name, facts=FACTS)

    assert (identity.model, identity.matched) == (model, True)
    assert identity.quantization == quantization


@pytest.mark.parametrize(("name", "slug", "total", "active"), UNMATCHED)
def test_an_unknown_name_says_only_what_it_states(name, slug, total, active):
    identity = identify(name, facts=FACTS)

    assert (identity.model, identity.matched) == (slug, False)
    assert identity.total_parameters_b == (total and Decimal(total))
    assert identity.active_parameters_b == (active and Decimal(active))
    assert identity.parameters_basis == ("from_name" if total else "undisclosed")


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        ("openai/gpt-4o-mini:batch", ("batch",)),
        ("qwen/qwen3-8b:free", ("free",)),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", ("turbo",)),
        ("@cf/meta/llama-3.1-8b-instruct-fp8-fast", ("fast",)),
        ("gpt-3.5-turbo", ()),
        ("gpt-4o:extended", ("extended",)),
    ],
)
def test_the_marks_of_how_it_is_served_are_kept(name, variants):
    assert identify(name, facts=FACTS).variants == variants


def test_one_model_has_one_slug_at_every_seller_without_a_row():
    names = ["acme/Rocket_9B", "us.acme/rocket-9b", "Rocket-9B:free", "@cf/x/rocket-9b"]

    slugs = {identify(name, facts=FACTS).model for name in names}

    assert slugs == {"rocket-9b"}


def test_a_published_size_beats_the_nominal_one_in_the_name():
    identity = identify("mistralai/Mixtral-8x7B-Instruct-v0.1", facts=FACTS)

    # 8 x 7 = 56 nominally; the experts share their attention layers.
    assert identity.total_parameters_b == Decimal("46.7")
    assert identity.parameters_basis == "published"
    assert size_in_name("mixtral-8x7b") == (Decimal(56), None)


def test_two_rows_may_not_claim_one_name():
    row = FACTS.named("qwen3-8b")

    with pytest.raises(ValueError, match="already means qwen3-8b"):
        ModelFacts.from_rows([row, FACTS.named("qwen3-14b"), _renamed(row)])


def test_spellings_share_a_key_and_other_numbers_do_not():
    assert match_key("llama3-1-8b") == match_key("Llama-v3p1-8B")
    assert match_key("llama-3.1-8b") != match_key("llama-3-18b")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gpt-4o", "chat"),
        ("meta-llama/llama-3.2-11b-vision-instruct", "chat"),
        ("text-embedding-3-large", "embedding"),
        ("@cf/baai/bge-m3", "embedding"),
        ("gpt-4o-mini-tts", "audio"),
        ("whisper-1", "audio"),
        ("gpt-image-1", "image"),
        ("google/gemini-2.5-flash-image", "image"),
        ("dall-e-3", "image"),
        ("meta-llama/llama-guard-4-12b", "other"),
        ("mistral-ocr-2505", "other"),
        ("rerank-v3.5", "other"),
    ],
)
def test_the_kind_is_told_by_whole_words(name, kind):
    assert kind_of_name(name) == kind


def test_coverage_counts_chat_listings_by_hand():
    listings = [
        Listing(name=name, provider="acme", priced_as_chat=priced)
        for name, priced in [
            ("qwen3-8b", True),  # chat, open, sized
            ("kimi-vl-a3b-thinking", True),  # chat, open, sized
            ("ling-2.6-flash", True),  # chat, open, not sized
            ("gpt-4o", True),  # chat, closed, not sized
            ("rocket-9b", True),  # chat, weights unknown, sized by name
            ("gpt-image-1", True),  # priced per token, not chat
            ("llama-3.1-8b-instruct", False),  # no price for tokens
        ]
    ]

    coverage = size_coverage(listings, FACTS)

    assert (coverage.chat, coverage.chat_sized) == (5, 3)
    assert (coverage.open_weights, coverage.open_weights_sized) == (3, 2)
    assert coverage.chat_share == 3 / 5
    assert coverage.open_weights_share == 2 / 3


def test_coverage_of_nothing_is_nothing():
    coverage = size_coverage([], FACTS)

    assert (coverage.chat_share, coverage.open_weights_share) == (0, 0)


@given(name=st.text(max_size=60))
@example(name="")
@example(name=":::")
@example(name="///")
@example(name="-9999b-a9999b")
@example(name="1x0b")
def test_any_text_is_told_the_same_way_twice(name):
    first, second = identify(name, facts=FACTS), identify(name, facts=FACTS)

    assert first == second
    assert first.model
    total, active = first.total_parameters_b, first.active_parameters_b
    assert total is None or total > 0
    assert active is None or active <= total


@given(
    vendor=st.sampled_from(["", "openrouter/", "@cf/meta/", "models/a/"]),
    suffix=st.sampled_from(["", ":free", ":batch"]),
    row=st.sampled_from(FACTS.rows),
)
def test_every_row_is_found_under_its_own_slug(vendor, suffix, row):
    identity = identify(f"{vendor}{row.model}{suffix}", facts=FACTS)

    assert identity.model == row.model
    assert identity.total_parameters_b == row.total_parameters_b


def _renamed(row):
    values = {name: getattr(row, name) for name in type(row).__slots__}
    return type(row)(**{**values, "model": "other", "aliases": ("qwen-3-8b",)})
