"""What else a masker knows: whether a text holds a secret, and all forms of the secrets."""

import base64

import pytest

from wfopt.engine.masking import Masker
from wfopt.engine.secret_forms import forms_of

SECRET = "open+sesame/12"


@pytest.mark.parametrize(
    ("text", "hides"),
    [
        ("", False),
        ("open", False),
        (f"x{SECRET}y", True),
        (base64.b64encode(SECRET.encode()).decode(), True),
        ("open%2Bsesame%2F12", True),
        ("\udcff", False),
        (f"\udcff{SECRET}\ud800", True),
    ],
)
def test_texts_with_a_secret(text: str, hides: bool) -> None:
    masker = Masker()
    assert masker.hides(text) is False
    masker.add(SECRET)
    assert masker.hides(text) is hides


def test_all_forms_are_texts_and_in_order() -> None:
    masker = Masker()
    assert masker.texts() == ()
    masker.add("sesame-\udcff-12")
    masker.add(SECRET)
    masker.add(SECRET)
    texts = masker.texts()
    assert {SECRET, "sesame-\udcff-12"} <= set(texts)
    assert list(texts) == sorted(set(texts))
    forms = forms_of(SECRET) | forms_of("sesame-\udcff-12")
    assert {text.encode("utf-8", "surrogateescape") for text in texts} == forms
    assert all(masker.hides(text) for text in texts)
