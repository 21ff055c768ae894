"""What the page says after an action, once: an address can't make it say what was not done."""

import secrets

from markupsafe import Markup, escape

_MESSAGES = {
    "link-changed": "Changed {link}.",
    "link-unchanged": "Nothing was changed in {link}.",
    "link-deleted": "Deleted {link}.",
    "link-restored": "Restored {link}.",
    "project-restored": "Restored the project of {link}.",
    "requests-cleared": "Cleared the requests.",
    "fault-breaks-one": "The next matching request will be broken.",
    "fault-breaks-several": "Several matching requests will be broken.",
    "fault-breaks-all": "All matching requests will be broken.",
    "fault-breaks-none": "Matching requests will get the real response, late if a delay is set.",
    "faults-removed": "Removed all faults.",
    "behaviours-changed": "Changed the behaviours.",
    "behaviours-unchanged": "No behaviour was changed.",
    "behaviours-reset": "All behaviours are back to their defaults.",
}
_MAX_WAITING = 100


class Messages:
    """The sentences that the page still has to say, by the words that stand for them in its address.

    Nobody can guess such a word, and it works once. So another site can't make the page say that something was done,
    and whoever loads the page again does not read what may be true no longer.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Markup] = {}

    def keep(self, action: str, link: str = "") -> str:
        """Keeps the sentence about an action for the page that follows, and returns the word for its address.

        Args:
            action: What was done.
            link: The name of the link that it was done to.
        """
        while len(self._waiting) >= _MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        before, name, after = _MESSAGES[action].partition("{link}")
        word = secrets.token_urlsafe()
        self._waiting[word] = escape(before) + (Markup("<bdi>{}</bdi>").format(link) if name else "") + escape(after)
        return word

    def take(self, word: str) -> Markup:
        """Returns the sentence as HTML; nothing if there is none, or if it was said already."""
        return self._waiting.pop(word, Markup(""))
