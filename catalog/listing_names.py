"""Reading a listing's name: what is the model, what is only how it is served.

A provider's name for a model mixes the vendor's path, a region, the weights' name, a
quantization, a price tier and a snapshot date. The rules here part them without looking
anything up. Pure Python, standard library only.
"""

import re
from dataclasses import dataclass

# What a colon suffix may say about price or routing, never about the weights.
COLON_VARIANTS = frozenset(
    {"batch", "beta", "exacto", "extended", "floor", "free", "nitro", "online"}
    | {"thinking", "flex", "priority"}
)
REGIONS = "us|eu|apac|au|ca|jp|sa|me|af|us-gov|global|regional"
# Vendors that Bedrock and its resellers put before a dot.
DOTTED_VENDORS = (
    "ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot"
    "|moonshotai|nvidia|openai|qwen|writer|xai|zai"
)
# Dotted names that the rules would misread, and what their seller says they are.
MISLEADING_NAMES = {"deepseek.v3-v1:0": "deepseek-v3.1"}
# Word before a family's own name that some sellers add: `databricks-gpt-oss-20b`.
VENDOR_PREFIX = re.compile(
    r"^(?:databricks-(?=[a-z]))?"
    r"(?:meta-(?=llama)|zai-(?:org-)?(?=glm)|nvidia-(?=nemotron|llama))?"
)
QUANTIZATIONS = {
    "fp16": "fp16",
    "bf16": "bf16",
    "fp8": "fp8",
    "fp4": "fp4",
    "nvfp4": "nvfp4",
    "mxfp4": "mxfp4",
    "int8": "int8",
    "int4": "int4",
    "awq": "awq",
    "gptq": "gptq",
    "gguf": "gguf",
    "w4a16": "w4a16",
    "w8a8": "w8a8",
    "8bit": "int8",
    "4bit": "int4",
}
_GGUF_QUANTIZATION = re.compile(r"[-_](i?q[2-8](?:[-_](?:[01]|k(?:[-_][sml])?))?)$")

# Words after the weights' name that say how they are served, for the families where
# that meaning is documented. `gpt-3.5-turbo` or `grok-4-fast` are names of models.
SERVING_WORDS = {
    "turbo": re.compile(r"(meta-)?llama-|kimi-k2|deepseek-r1|deepseek-v3|gemma-2"),
    "lite": re.compile(r"(meta-)?llama-3"),
    "fast": re.compile(r"claude-|deepseek-|glm-5|kimi-|llama-|qwen|gemma-"),
    "highspeed": re.compile(r"minimax-|kimi-"),
    "ultrafast": re.compile(r"deepseek-"),
    "ultraspeed": re.compile(r"mimo-"),
    "us": re.compile(r"deepseek-|glm-|kimi-"),
    "instant": re.compile(r"llama-?3"),
    "versatile": re.compile(r"llama-?3"),
    "specdec": re.compile(r"llama-?3"),
    "basic": re.compile(r"llama-?[34]"),
    "maas": re.compile(r""),
    "tee": re.compile(r""),
    "dottxt": re.compile(r"qwen"),
    "hf": re.compile(r""),
}
_FULL_DATE = re.compile(r"-(?:20\d{6}|20\d\d-[01]\d-[0-3]\d)$")
_TOKEN = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingName:
    """A name taken apart.

    `slug` is the weights' name as written, with serving words still on it; `variants`
    are the colon suffixes; `quantization` is empty when the name does not tell.
    """

    slug: str
    quantization: str
    variants: tuple[str, ...]


def match_key(name: str) -> str:
    """Return what two spellings of one name share.

    Runs of letters and of digits, in order, so that `llama3-1-8b`, `llama-v3p1-8b` and
    `Llama-3.1-8B` agree while `llama-3-18b` does not. A `v` before a number is dropped.
    """
    tokens = _TOKEN.findall(_with_decimal_points(name.lower()))
    pairs = zip(tokens, [*tokens[1:], ""], strict=True)
    kept = [run for run, after in pairs if not (run == "v" and after.isdigit())]
    return "-".join(kept)


