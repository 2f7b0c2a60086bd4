"""`make_chart_library`: writes the script that draws charts in browsers."""

import gzip
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from advisor.pages.charts import library_name

SNIPPET = "window.vegaEmbed = vegaEmbed;"


class Command(BaseCommand):
    """Writes Vega, Vega-Lite and Vega-Embed as one file for our own server.

    Nothing is downloaded: the wheel that draws pictures holds them. It would cost a
    web process 190 MB, so the file is made once, beforehand; again it is a no-op.
    """

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and its compressed twin, unless they are there."""
        path = settings.BUILT_STATIC / library_name()
        twin = path.with_name(f"{path.name}.gz")
        if path.exists() and twin.exists():
            return
        import vl_convert

        script = vl_convert.javascript_bundle(SNIPPET).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when whole: a server may be reading already.
        for place, content in ((twin, gzip.compress(script, mtime=0)), (path, script)):
            unfinished = place.with_name(f"{place.name}.new")
            unfinished.write_bytes(content)
            unfinished.replace(place)
