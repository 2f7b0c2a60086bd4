"""Rate cards and usages for property tests."""

from hypothesis import strategies as st

from catalog.pricing import Usage
from catalog.rate_cards import METERS, ContextTier, RateCard, Rates, Window

_RATE = st.decimals("0", "1000", places=6) | st.none()
_CLOCK = st.times().map(lambda clock: clock.replace(microsecond=0))


def rate_sets():
    return st.builds(Rates, **dict.fromkeys(METERS, _RATE))


def context_tiers():
    tiers = st.builds(
        ContextTier,
        above_prompt_tokens=st.integers(0, 300_000),
        rates=rate_sets(),
    )
    return st.lists(
        tiers, max_size=3, unique_by=lambda tier: tier.above_prompt_tokens
    ).map(lambda found: tuple(sorted(found, key=lambda tier: tier.above_prompt_tokens)))


def windows():
    return st.builds(
        Window,
        starts=_CLOCK,
        ends=_CLOCK,
        weekdays=st.frozensets(st.integers(0, 6)),
        rates=rate_sets(),
        context_tiers=context_tiers(),
    )


def rate_cards():
    return st.builds(
        RateCard,
        rates=rate_sets(),
        context_tiers=context_tiers(),
        windows=st.lists(windows(), max_size=2).map(tuple),
    )


@st.composite
def usages(draw):
    """Parts first, then a whole that holds them."""
    count = st.integers(0, 100_000)
    prompt = {
        name: draw(count)
        for name in (
            "cache_read_tokens",
            "cache_write_5m_tokens",
            "cache_write_1h_tokens",
            "audio_input_tokens",
            "image_input_tokens",
        )
    }
    answer = {
        name: draw(count)
        for name in ("reasoning_tokens", "audio_output_tokens", "image_output_tokens")
    }
    return Usage(
        input_tokens=sum(prompt.values()) + draw(count),
        output_tokens=sum(answer.values()) + draw(count),
        **prompt,
        **answer,
    )
