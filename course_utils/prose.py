"""Numbers for the prose: values that a chapter's run hands to its text."""

from IPython.core.formatters import format_display_data
from IPython.display import display

# MyST-NB looks for this prefix and metadata key; https://myst-nb.readthedocs.io, "Embed outputs as variables".
_PREFIX = "application/papermill.record/"


def glue(name: str, value: object) -> None:
    """Store `value` under `name`, so that the page can say it in a sentence with ``{glue:text}`name` ``.

    Nothing is shown. Outside the built book the call has no effect that a reader would notice.
    """
    bundle, metadata = format_display_data(value)
    metadata["scrapbook"] = {"name": name, "mime_prefix": _PREFIX}
    display({_PREFIX + kind: data for kind, data in bundle.items()}, metadata=metadata, raw=True)
