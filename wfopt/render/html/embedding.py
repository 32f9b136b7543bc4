"""Data and sources inside a page, so that nothing in them can leave its element."""

from __future__ import annotations

import base64
import hashlib
import json
import re

# `<` ends or nests elements, `&` starts entities, the separators end lines in older scripts, a lone surrogate
# cannot be encoded, and a slash behind another one would make an address of what stands before them.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]|(?<=/)/")


def json_in_html(document: object) -> str:
    r"""Return a document as JSON that may stand in a `<script type="application/json">` element.

    Two slashes never follow each other either: whatever a step printed, the page holds no address.

    Raises:
        ValueError: a number in it is not finite.

    >>> print(json_in_html(["</script>", "//a"]))
    ["\u003c/script\u003e","/\u002fa"]
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def source_hash(text: str) -> str:
    """Return the source expression by which a content security policy allows an inline element.

    >>> source_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
