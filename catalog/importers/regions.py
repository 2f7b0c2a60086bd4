"""Where a listing runs, as far as its name says. Pure Python."""

import re
from dataclasses import dataclass

# Bedrock's cross-region profiles: a request stays within the geography, so that is
# where data may be processed; `global` may go anywhere.
_PROFILE = re.compile(
    r"(us-gov|us|eu|apac|ap|jp|au|ca|sa|me|af|global)\.(?=[a-z0-9]+\.)"
)
_RESIDENCY_OF_REGION = {"us-gov": "us", "ap": "apac"}
_CLOUD_REGION = re.compile(r"(us|eu|ap|ca|sa|me|af|il|mx)(-gov)?-[a-z]+-\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """A region's name, and the residencies it keeps data in; empty is unknown."""

    region: str = ""
    residency: tuple[str, ...] = ()


def geography_in_name(provider: str, name: str) -> Geography:
    """Return what the provider's way of naming says about the region."""
    if provider != "aws" or not (profile := _PROFILE.match(name)):
        return Geography()
    return geography_of(profile[1])


def geography_of(region: str) -> Geography:
    """Return a region with its residency: `eu-west-1` keeps data in `eu`."""
    if region == "global":
        return Geography(region=region)
    cloud = _CLOUD_REGION.match(region)
    area = cloud[1] if cloud else _RESIDENCY_OF_REGION.get(region, region)
    residency = _RESIDENCY_OF_REGION.get(area, area)
    return Geography(region=region, residency=(residency,))
