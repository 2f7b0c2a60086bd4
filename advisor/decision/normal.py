"""The normal distribution over arrays; the standard library has it for numbers only."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def normal_cdf(z: Floats) -> Floats:
    """Return P(Z <= z), to 7.5e-8.

    Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.2.17.
    """
    t = 1 / (1 + 0.2316419 * np.abs(z))
    tail = np.polyval(_COEFFICIENTS, t) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    cdf: Floats = np.where(z > 0, 1 - tail, tail)
    return cdf


def student_cdf(t: Floats, degrees: Floats) -> Floats:
    """Return P(T <= t) of Student's t, to 0.002 from three degrees of freedom on.

    Wallace, Bounds on Normal Approximations to Student's and the Chi-Square
    Distributions (Annals of Mathematical Statistics, 1959).
    """
    inside = np.clip(t, -1e9, 1e9)
    z = np.sqrt(degrees * np.log1p(inside * inside / degrees))
    return normal_cdf(np.sign(inside) * z * (8 * degrees + 1) / (8 * degrees + 3))


_COEFFICIENTS = (
    1.330274429,
    -1.821255978,
    1.781477937,
    -0.356563782,
    0.319381530,
    0.0,
)


def logit(share: Floats) -> Floats:
    """Return ln(p / (1 - p)), with p kept within 0.001 of its ends."""
    inside = np.clip(share, 0.001, 0.999)
    log_odds: Floats = np.log(inside / (1 - inside))
    return log_odds


def expit(log_odds: Floats) -> Floats:
    """Return the share whose logit is given."""
    share: Floats = 1 / (1 + np.exp(-log_odds))
    return share
