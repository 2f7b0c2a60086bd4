"""Figures that stand in for what nobody stated or measured, each with its source.

An answer that rests on one of them says so by its basis (`modelled`) or a flag.
"""

# Intervals of spend are stated at this level, two-sided; z of the 90th percentile.
SPEND_LEVEL = 0.80
SPEND_Z = 1.2815515655446004

# The ranges of token factors in the fact files hold nine times in ten.
RATIO_RANGE_Z = 1.6448536269514722

# Two options that differ by less are tied, whatever their intervals say.
TIE_SHARE = 0.02

# "Over-provisioned" needs at least this saving besides the sum the buyer states.
SAVING_SHARE = 0.05

# Of the requests that could read their prefix from a cache, the share that finds it
# expired and writes it anew (modelled; does not depend on the volume, so that spend
# stays proportional to requests).
CACHE_WRITE_SHARE = 0.05

# A model of which nothing is known about hidden tokens or its tokenizer counts as
# this, so that it does not look cheap for want of facts (modelled).
UNKNOWN_REASONING_RATIO = 1.0
UNKNOWN_REASONING_RANGE = (0.0, 5.0)
UNKNOWN_TOKENIZER_RATIO = 1.15
UNKNOWN_TOKENIZER_RANGE = (1.0, 1.3)

# Inter-token latency by size: least squares of ln ms on ln active parameters over 23
# points: the 19 endpoints of the llmperf leaderboard of December 2023 (medians; 7, 13
# and 70 B) and the four sizes of the 2024 survey (7 B 18 ms, 13 B 21, 70 B 47, 405 B
# the geometric mean of 70 and 750). ms = 9.07 * active_b ** 0.313.
ITL_MS_AT_1B = 9.07
ITL_EXPONENT = 0.313
ITL_LN_SD = 0.755
# Median over the 19 endpoints of p95 / p50.
ITL_P95_OVER_P50 = 1.16

# Time to first token hardly depends on size: over the 16 of those endpoints without
# cold starts, p95 = 686 ms * size ** -0.035 at 550 input tokens.
TTFT_MS_P95_AT_1B = 686.0
TTFT_EXPONENT = -0.035
TTFT_LN_SD = 0.485
TTFT_INPUT_TOKENS = 550
# Longer prompts add prefill: two floating-point operations per parameter and token,
# at 40 % of 989 TFLOP/s (dense bf16, data sheet of one H100), is 0.04 ms for 8 B;
# larger models run on more accelerators, so it grows like the inter-token latency.
PREFILL_MS_PER_TOKEN_AT_8B = 0.04

# Measurements. Runs of one endpoint differ by more than their requests explain: this
# deviation of the logarithm of a run's level is where an endpoint's own starts from,
# counted as that many runs (modelled).
BETWEEN_RUN_LN_SD = 0.08
BETWEEN_RUN_PRIOR_RUNS = 4
# A figure wanders after it was measured: a random walk that has gone 22 % after 30 days
# (modelled). What is older than this many days is history, not evidence.
DRIFT_LN_SD_PER_ROOT_DAY = 0.04
MEASURED_DAYS = 45
# How far listings of one model at one provider (regions, tiers) lie apart (modelled),
# and what another's measurement, made from elsewhere, is widened by.
SIBLING_LN_SD = 0.3
IMPORTED_LN_SD = 0.3
# A one-sided 95 % upper bound on a 95th percentile needs this many requests: it is
# then the maximum, as 0.95 ** 59 < 0.05.
REQUESTS_FOR_P95 = 59
# Errors are misses: where more requests fail, no limit at the 95th percentile is met.
ERRORS_BEYOND_P95 = 0.05

# An undisclosed size gives no latency of its own: the prior is a model of 100 B
# active parameters with a spread that covers 10 B to 1 T within two deviations.
UNDISCLOSED_ACTIVE_B = 100.0
UNDISCLOSED_LN_SD = 1.15

# Published scores say how models compare, less how they do on a buyer's own items:
# half a logit (0.80 against 0.71 or 0.87) is added to every error in quadrature.
TRANSFER_LOGIT_SD = 0.5
# Our own suite asks tasks of the buyer's kind, freshly drawn: nearer than an exam.
SUITE_LOGIT_SD = 0.35
# Prior standard deviation of a model's ability around the mean of the catalogue.
ABILITY_PRIOR_SD = 1.0

# Quality measured on the buyer's own items is shown with a two-sided interval of this
# level.
QUALITY_LEVEL = 0.9
QUALITY_Z = 1.6448536269514722
# How far the same model may be off at a seller where it was not asked: quantization and
# templates differ (modelled; as a share of right answers).
OTHER_SELLER_SD = 0.02
# What was evaluated longer ago is history: models are changed behind their names.
EVALUATED_DAYS = 365
