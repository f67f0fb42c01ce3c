import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.geodata import GEOCODE_DATA
from pydantic import TypeAdapter, ValidationError

from contracts.numbering_plan import split_national
from contracts.phone_number import (
    PhoneNumber,
    group,
    is_canonical,
    mask,
    parse_phone_number,
)
from contracts.refusal import Refused

FLYER = "+4917717712345"

NOT_CANONICAL = [
    "",
    "+",
    "4917717712345",
    "004917717712345",
    "017717712345",
    "+49 177 17712345",
    "+049177177123",
    "+491234",
    "+49123",
    "+4912345678901234",
    "+49177177123a5",
    "+4917717712345\n",
    "\n+4917717712345",
    " +4917717712345",
    "+\uff14\uff1917717712345",
    "+٤٩17717712345",
    "++4917717712345",
    "+4917717712345;ext=5",
]

ADAPTER: TypeAdapter[str] = TypeAdapter(PhoneNumber)

# Labels of parts of Mannheim and of whole coasts: no area codes of their own.
NO_AREA_CODES = ("460", "465", "621", "760")


class TestPhoneNumber:
    @pytest.mark.parametrize("number", [FLYER, "+1234567", "+123456789012345"])
    def test_takes_canonical_form_unchanged(self, number: str) -> None:
        assert ADAPTER.validate_python(number) == number
        assert is_canonical(number)

    @pytest.mark.parametrize("number", NOT_CANONICAL)
    def test_refuses_any_other_form(self, number: str) -> None:
        with pytest.raises(ValidationError):
            ADAPTER.validate_python(number)
        assert not is_canonical(number)

    @pytest.mark.parametrize("value", [4917717712345, b"+4917717712345", None])
    def test_refuses_what_is_no_text(self, value: object) -> None:
        with pytest.raises(ValidationError):
            ADAPTER.validate_python(value)

    @given(st.text() | st.from_regex(r"\+?[0-9]{5,17}\n?"))
    def test_pydantic_and_python_agree(self, text: str) -> None:
        try:
            taken = ADAPTER.validate_python(text) == text
        except ValidationError:
            taken = False

        assert taken == is_canonical(text)


class TestParsePhoneNumber:
    @pytest.mark.parametrize(
        "text", ["017717712345", FLYER, "004917717712345", "+49 (0)177 17712345"]
    )
    def test_reads_the_usual_forms(self, text: str) -> None:
        assert parse_phone_number(text) == FLYER

    def test_reads_numbers_that_are_no_targets(self) -> None:
        assert parse_phone_number("+43 664 1234567") == "+436641234567"
        assert parse_phone_number("0800 0326835") == "+498000326835"

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("0177ABCDEFGH", "target_has_letters"),
            ("4917717712345", "target_missing_plus"),
            ("0500 12345", "target_unknown_number"),
            ("0177 177", "target_too_short"),
            ("0177 177123456", "target_too_long"),
            ("110", "target_emergency"),
        ],
    )
    def test_says_why_it_refuses(self, text: str, code: str) -> None:
        with pytest.raises(Refused) as refused:
            parse_phone_number(text)

        assert refused.value.refusal.code == code

    def test_keeps_what_was_typed_out_of_the_message(self) -> None:
        with pytest.raises(Refused) as refused:
            parse_phone_number("geheim123")

        assert "geheim" not in str(refused.value)


class TestMask:
    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("+4921122223336", "+4921122*****"),
            (FLYER, "+4917717*****"),
            ("+493023125", "+4930*****"),
            ("+1234567", "+12*****"),
            ("+123456789012345", "+1234567*****"),
            ("", "*****"),
            ("correct horse battery staple", "*****"),
            ("+4921122223336\nlevel=error", "*****"),
            ("021122223336", "*****"),
            ("\ud800", "*****"),
        ],
    )
    def test_hides_the_end(self, number: str, masked: str) -> None:
        assert mask(number) == masked

    @given(st.text() | st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
    def test_hides_five_digits_or_all(self, text: str) -> None:
        shown = mask(text).removesuffix("*****")

        assert text.startswith(shown)
        assert not shown or len(shown) <= min(8, len(text) - 5)


class TestGroup:
    @pytest.mark.parametrize(
        ("number", "grouped"),
        [
            ("+4921122223336", "+49 211 22223336"),
            ("+493023125042", "+49 30 23125042"),
            ("+492214710123", "+49 221 4710123"),
            ("+4915228817386", "+49 152 28817386"),
            (FLYER, "+49 177 17712345"),
            ("+4933203123456", "+49 33203 123456"),
            ("+49330112345", "+49 3301 12345"),
            ("+49212912345", "+49 2129 12345"),
            ("+4921212345", "+49 212 12345"),
            ("+494912345678", "+49 491 2345678"),
            ("+494651123456", "+49 4651 123456"),
            ("+436641234567", "+43 664 1234567"),
            ("+9991234567", "+9991234567"),
            ("0211 22223336", "0211 22223336"),
            ("garbage", "garbage"),
            ("", ""),
        ],
    )
    def test_sets_spaces_behind_the_area_code(self, number: str, grouped: str) -> None:
        assert group(number) == grouped

    @given(st.from_regex(r"\+49[0-9]{5,13}", fullmatch=True))
    def test_only_adds_spaces(self, number: str) -> None:
        assert group(number).replace(" ", "") == number


def test_area_codes_are_those_of_the_geographic_data() -> None:
    codes = {label[2:] for label in GEOCODE_DATA if label.startswith("49")}
    checked = {code for code in codes if not code.startswith(NO_AREA_CODES)}

    assert len(checked) > 5000
    assert {code: split_national(code + "5")[0] for code in checked} == {
        code: code for code in checked
    }
