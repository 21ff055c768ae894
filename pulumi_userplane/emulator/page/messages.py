"""What the page says after an action: fixed sentences, so that an address can't make it say anything else."""

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


def describe_action(action: str, link: str) -> Markup:
    """Returns the sentence about an action as HTML; nothing if there is no such action.

    Args:
        action: The word in the page's address.
        link: The name of the link that it was done to.
    """
    before, name, after = _MESSAGES.get(action, "").partition("{link}")
    return escape(before) + (Markup("<bdi>{}</bdi>").format(link) if name else "") + escape(after)
