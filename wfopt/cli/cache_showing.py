"""What the commands about the cache print, and their exit status."""

from __future__ import annotations

from wfopt.cache.collecting import Collected
from wfopt.cache.summary import CacheInfo
from wfopt.cache.verifying import Verified
from wfopt.cli.console import Console
from wfopt.cli.showing import as_json
from wfopt.render.cache_info import empty_text, info_document, info_text
from wfopt.render.cache_upkeep import collected_document, collected_text, verify_document, verify_text

_JSON = "json"


def show_info(console: Console, info: CacheInfo, now: float, output: str) -> None:
    """Print what is in a cache."""
    if output == _JSON:
        console.out.write(as_json(info_document(info)))
    else:
        console.out.write(info_text(info, now))


def show_verified(console: Console, verified: Verified | None, folder: str, output: str) -> int:
    """Print what came of reading a cache, None if there is none; return 1 if something is damaged."""
    if output == _JSON:
        console.out.write(as_json(verify_document(verified or Verified())))
    else:
        console.out.write(empty_text(folder) if verified is None else verify_text(verified))
    return 1 if verified and verified.damages else 0


def show_collected(
    console: Console, collected: Collected | None, folder: str, output: str, command: str
) -> int:
    """Print what was deleted in a cache, None if there is none; return 1 if there was trouble."""
    if output == _JSON:
        console.out.write(as_json(collected_document(collected or Collected(), command)))
    else:
        console.out.write(empty_text(folder) if collected is None else collected_text(collected))
    return 1 if collected and collected.trouble else 0
