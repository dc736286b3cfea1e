"""What pytest leaves out when it runs the examples of these pages."""

collect_ignore_glob = [
    "_build/*",
    "auto_examples/*",
    "api/generated/*",
    "conf.py",
    "*_drawing.py",
]
