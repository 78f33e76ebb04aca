"""The language of a file, guessed from its name."""

OTHER = "Other"

_BY_NAME = {
    "CMakeLists.txt": "CMake",
    "Containerfile": "Dockerfile",
    "Dockerfile": "Dockerfile",
    "GNUmakefile": "Make",
    "Jenkinsfile": "Groovy",
    "Makefile": "Make",
    "makefile": "Make",
    "SConstruct": "Python",
    "SConscript": "Python",
}

_SUFFIXES = {
    "Assembly": "asm s",
    "Batch": "bat cmd",
    "C": "c h",
    "C#": "cs",
    "C++": "cc cpp cxx hh hpp hxx",
    "CMake": "cmake",
    "CSS": "css less sass scss",
    "CSV": "csv tsv",
    "Dart": "dart",
    "Elixir": "ex exs",
    "Erlang": "erl hrl",
    "Fortran": "f f90 f95",
    "Gettext": "po pot",
    "Go": "go",
    "Groovy": "gradle groovy",
    "HTML": "htm html xhtml",
    "Haskell": "hs",
    "INI": "cfg conf ini",
    "JSON": "ipynb json jsonl",
    "Java": "java",
    "JavaScript": "cjs js jsx mjs",
    "Julia": "jl",
    "Kotlin": "kt kts",
    "Lua": "lua",
    "Make": "mak mk",
    "Markdown": "markdown md",
    "Nix": "nix",
    "OCaml": "ml mli",
    "Objective-C": "m mm",
    "PHP": "php",
    "Perl": "pl pm",
    "PowerShell": "ps1 psm1",
    "Protocol Buffers": "proto",
    "Python": "py pyi pyw",
    "QML": "qml",
    "R": "r",
    "Ruby": "gemspec rake rb",
    "Rust": "rs",
    "SQL": "sql",
    "SVG": "svg",
    "Scala": "scala",
    "Shell": "bash fish sh zsh",
    "Svelte": "svelte",
    "Swift": "swift",
    "TOML": "toml",
    "Tcl": "tcl",
    "Terraform": "tf",
    "Text": "adoc log rst text txt",
    "TypeScript": "cts mts ts tsx",
    "Vue": "vue",
    "XML": "ui xml xsd xsl xslt",
    "YAML": "yaml yml",
    "Zig": "zig",
}

_BY_SUFFIX = {suffix: name for name, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}


def language_of(path: str) -> str:
    """Name the language of a file by its name or suffix; `Other` when neither is known."""
    name = path.rpartition("/")[2]
    stem, _, suffix = name.rpartition(".")
    return _BY_NAME.get(name) or (stem and _BY_SUFFIX.get(suffix.lower())) or OTHER
