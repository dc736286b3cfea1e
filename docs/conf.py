"""How Sphinx builds the documentation. Nothing here needs a network."""

from importlib.metadata import version as installed_version

project = "skgru"
author = "the skgru developers"
copyright = author
release = version = installed_version("skgru")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "matplotlib.sphinxext.plot_directive",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]

# Members are listed by the template of classes, without those of metadata routing.
numpydoc_show_class_members = False

# Docstrings are held to numpydoc's rules, but for these:
numpydoc_validation_checks = {
    "all",
    "ES01",  # an extended summary where there is something to extend
    "EX01",  # examples where they help
    "SA01",  # likewise links
    "SA04",  # which need no description
    "GL08",  # constructors are documented by their class
    "RT03",  # "self" and shapes say it
}
# Inherited from scikit-learn.
numpydoc_validation_exclude = {
    r"\.(get_params|set_params|set_output|score|fit_transform|get_metadata_routing)$",
    r"\.set_\w+_request$",
}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "doc_module": ("skgru",),
    "abort_on_example_error": True,
    "show_memory": False,
    "write_computation_times": False,
    "remove_config_comments": True,
}

# Drawings of the pages.
plot_formats = [("png", 160)]
plot_html_show_formats = False
plot_html_show_source_link = False

html_theme = "pydata_sphinx_theme"
html_title = "skgru"
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": True,
    "show_toc_level": 2,
}

nitpick_ignore_regex = [("py:.*", r"(sklearn|numpy|pandas|matplotlib)\..*")]