def take_apart(name: str) -> ListingName:
    """Part a listing's name into the weights' name and how they are served."""
    text = name.strip().lower().lstrip("~@")
    text, variants = _without_colon_variants(text)
    text = _without_path(text)
    text = _without_bedrock_dress(text)
    text = _joined_colon_tag(text)
    text, quantization = _without_quantization(text)
    return ListingName(
        slug=_slug(text), quantization=quantization, variants=tuple(variants)
    )


def without_serving_words(slug: str) -> tuple[str, tuple[str, ...]]:
    """Return the slug without documented serving words at its end, and those words."""
    words: list[str] = []
    while True:
        rest, _, word = slug.rpartition("-")
        family = SERVING_WORDS.get(word)
        if not rest or family is None or not family.match(rest):
            return slug, tuple(words)
        slug = rest
        words.append(word)


def without_full_date(slug: str) -> str:
    """Return the slug without a snapshot date that names year, month and day.

    Short dates (`-0528`, `-2507`) name a version of the weights and stay.
    """
    return _FULL_DATE.sub("", slug)


def _with_decimal_points(text: str) -> str:
    """Spell `3p1` and `3_1` as `3.1`."""
    return re.sub(r"(?<=\d)[p_](?=\d)", ".", text)


def _without_colon_variants(text: str) -> tuple[str, list[str]]:
    variants: list[str] = []
    while True:
        rest, colon, suffix = text.rpartition(":")
        if not colon or suffix not in COLON_VARIANTS:
            return text, sorted(variants)
        text = rest
        variants.append(suffix)


def _without_path(text: str) -> str:
    """Keep what follows the last slash: paths name vendors, accounts and regions."""
    return text.rstrip("/").rpartition("/")[2]


def _without_bedrock_dress(text: str) -> str:
    """`us.meta.llama3-1-8b-instruct-v1:0` -> `llama3-1-8b-instruct`.

    `-v0:2` is a version of the weights (0.2), `-v1:0` one of the listing.
    """
    text = re.sub(rf"^(?:{REGIONS})\.(?=[a-z0-9]+\.)", "", text)
    text = MISLEADING_NAMES.get(text, text)
    # `deepseek.r1`: what follows the dot is only a version, so the vendor stays.
    text = re.sub(rf"^({DOTTED_VENDORS})\.(?=[rv]\d)", r"\1-", text)
    text, dotted = re.subn(rf"^(?:{DOTTED_VENDORS})\.(?=[a-z])", "", text)
    text = re.sub(r"-v0:(\d)$", r"-v0.\1", text)
    text = re.sub(r"(?:-v?1|(?<=-20\d{6})-v\d)?:0(?::\d+k|:mm)?$", "", text)
    return re.sub(r"-v1$", "", text) if dotted else text


def _joined_colon_tag(text: str) -> str:
    """`llama3.1:8b` -> `llama3.1-8b`; a fine-tune (`ft:…`) keeps its mark."""
    return text.replace(":", "-")


def _without_quantization(text: str) -> tuple[str, str]:
    gguf = _GGUF_QUANTIZATION.search(text)
    if gguf:
        return text[: gguf.start()], gguf[1].replace("-", "_")
    words = re.split(r"(?<=[a-z0-9])-(?=[a-z0-9])", text)
    found = [QUANTIZATIONS[word] for word in words[1:] if word in QUANTIZATIONS]
    kept = [words[0], *(word for word in words[1:] if word not in QUANTIZATIONS)]
    return "-".join(kept), found[0] if found else ""


def _slug(text: str) -> str:
    text = VENDOR_PREFIX.sub("", _with_decimal_points(text))
    text = re.sub(r"[^a-z0-9.]+", "-", text)
    return text.strip("-.") or "unnamed"
