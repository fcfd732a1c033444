"""What comes again and again is made once; free text is nobody's to remember."""

from __future__ import annotations

from hub.lens.run import REMEMBERED, Remembered
from hub.model.values import Code


def test_an_equal_code_is_made_once() -> None:
    made: list[Code] = []

    def spell(code: Code) -> str:
        made.append(code)
        return code.code

    spelled = Remembered(spell)

    assert [spelled[Code(code="8867-4", system="http://loinc.org")] for _ in range(3)] == ["8867-4"] * 3
    assert len(made) == 1


def test_free_text_is_not_kept_neither_read_nor_written() -> None:
    read, spelled = Remembered(lambda text: Code(text=text)), Remembered(lambda code: code.text)

    assert read["says that Riley wants to die"].text == spelled[Code(text="says that Riley wants to die")]
    assert (len(read), len(spelled)) == (0, 0)


def test_it_forgets_before_it_grows_without_end() -> None:
    spelled = Remembered(lambda code: code.code)
    for number in range(REMEMBERED + 1):
        assert spelled[Code(code=str(number))] == str(number)

    assert len(spelled) == 1
