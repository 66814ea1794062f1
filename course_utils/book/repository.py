"""Where the course's repository is published, and the links that follow from it.

The address comes from ``GITHUB_REPOSITORY`` (set by GitHub's own runners) or from the git remote ``origin``.
With neither known every link that would need it is absent rather than dead.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from sphinx.application import Sphinx
from sphinx.config import Config

_REMOTE = re.compile(
    r"(?:https?://(?:[^@/]+@)?|ssh://(?:[^@/]+@)?|[\w.-]+@)"  # scheme, or scp's user@
    r"(?P<host>[\w-]+(?:\.[\w-]+)+)(?::\d+)?[:/]"
    r"(?P<path>[^\s?#]+?)(?:\.git)?/?"
)
_BINDER = "https://mybinder.org"
_COLAB = "https://colab.research.google.com"
_KNOWN_FORGES = ("github", "gitlab", "bitbucket")


@dataclass(frozen=True)
class Repository:
    """A published repository: *host* (``github.com``), *path* (``owner/name``) and *branch*."""

    host: str
    path: str
    branch: str = "main"

    @property
    def url(self) -> str:
        """The repository's page."""
        return f"https://{self.host}/{self.path}"

    @property
    def pip_address(self) -> str:
        """What pip installs the repository from, after ``course_utils @``."""
        return f"git+{self.url}@{self.branch}"

    def colab(self, notebook: str) -> str | None:
        """Where Colab opens *notebook* (a path in the repository); Colab knows only GitHub."""
        if self.host != "github.com":
            return None
        return f"{_COLAB}/github/{self.path}/blob/{quote(self.branch)}/{quote(notebook)}"

    def binder(self, notebook: str) -> str:
        """Where Binder opens *notebook* in JupyterLab."""
        branch = quote(self.branch, safe="")
        if self.host == "github.com":
            place = f"gh/{self.path}/{branch}"
        elif self.host == "gitlab.com":
            place = f"gl/{quote(self.path, safe='')}/{branch}"
        else:
            place = f"git/{quote(self.url, safe='')}/{branch}"
        return f"{_BINDER}/v2/{place}?{urlencode({'urlpath': f'lab/tree/{notebook}'}, safe='/')}"


def repository(root: Path | None = None) -> Repository | None:
    """The published repository of the checkout at *root* (the current folder), or None when unknown.

    A remote that is a path on this machine is not a place that others can open, so it counts as unknown.
    """
    root = root or Path.cwd()
    reference = os.environ.get("GITHUB_REF", "")
    branch = reference.removeprefix("refs/heads/") if reference.startswith("refs/heads/") else ""
    named = os.environ.get("GITHUB_REPOSITORY", "").strip()
    if named:
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        return Repository(server.split("://")[-1].strip("/"), named, branch or _branch(root))
    remote = _REMOTE.fullmatch(_git(root, "remote", "get-url", "origin"))
    if not remote or "/" not in remote["path"]:
        return None
    return Repository(remote["host"], remote["path"], branch or _branch(root))


def _branch(root: Path) -> str:
    """The remote's default branch where git knows it, else the name most repositories use."""
    head = _git(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return head.removeprefix("origin/") or "main"


def _git(root: Path, *arguments: str) -> str:
    """What git answers, or nothing where there is no git, no repository or no such thing in it."""
    try:
        run = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


def configure(app: Sphinx, config: Config) -> None:
    """Give the theme its launch, repository and edit buttons, or none of them."""
    known = repository(Path(app.confdir))
    config.course_repository = known.pip_address if known else ""
    options = config.html_theme_options
    buttons = ("use_repository_button", "use_edit_page_button", "use_issues_button", "use_source_button")
    forge = known and next((name for name in _KNOWN_FORGES if name in known.host), None)
    if known is None or forge is None:
        # the theme makes links to nowhere of buttons without an address, so take away all it was given
        for key in ("repository_url", "repository_branch", "launch_buttons", *buttons):
            options.pop(key, None)
        return
    options.update(
        repository_url=known.url,
        repository_branch=known.branch,
        repository_provider=forge,
        path_to_docs="",
        use_repository_button=True,
        use_edit_page_button=True,
        launch_buttons={"notebook_interface": "jupyterlab", "binderhub_url": _BINDER},
    )
    if forge == "github":
        options["launch_buttons"]["colab_url"] = _COLAB


def setup(app: Sphinx) -> None:
    """Configure the theme as soon as the project's own configuration is known."""
    # no one sets it: a change of address is a change of configuration, so pages with links are read again
    app.add_config_value("course_repository", "", "env", str)
    app.connect("config-inited", configure, priority=400)
