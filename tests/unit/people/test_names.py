"""Search words of names: case and accents are ignored, in any script."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels.people import names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Мария Иванова", ["мария", "иванова"]),
        ("Élodie Durand", ["elodie", "durand"]),
        ("E\u0301lodie", ["elodie"]),
        ("Łukasz Żółć", ["lukasz", "zolc"]),
        ("Søren Ørsted", ["soren", "orsted"]),
        ("Đặng Đức", ["dang", "duc"]),
        ("Straße, GROSSE", ["strasse", "grosse"]),
        ("Æsa Œuvre Þór Eiður", ["aesa", "oeuvre", "thor", "eidur"]),
        ("Işık İnci", ["isik", "inci"]),
        ("Алёна Зайцева", ["алена", "заицева"]),
        ("Ἀθηνᾶ ΟΔΥΣΣΕΎΣ", ["αθηνα", "οδυσσευσ"]),
        ("שָׁלוֹם", ["שלום"]),
        ("مُحَمَّد", ["محمد"]),
        ("कुमार", ["कुमार"]),  # vowel signs are not accents
        ("がくと", ["がくと"]),
        ("김민수", ["김민수"]),
        ("ﬁne ＡＢＣ ①", ["fine", "abc", "1"]),
        ("Anna-Lena O'Brien_2", ["anna", "lena", "o", "brien", "2"]),
        ("🎓 Ada 🎓", ["ada"]),
        ("Ivan ivan ИВАН", ["ivan", "иван"]),
        ("!? …", []),
        ("Марʼяна Знам’янська", ["мар", "яна", "знам", "янська"]),
        ("فاطمه\u200cزهرا", ["فاطمهزهرا"]),  # a zero-width non-joiner
        ("محـــمد", ["محمد"]),  # tatweel
        ("Char\u00adlotte", ["charlotte"]),  # a soft hyphen
        ("Ada\ufe0f\u2060 Love\u034flace", ["ada", "lovelace"]),
    ],
)
def test_a_name_is_split_into_normalised_words(name: str, words: list[str]) -> None:
    assert names.words(name) == words


@pytest.mark.parametrize("apostrophe", "'’‘`´ʼʹʻʽʾʿˈ′‛＇")
def test_all_apostrophes_are_equivalent(apostrophe: str) -> None:
    for other in "'’ʼ":
        asked = names.searched(f"Мар{other}яна")
        assert names.matches(asked, names.words(f"Мар{apostrophe}яна"))
        assert names.words(f"d{apostrophe}Artagnan") == ["d", "artagnan"]


@given(st.text(max_size=40), st.sampled_from("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0f\u034f"))
def test_invisible_characters_are_ignored(name: str, unseen: str) -> None:
    for at in range(0, len(name) + 1, 7):
        assert names.words(name[:at] + unseen + name[at:]) == names.words(name)


def test_words_can_be_computed_by_older_rules_to_find_items_stored_by_them() -> None:
    assert names.words("Марʼяна", 1) == ["марʼяна"]
    assert names.words("فاطمه\u200cزهرا", 1) == ["فاطمه", "زهرا"]


@given(st.text(max_size=80))
def test_case_unicode_form_and_repetition_are_ignored(name: str) -> None:
    words = names.words(name)
    assert names.words(unicodedata.normalize("NFD", name)) == words
    assert names.words(" ".join(words)) == words
    assert len(words) <= names.MAX_WORDS
    assert all(0 < len(word) <= names.MAX_LENGTH and "#" not in word and " " not in word for word in words)


@given(st.text(st.characters(categories=["Lu", "Ll", "Zs"]), max_size=80))
def test_upper_and_lower_case_give_the_same_words(name: str) -> None:
    assert names.words(name.casefold()) == names.words(name)


@pytest.mark.parametrize("character", ["𐍈", "㌖", "ﷺ", "ß", "ü"])
def test_a_key_of_any_word_fits_into_the_table(character: str) -> None:
    for word in names.words(character * 80):
        assert len(f"{word}#{'u' * 128}".encode()) <= 1024


def test_the_longest_word_of_a_search_comes_first() -> None:
    assert names.searched("Ив  марИЯ") == ["мария", "ив"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("ив", True), ("мар ив", True), ("ИВАНОВА мария", True), ("ива ива", True), ("ван", False), ("ив петр", False)],
)
def test_each_searched_word_must_be_a_prefix_of_a_word_of_the_name(asked: str, found: bool) -> None:
    assert names.matches(names.searched(asked), names.words("Мария Иванова")) is found
