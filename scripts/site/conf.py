"""Sphinx's settings for the site."""

from __future__ import annotations

project = "pulumi-userplane"
author = "the authors of pulumi-userplane"
# The licence, which names nobody, is in the repository.
html_show_copyright = False
html_show_sphinx = False
language = "en"
html_title = project

extensions = ["myst_parser", "sphinx_design", "scripts.site.search", "scripts.site.tabs"]
nitpicky = True
# Text stays as it is written, as on the code host.
smartquotes = False
highlight_language = "text"

# Markdown as the code host reads it, and nothing that only MyST knows, except for the lists of pages.
myst_enable_extensions = ["alert", "gfm_autolink", "html_image", "strikethrough", "tasklist"]
myst_disable_syntax = ["myst_block_break", "myst_line_comment", "myst_role", "myst_target"]
myst_heading_anchors = 6

html_theme = "furo"
html_theme_options = {"navigation_with_keys": False, "top_of_page_buttons": []}
# Names of modules are not underlined like links, and contrast is enough for everybody.
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_logo = html_favicon = "static/logo.svg"
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
