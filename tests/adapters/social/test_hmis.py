"""HMIS exports: one person a message, the version asked for, and nothing taken for what its quality does not bear."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.social.hmis import Hmis
from adapters.social.hmis import tables as files
from adapters.wire.archive import pack, unzip
from hub.contracts import Reading
from hub.errors import Misconfigured, Unmapped, Unreadable
from hub.model.event import Body
from hub.model.person import Person
from hub.model.public_safety import CallForService
from hub.model.service import HousingRecord, Referral
from hub.model.values import Code, HumanName, PartialDate
from tests.disclosing import RECEIVED, TARGET, disclose
from tests.test_manners import GOLDEN

EXPORT = "ExportID,CSVVersion,HashStatus\nX1,{version},{hashed}\n"


def export(version: str = "2026 v1.0", hashed: str = "1", **tables: str) -> bytes:
    head = EXPORT.format(version=version, hashed=hashed)
    return pack({"Export.csv": head.encode(), **{f"{name}.csv": text.encode() for name, text in tables.items()}})


def read(**more: Any) -> list[Reading]:
    adapter = Hmis()
    return [adapter.read(piece, RECEIVED) for piece in adapter.split(export(**more))]


def person(reading: Reading) -> Person:
    return next(event.body for event in reading.events if isinstance(event.body, Person))


def outcomes(reading: Reading) -> dict[str, str]:
    return {loss.path: loss.outcome for loss in reading.account().items}


def test_every_person_of_an_export_is_a_message_of_their_own() -> None:
    body = (GOLDEN / "hmis" / "fy2026-two-people" / "wire.zip").read_bytes()

    one, two = (Hmis().read(piece, RECEIVED) for piece in Hmis().split(body))

    assert (one.message_id, two.message_id) == ("X1 P1", "X1 P2")
    assert person(one).names[0].family == "Doe"
    assert b"Roe" not in b"".join(text.encode() for text in map(str, one.events))


def test_an_export_about_several_people_is_never_read_as_about_one() -> None:
    body = export(Client="PersonalID,LastName\nP1,Doe\nP2,Roe\n")

    with pytest.raises(Unreadable, match="about several people"):
        Hmis().read(body, RECEIVED)


def test_a_referral_tells_its_result_and_whose_refusal_it_was() -> None:
    body = (GOLDEN / "hmis" / "fy2026-two-people" / "wire.zip").read_bytes()
    first = next(iter(Hmis().split(body)))

    found = [event.body for event in Hmis().read(first, RECEIVED).events if isinstance(event.body, Referral)]

    assert [(r.number, r.service and r.service.code, r.status and r.status.code) for r in found] == [
        ("V1", "10", "completed"),
        ("V2", "14", "failed"),
    ]


@pytest.mark.parametrize(
    ("version", "column", "sex", "gender"),
    [("2026 v1.0", "Sex", "female", None), ("FY2024", "Woman", None, "female"), ("2024 v1.3", "Man", None, "male")],
)
def test_each_version_is_read_by_its_own_columns(
    version: str, column: str, sex: str | None, gender: str | None
) -> None:
    value = "0" if column == "Sex" else "1"

    found = person(read(version=version, Client=f"PersonalID,LastName,{column}\nP1,Doe,{value}\n")[0])

    assert (found.sex and found.sex.code) == sex
    assert (found.gender_identity and found.gender_identity.code) == gender


@pytest.mark.parametrize(("version", "column"), [("2024", "HispanicLatinaeo"), ("2026", "HispanicLatinao")])
def test_a_column_that_was_renamed_is_one_column(version: str, column: str) -> None:
    found = person(read(version=version, Client=f"PersonalID,LastName,{column}\nP1,Doe,1\n")[0])

    assert found.ethnicity
    assert found.ethnicity.code == "2135-2"


@pytest.mark.parametrize("said", ["2022 v1.4", "", "next"])
def test_a_version_that_nobody_reads_is_parked_with_those_that_are(said: str) -> None:
    with pytest.raises(Unmapped, match="version") as refused:
        read(version=said, Client="PersonalID,LastName\nP1,Doe\n")

    assert refused.value.cure == "Export it as FY2024 or FY2026."


def test_a_digest_is_no_name_and_no_number() -> None:
    reading = read(hashed="4", Client="PersonalID,LastName,SSN,SSNDataQuality,Sex\nP1,9f86d081,60303ae2,1,1\n")[0]

    assert (person(reading).names, person(reading).ssn) == ((), "")
    assert outcomes(reading)["Client[0].LastName"] == outcomes(reading)["Client[0].SSN"] == "withheld"


@pytest.mark.parametrize("quality", ["2", "8", "9", "99", ""])
def test_a_birth_date_of_poor_quality_identifies_nobody(quality: str) -> None:
    reading = read(Client=f"PersonalID,LastName,DOB,DOBDataQuality\nP1,Doe,1990-01-01,{quality}\n")[0]

    assert person(reading).birth_date is None
    assert outcomes(reading)["Client[0].DOB"] == "withheld"


def test_a_deleted_row_is_no_fact() -> None:
    rows = "EnrollmentID,PersonalID,EntryDate,DateDeleted\nE1,P1,2026-01-02,\nE2,P1,2025-01-02,2026-02-01 10:00:00\n"

    reading = read(Client="PersonalID,LastName\nP1,Doe\n", Enrollment=rows)[0]

    housing = [event.body for event in reading.events if isinstance(event.body, HousingRecord)]
    assert [record.enrollment for record in housing] == ["E1"]
    assert outcomes(reading)["Enrollment[1].EntryDate"] == "withheld"


def test_what_a_victim_service_provider_holds_is_refused_whole() -> None:
    tables = {
        "Client": "PersonalID,LastName\nP1,Doe\n",
        "Organization": "OrganizationID,VictimServiceProvider\nO1,1\n",
    }

    with pytest.raises(Unreadable, match="victim-service provider"):
        list(Hmis().split(export(**tables)))
    with pytest.raises(Unreadable, match="victim-service provider"):
        Hmis().read(export(**tables), RECEIVED)


@pytest.mark.parametrize(
    "row", ["VICTIMSERVICEPROVIDER\nO1,1", "VictimServiceProvider\nO1,Yes", "Victim Service Provider\nJos\xe9,9"]
)
def test_a_victim_service_provider_is_known_however_it_is_spelled(row: str) -> None:
    tables = {
        "Client.csv": b"PersonalID,LastName\nP1,Doe\n",
        "Organization.csv": f"OrganizationID,{row}\n".encode("latin-1"),
    }

    with pytest.raises(Unreadable, match="victim-service provider"):
        list(Hmis().split(pack(tables)))


def test_names_of_organizations_may_be_in_any_charset() -> None:
    tables = {
        "Client.csv": b"PersonalID,LastName\nP1,Doe\n",
        "Organization.csv": "OrganizationName,VictimServiceProvider\nJos\xe9,0\n".encode("latin-1"),
    }

    assert len([*Hmis().split(pack(tables))]) == 1


def test_clients_whose_number_a_spreadsheet_cut_off_are_not_taken_for_one() -> None:
    tables = {"Client": "PersonalID,LastName\n1.23E+10,Doe\n1.23E+10,Roe\n"}

    with pytest.raises(Unreadable, match="spreadsheet") as refused:
        list(Hmis().split(export(**tables)))
    assert refused.value.at == "Client.csv PersonalID"
    assert "Doe" not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"PersonalID\nP1\n", "zip of CSV"),
        (pack({"a.txt": b"x"}), "no CSV file"),
        (pack({"a/Client.csv": b"PersonalID\nP1\n", "b/client.csv": b"PersonalID\nP1\n"}), "stands twice"),
        (pack({"Client.csv": b"PersonalID,LastName\nP1\n"}), "1 cells"),
        (pack({"Client.csv": b"PersonalID\nP1\n"})[:-9], "damaged"),
    ],
)
def test_what_is_no_export_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        Hmis().read(body, RECEIVED)


def test_a_file_is_named_where_it_is_wrong() -> None:
    with pytest.raises(Unreadable) as refused:
        Hmis().read(export(Client="PersonalID,LastName\nP1\n"), RECEIVED)

    assert refused.value.at == "Client.csv line 2"


def test_names_inside_an_archive_are_never_paths() -> None:
    body = pack(
        {
            "../../Export.csv": EXPORT.format(version="2026", hashed="1").encode(),
            "/x/Client.csv": b"PersonalID,LastName\nP1,Doe\n",
        }
    )

    assert person(Hmis().read(body, RECEIVED)).names[0].family == "Doe"


BODIES: list[Body] = [
    Person(
        names=(HumanName(family="Doe", given=("Riley",)),),
        birth_date=PartialDate(iso="1990-03"),
        race=(Code(code="2028-9", system="urn:oid:2.16.840.1.113883.6.238"),),
        gender_identity=Code(code="female", system="urn:crisis-hub:gender-identity"),
    ),
    HousingRecord(enrollment="E1", living_situation=Code(code="204", system="urn:hud:hmis:living-situation")),
    Referral(number="R1", status=Code(code="rejected", system="http://hl7.org/fhir/task-status")),
]


@pytest.mark.parametrize(("version", "gender"), [("2024", "1"), ("2026", None)])
def test_each_version_is_written_in_its_own_columns(version: str, gender: str | None) -> None:
    written = files.read(Hmis({"version": version}).write(disclose(BODIES), TARGET).body)

    client = written["Client"][0]
    assert files.version(written) == version
    assert client.get("Woman") == gender
    assert (client["PersonalID"], client["LastName"], client["Asian"], client["White"]) == ("P-9", "Doe", "1", "0")
    # A month is no day: the date is not filled up, and says that it was not collected.
    assert "DOB" not in client
    assert (client["NameDataQuality"], client["DOBDataQuality"]) == ("1", "99")
    assert {row["PersonalID"] for rows in written.values() for row in rows if "PersonalID" in row} == {"P-9"}
    assert written["Event"][0]["ReferralResult"] == "2"


def test_the_same_disclosure_gives_the_same_bytes() -> None:
    assert Hmis().write(disclose(BODIES), TARGET).body == Hmis().write(disclose(BODIES), TARGET).body


def test_nobody_is_made_up() -> None:
    written = files.read(Hmis().write(disclose([HousingRecord(enrollment="E1")]), TARGET).body)

    assert "Client" not in written
    assert "PersonalID" not in written["Enrollment"][0]


def test_a_version_that_nobody_writes_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match="not written"):
        Hmis({"version": "2022"})


def test_what_has_no_file_is_refused() -> None:
    with pytest.raises(Unmapped, match="no file"):
        Hmis().write(disclose([CallForService(incident="7")]), TARGET)


@pytest.mark.parametrize(("version", "columns"), [("2024", 71), ("2026", 67)])
def test_every_file_has_all_columns_of_its_version(version: str, columns: int) -> None:
    """Importers ask for whole files: a column without a value is empty, and never missing."""
    record = HousingRecord(
        enrollment="E1", enrolled=PartialDate(iso="2026-01-02"), exited=PartialDate(iso="2026-02-03")
    )
    written = Hmis({"version": version}).write(disclose([Person(names=(HumanName(family="Doe"),)), record]), TARGET)

    heads = {
        name: body.splitlines()[0].decode().split(",") for name, body in unzip(written.body, most=1 << 20, members=20)
    }

    assert len(heads["Enrollment.csv"]) == columns
    assert ("SexualOrientation" in heads["Enrollment.csv"]) is (version == "2024")
    assert ("MentalHealthConsultation" in heads["Enrollment.csv"]) is (version == "2026")
    assert (len(heads["Exit.csv"]), heads["Exit.csv"][-5:]) == (
        44,
        ["DateCreated", "DateUpdated", "UserID", "DateDeleted", "ExportID"],
    )
