"""The script that puts the widget into a page, and finding it in one (CC-013, CC-157)."""

import re
from typing import Literal

Finding = Literal["found", "missing", "other_key"]

# The page's own calls wait in the queue until the loader has come; `params` is the page's to fill. An element with the id
# `centrala` answers to the name, too: only what has a queue is ours.
_SNIPPET = """<script type="text/javascript">
(window.centrala || 0)._ || (function (d, s) {{
  var z = window.centrala = function (c) {{ z._.push(c) }},
    $ = z.s = d.createElement(s), e = d.getElementsByTagName(s)[0];
  z._ = []; z.params = {{}}; $.async = 1; $.setAttribute("charset", "utf-8");
  $.src = "{src}"; $.type = "text/javascript"; e.parentNode.insertBefore($, e);
}})(document, "script");
</script>"""

_KEYS = re.compile(
    r"(?:/loader/|/widget\.js\?(?:[^\"'\s<>]*&(?:amp;)?)?key=)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.I
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)


def build_snippet(base_url: str, key: str) -> str:
    """Return the script for a page; base_url is the server's public address, without a closing slash."""
    return _SNIPPET.format(src=f"{base_url}/loader/{key}")


def build_tag(base_url: str, key: str) -> str:
    """Return the script for pages whose policy allows no script in the page, and for frameworks that write the page themselves."""
    return f'<script async src="{base_url}/loader/{key}"></script>'


def host_policies(base_url: str) -> str:
    """Return what a page's Content-Security-Policy has to allow, and nothing else."""
    return f"script-src {base_url}; frame-src {base_url}; img-src {base_url}"


def find_snippet(page: str, host: str, key: str) -> Finding:
    """Tell whether a page loads the widget with a key from a host; comments of the page do not count."""
    code = _COMMENT.sub("", page)
    keys = {
        match[1].lower()
        for match in _KEYS.finditer(code)
        if code[: match.start()].lower().endswith(f"//{host.lower()}")
    }
    if key.lower() in keys:
        return "found"
    return "other_key" if keys else "missing"
