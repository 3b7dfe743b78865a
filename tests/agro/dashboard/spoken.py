"""What a reader reads of a page."""

import re

_UNREAD = re.compile(r"<style>.*?</style>|<script>.*?</script>|<[^>]*>", re.DOTALL)


def spoken(html: str) -> str:
    """The text of HTML, without its styles and scripts."""
    return _UNREAD.sub(" ", html)
