"""What a listing answers with, told from its name. Pure Python.

A price sheet often prices an image or speech model per token too, so prices alone do
not tell a chat model. Words are compared whole: `image` is not found in `imagery`.
"""

import re
from collections.abc import Mapping
from typing import Literal

ListingKind = Literal["chat", "embedding", "audio", "image", "other"]

# Searched in this order; the first kind with a word in the name wins.
KIND_WORDS: Mapping[ListingKind, frozenset[str]] = {
    "embedding": frozenset(
        {"embed", "embedding", "embeddings", "bge", "gte", "e5", "minilm", "voyage"}
        | {"embeddinggemma", "retriever", "nemoretriever", "ada-002"}
    ),
    "image": frozenset(
        {"image", "images", "imagen", "imagine", "dall", "dalle", "flux", "sdxl"}
        | {"sd3", "diffusion", "stable", "canvas", "reel", "video", "veo", "sora"}
        | {"banana", "seedream", "seedance", "recraft", "kling", "wan", "ideogram"}
        | {"hailuo", "photon", "ray"}
    ),
    "audio": frozenset(
        {"audio", "asr", "live", "lyria", "orpheus", "realtime", "sonic", "speech"}
        | {"stt", "transcribe", "translate", "tts", "voice", "voicechat", "whisper"}
        | {"eleven", "scribe", "nova-2-general", "chirp", "music", "aura"}
    ),
    "other": frozenset(
        {"guard", "guardrail", "moderation", "ocr", "rerank", "reranker", "safeguard"}
        | {"safety", "decider", "robotics", "distilbert", "m2m100", "indictrans2"}
        | {"paddleocr", "router"}
    ),
}
_WORD = re.compile(r"[a-z]+\d*[a-z]*|\d+")


def kind_of_name(name: str) -> ListingKind:
    """Return what the listing called `name` answers with; `chat` when nothing tells."""
    model = name.strip().lower().rstrip("/").rpartition("/")[2]
    words = set(_WORD.findall(model))
    for kind, telling in KIND_WORDS.items():
        if words & telling:
            return kind
    return "chat"
