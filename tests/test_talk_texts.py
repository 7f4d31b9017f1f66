"""The texts of the talk: sources, links, spelling, and what the speaker needs on stage."""

import re
from functools import cache
from urllib.parse import urlsplit

import pytest

import deck

ROOT = deck.ROOT
TALK = {name: (ROOT / "talk" / f"{name}.md").read_text("utf-8") for name in
        ("questions", "abstract", "stage")}  # fmt: skip
NOTEBOOKS = {path.stem: deck.read(path) for path in deck.notebooks()}
SLIDES = [slide for nb in NOTEBOOKS.values() for slide in deck.slides(nb)]
WORDS = ROOT / "talk" / "words.txt"  # what the dictionary does not know

FRAMEWORK = re.compile(r"\b(PyTorch|TensorFlow|JAX|Autograd|Chainer|Tangent|Theano|SymPy)\b")
SOURCE = re.compile(r"\b(19|20)\d\d\b|https?://|README|[Dd]ocument(s|ation|ed)\b|proposal \d+")
PROOF = re.compile(
    r"\b(torch|tf|jax|jnp|autograd|anp|chainer|tangent|show\.(source|graph_of_each))\b"
)
SUMMARY = {"heroes-takeaways"}  # says again what other slides have shown


def prose():
    """Each text with its name: the notebooks' Markdown cells, and the pages of the talk."""
    for name, nb in NOTEBOOKS.items():
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                yield f"{name}, {cell.id}", cell.source
    for name, text in TALK.items():
        yield f"talk/{name}.md", text
    yield "README.md", (ROOT / "README.md").read_text("utf-8")


def answers():
    """Question and answer of the bank."""
    return re.findall(r"\*\*(.+?\?)\*\*\n(.+?)(?=\n\n|\Z)", TALK["questions"], re.S)


def test_the_bank_of_questions_is_large_and_has_sources():
    bank = answers()
    assert len(bank) >= 40
    assert len(re.findall(r"^\*\*", TALK["questions"], re.M)) == len(bank)
    assert len({question for question, _ in bank}) == len(bank)
    for question, answer in bank:
        source = re.search(r"\(([^()]|\([^()]*\)|\[.*?\]\(.*?\))+\)\s*$", answer)
        assert source, f"no source at the end: {question}"
        assert re.search(r"Notebook \d|\d{4}|README|https?://|`elves", source[0]), question
        if FRAMEWORK.search(answer):
            assert re.search(r"https?://|Notebook \d|[Tt]ried with", answer), question
        assert len(answer.split()) <= 110, f"too long to say: {question}"


@pytest.mark.parametrize(
    "word",
    [
        "GPU",
        "invented",
        "Enzyme",
        "Zygote",
        "Mojo",
        "torch.compile",
        "Checkpointing",
        "order",
        "integers",
        "kink",
    ],
)
def test_the_questions_that_will_come_are_there(word):
    assert any(word.lower() in f"{q} {a}".lower() for q, a in answers())


@pytest.mark.parametrize("slide", SLIDES, ids=lambda slide: slide.id)
def test_a_fact_about_a_framework_has_its_source(slide):
    """Either the slide or its note names the source, or code on the slide shows it."""
    text = "\n".join(cell.source for cell in slide.cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in slide.cells if cell.cell_type == "code")
    if FRAMEWORK.search(text) and slide.id not in SUMMARY:
        assert SOURCE.search(text) or PROOF.search(code)


def test_links_are_well_formed():
    count = 0
    for where, text in prose():
        text = re.sub(r"```.*?```", "", text, flags=re.S)
        for label, link in re.findall(r"\[([^\]]*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)", text):
            count += 1
            assert label.strip(), f"{where}: a link without a name to {link}"
            parts = urlsplit(link)
            if parts.scheme:
                assert parts.scheme in ("http", "https"), f"{where}: {link}"
                assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc), f"{where}: {link}"
                assert not re.search(r"[\s<>]|[.,;]$", link), f"{where}: {link}"
            elif parts.path:
                folder = ROOT / ("notebooks" if where.split(",")[0] in NOTEBOOKS else
                                 "talk" if where.startswith("talk/") else "")  # fmt: skip
                assert (folder / parts.path).exists(), f"{where}: {link} is not there"
        assert not re.search(r"https?://\s|\]\(\s|\]\s\(http", text), where
    assert count > 40


@cache
def dictionary():
    from spellchecker import SpellChecker

    known = SpellChecker(language="en", distance=1)
    known.word_frequency.load_words(WORDS.read_text("utf-8").split())
    return known


def unknown(text):
    """The words of a text that neither the dictionary nor talk/words.txt knows."""
    text = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|https?://\S+|\]\([^)]*\)|<[^>]*>", " ",
                  text, flags=re.S)  # fmt: skip
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", text.replace("\u2019", "'"))
    words = {re.sub(r"'s?$", "", word) for word in words if len(word) > 2}
    return dictionary().unknown(words)


def test_spelling():
    wrong = {where: found for where, text in prose() if (found := sorted(unknown(text)))}
    assert wrong == {}, "correct the words, or add them to talk/words.txt"


def test_the_dictionary_finds_a_mistake():
    assert unknown("The grdient of `xyzzy` is exact, PyTorch's too.") == {"grdient"}
    known = WORDS.read_text("utf-8").split()
    assert known == sorted(set(known), key=str.lower), "keep talk/words.txt in order"


def test_the_stage_page_names_what_is_there():
    ids = {slide.id for slide in SLIDES}
    text = TALK["stage"]
    named = set(
        re.findall(r"`(?:index\.html#/)?((?:intro|algo|ad|impl|famous|heroes)-[\w-]+)`", text)
    )
    assert named and named <= ids
    for words in ("When the kernel dies", "Clicker", "index.html", "elves rehearse"):
        assert words in text
    minutes = {str(table["minutes"]) for table in deck.outline()["version"]}
    assert set(re.findall(r"MINUTES=(\d+)", text)) == minutes


def test_abstracts_are_short_and_long():
    _, short, long = re.split(r"^## .*\n", TALK["abstract"], flags=re.M)
    assert 60 <= len(short.split()) <= 120 and 250 <= len(long.split()) <= 450
    for name in ("PyTorch", "TensorFlow", "JAX", "Autograd", "Chainer", "Tangent"):
        assert name in short and name in long
