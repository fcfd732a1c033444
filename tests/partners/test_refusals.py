"""Every way a partner file can be wrong is refused, naming file, line and cure; and nothing is loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.partners.desk import copy, look, spoil

H1, B1, PD, C1, CR1, SH1 = (f"partners/{name}.yaml" for name in ("h1", "b1", "pd", "c1", "cr1", "sh1"))
REFERRALS = "  - id: referrals\n    bodies: [referral]"
Case = tuple[str, str, str, int | str, str]
SHELF = "delivery:\n  format: fhir\n  carrier: folder\n  path: exchange/sh1/to-shelter\n"
PAGES = "delivery:\n  carrier: workspace\n"
TOKENS = "client_id: hub\n  secret: key\n  grant_url: "
PLAIN = "kind: mllp\n      host: 10.0.0.1\n      networks: [10.0.0.0/8]"

# File, what stands there, what stands there instead, where it is refused (so many lines below, or at the first line that
# begins so), and what is said.
WRONG: list[Case] = [
    # words
    (
        H1,
        "kind: HOSP_ED",
        "kind: HOSP_DE",
        0,
        'h1.yaml line {}: "HOSP_DE" is not one of these. Did you mean "HOSP_ED"?',
    ),
    (H1, "kind: HOSP_ED", "kind: hosp_ed", 0, 'Did you mean "HOSP_ED"?'),
    (H1, "state: DEMO", "state: CA", 0, "The county has no overlay of CA. Known here: DEMO."),
    (H1, "kind: BAA", "kind: BBA", 0, 'Did you mean "BAA"?'),
    (H1, "hub_is: business associate", "hub_is: associate", 0, "business associate"),
    (H1, "purposes: [TREAT,", "purposes: [TREET,", 0, 'Did you mean "TREAT"?'),
    (H1, "- MH_CLINICAL", "- MH_CLINIC", 0, 'Did you mean "MH_CLINICAL"?'),
    (H1, "ED: HIPAA", "ED: HIPPA", 0, '"HIPPA" is not one of these. Did you mean "HIPAA"?'),
    (H1, "format: hl7v2\n  regime", "format: hl7\n  regime", 0, 'No adapter reads "hl7". Did you mean "hl7v2"?'),
    (
        H1,
        "format: hl7v2\n  carrier",
        "format: telex\n  carrier",
        0,
        'No adapter writes "telex". Known here: eido, fhir',
    ),
    (H1, "carrier: mllp", "carrier: mlp", 0, 'Did you mean "mllp"?'),
    (H1, "kind: mllp", "kind: mllpp", 0, 'Did you mean "mllp"?'),
    (H1, "charset: utf-8", "charset: utf-9", 0, '"utf-9" is no character set. Did you mean'),
    (H1, "charset: utf-8", "charset: hex", 0, '"hex" is no character set.'),
    (H1, "charset: utf-8", "zone: America/Pheonix", 0, 'no time zone. Did you mean "America/Phoenix"?'),
    (H1, "id: H1\n", "id: H 1\n", 0, "This is no id."),
    (H1, "name: Hospital H1", "nmae: Hospital H1", 0, '"nmae" is not a key here. Did you mean "name"?'),
    (H1, "name: Hospital H1\n", "", -1, '"name" is missing. Add name:'),
    (
        H1,
        "contact: flow coordinator",
        'identifiers: {"http://hl7.org/fhir/sid/us-npi": ["1234567890"]}',
        0,
        "This is no NPI. Write its ten digits; the last one checks.",
    ),
    (H1, "contact: flow coordinator", "hours: {opens: 8am}", 0, "This is no time of day. Write 08:00"),
    (H1, "contact: flow coordinator", 'hours: {opens: "18:00"}', 0, "They close before they open."),
    (H1, "contact: flow coordinator", "hours: {days: []}", 0, "Nobody is ever there."),
    (H1, "contact: flow coordinator", "hours: {days: [mo]}", 0, '"mo" is not one of these.'),
    (H1, "contact: flow coordinator", "hours: {holidays: [2026-02-30]}", 0, "This is no day. Write 2026-12-25."),
    (H1, "port: 2601", "port: 70000", 0, "port: this is too large. Write at most 65535."),
    (H1, "      port: 2601\n", "", -1, "Which port? Write port:"),
    (H1, "timeout_s: 5", "timeout_s: 0", 0, "timeout_s: this is too small. Write more than 0."),
    (H1, "timeout_s: 5", "timeout_s: nan", 0, "timeout_s: text stands here. Write a number."),
    # So long a number is endless.
    (H1, "timeout_s: 5", f"timeout_s: {'9' * 400}.0", 0, "timeout_s: this is too large. Write at most 31536000."),
    (H1, "timeout_s: 5", f"in_flight: {'9' * 9}", 0, "in_flight: this is too large. Write at most 1024."),
    # what nobody can wait for, and who may not have it
    (PD, "purposes: [", "purposes: [BTG, ", 0, "Only who gives care breaks the glass."),
    (PD, "purpose: RECORDS", "purpose: BTG", 0, "Nothing is delivered for breaking the glass"),
    (PD, "purpose: LE_IDENT", "purpose: NOTICE", 0, "nobody asks for them. Leave this out"),
    # pages
    (SH1, SHELF, SHELF.replace("fhir\n  carrier: folder", "fhir\n  carrier: workspace"), 3, "takes no path."),
    (SH1, SHELF, f"{PAGES}  format: fhir\n", "  format: fhir", "A page is read by people. Write format: sheet."),
    (SH1, SHELF, f"{PAGES}  format: sheet\n  mail: [the desk]\n", "  mail", "This is no mail address."),
    (
        SH1,
        SHELF,
        f"{PAGES}  format: sheet\n  url: https://sh1.example/x\n",
        "  url",
        "This webhook could come from anybody.",
    ),
    (SH1, SHELF, f"{PAGES}  format: sheet\n  url: ftp://sh1.example\n  secret: s\n", "  url", "This is not the url"),
    (SH1, "kind: folder\n      path", "kind: workspace\n      path", 1, "A door of kind workspace takes no path."),
    # agreements
    (H1, "starts: 2026-01-01", "starts: 2026-02-30", 0, "This is not a day. Write it as 2026-01-31."),
    (H1, "ends: 2039-12-31", "ends: the end of 2039", 0, "This is not a day."),
    (H1, "ends: 2039-12-31", "ends: 2025-12-31", 0, "This agreement ends before it starts."),
    (H1, "ends: 2039-12-31", "ends: 2026-11-19", 0, "This agreement has ended."),
    (
        H1,
        "hub_is: business associate",
        "hub_is: partner",
        "  regime: HIPAA",
        "The hub may not hold HIPAA data as partner. 45 CFR",
    ),
    (
        PD,
        "hub_is: cjis contractor",
        "hub_is: partner",
        "  regime: CJIS",
        "The hub may not hold CJIS data as partner. 28 CFR",
    ),
    (
        "partners/b1-s.yaml",
        "hub_is: qualified service organization",
        "hub_is: partner",
        "  regime: PART2",
        "not hold PART2 data",
    ),
    (H1, "ED: HIPAA", "ED: PART2", 0, "The hub may not hold PART2 data as business associate."),
    (
        SH1,
        "categories: [ADMIN, IDENT, CONTACT, HMIS_RECORD, REFERRAL, CONSENT]",
        "categories: []",
        "agreement:",
        "lets nothing through",
    ),
    # interests
    (
        B1,
        "purposes: [TREAT, COC]",
        "purposes: [COC]",
        "    purpose: TREAT",
        "The agreement does not name the purpose TREAT. It names COC.",
    ),
    (B1, REFERRALS, REFERRALS.replace("[referral]", "[refferal]"), 1, 'Did you mean "referral"?'),
    (B1, REFERRALS, REFERRALS.replace("[referral]", "[]"), 1, "This wants nothing."),
    (B1, "referral.performer: [B1]", "referral.preformer: [B1]", 0, 'Did you mean "referral.performer"?'),
    (B1, "referral.performer: [B1]", "referral: [B1]", 0, '"referral" is not a path of the model.'),
    (B1, "referral.performer: [B1]", "referral.performer: true", 0, "cannot be asked this. Write a list of values"),
    (B1, "referral.performer: [B1]", "referral.performer: []", 0, "cannot be asked this."),
    (B1, "referral.performer: [B1]", "referral.performer: {at_least: many}", 0, "cannot be asked this."),
    (B1, "referral.performer: [B1]", "referral.performer: {at_least: 1, at_most: 2}", 0, "cannot be asked this."),
    (B1, "referral.performer: [B1]", "referral.connected: [yes]", 0, "Write true or false."),
    (B1, "referral.performer: [B1]", "referral.priority: {at_least: 2}", 0, "Write a list of codes."),
    (B1, "referral.performer: [B1]", "referral.due_at: [now]", 0, "It is no single value."),
    (B1, "deadline_s: 900", "deadline_s: -1", 0, "deadline_s: this is too small. Write at least 0."),
    (B1, "deadline_s: 900", "facts: {consent: TPO}", 0, '"consent" is nothing a file can know'),
    (B1, "deadline_s: 900", "facts: {emergency: THREAT}", 0, '"emergency" is nothing a file can know'),
    (B1, "deadline_s: 900", "facts: {cj_status: AGENT}", 0, '"AGENT" is not a value of cj_status. Did you mean'),
    (
        B1,
        "deadline_s: 900",
        "facts: {cj_status: true}",
        0,
        "cj_status: true or false stands here. Write it in quotes.",
    ),
    (B1, "id: people-we-treat", "id: referrals", 0, '"referrals" is wanted twice.'),
    (
        SH1,
        "delivery:\n  format: fhir\n  carrier: folder\n  path: exchange/sh1/to-shelter\n",
        "",
        "wants:",
        "no way to deliver",
    ),
    # doors
    (H1, "      port: 2601\n", "      token_sha256: ''\n", 0, "A door of kind mllp takes no token_sha256."),
    (
        B1,
        "token_sha256: 8084",
        "token_sha256: X084",
        0,
        "not the digest of a token. Write token_sha256: and the SHA-256",
    ),
    (
        B1,
        "      token_sha256: 808429d656f96fdd44c0da895de399187b0f931fea4606b71783f926fb2d4457\n",
        "",
        -1,
        "Anybody could post",
    ),
    (
        CR1,
        "    - kind: http\n",
        "    - kind: http\n      client_id: b1\n      scopes: [messages.write]\n",
        0,
        "Whose signature is this",
    ),
    (
        CR1,
        "    - kind: http\n",
        "    - kind: http\n      client_id: b1\n      jwks: b1.json\n",
        0,
        "would be for nothing",
    ),
    (
        CR1,
        "    - kind: http\n",
        "    - kind: http\n      client_id: b1\n      jwks_url: http://b1.example/jwks\n      scopes: [messages.write]\n",
        2,
        "Keys come over https alone.",
    ),
    (B1, "system/*.rs", "system/*.r", 0, "for nothing of this name. Did you mean"),
    (SH1, "      path: exchange/sh1/from-shelter\n", "", -1, "Which folder?"),
    (H1, "kind: mllp", "kind: mllp\n      host: 0.0.0.0", 0, "Anybody could speak for this partner here."),
    (H1, "kind: mllp", PLAIN, 0, "lets anybody on the wire read and write."),
    (H1, "kind: mllp", f"{PLAIN}\n      plain_reason: old router", 0, "lets anybody on the wire"),
    (H1, "kind: mllp", f"{PLAIN}\n      plain_until: 2027-01-31", 0, "lets anybody on the wire"),
    (H1, "kind: mllp", f"{PLAIN}\n      plain_until: May\n      plain_reason: r", 3, "This is not a day."),
    (
        H1,
        "kind: mllp",
        f"{PLAIN}\n      plain_until: 2026-11-19\n      plain_reason: r",
        3,
        "until a day that is over.",
    ),
    (H1, "kind: mllp", "kind: mllp\n      networks: [10.0.0.1/8]", 1, "This is not a network."),
    (
        SH1,
        "    - kind: folder\n      path: exchange/sh1/from-shelter\n",
        "",
        -1,
        "doors: nothing stands here. Write a list, as [a, b].",
    ),
    (SH1, "  doors:\n    - kind: folder\n      path: exchange/sh1/from-shelter\n", "", -3, "Nothing can come in"),
    (H1, "  regime: HIPAA\n", "", -2, "Nothing this partner sends could ever be disclosed"),
    # deliveries
    (H1, "format: hl7v2\n  carrier", "format: fhir\n  carrier", 0, "MLLP carries HL7 v2 alone."),
    (H1, "  host: 127.0.0.1\n", "", -3, "Where to? Write host: and port:."),
    (H1, "  host: 127.0.0.1\n", "  host: 127.0.0.1\n  url: https://h1.example\n", 1, "The carrier mllp takes no url."),
    (B1, "url: http://127.0.0.1:3605/fhir", "url: ftp://b1.example/fhir", 0, "This is not the url of a partner."),
    (B1, "url: http://127.0.0.1:3605/fhir", "url: http://[::1/fhir", 0, "This is not the url of a partner."),
    (B1, "  url: http://127.0.0.1:3605/fhir\n", "", -3, "Where to?"),
    (
        B1,
        "url: http://127.0.0.1:3605/fhir",
        "url: http://10.1.2.3/fhir",
        0,
        "not this machine's own, and options.network is",
    ),
    (B1, "network: loopback", "network: public", "  url: http", "this machine's own, and options.network is public."),
    (B1, "network: loopback", "network: loop", 0, 'There is no such network. Did you mean "loopback"?'),
    (B1, "first_wait_s: 0.5", "first_wait_s: 90", 0, "The first wait is longer than the longest."),
    (B1, "timeout_s: 5", "window: office hours", 0, "These are not hours. Write them as 08:00-18:00."),
    (B1, "timeout_s: 5", "dedupe: keys", 0, 'Did you mean "key"?'),
    (B1, "timeout_s: 5", "in_flight: 0", 0, "in_flight: this is too small. Write at least 1."),
    (B1, "timeout_s: 5", "secret: 9f86d081884c7d659a2feaa0c55ad015", 0, "This is no name of a secret."),
    (B1, "timeout_s: 5", "signed_with: 9F86D081884C7D65", 0, "This is no name of a secret."),
    (B1, "timeout_s: 5", "client_id: hub", -4, "To ask for tokens takes three things."),
    (B1, "timeout_s: 5", f"{TOKENS}ftp://127.0.0.1/in", 2, "This is not the url of a token endpoint."),
    (B1, "timeout_s: 5", f"{TOKENS}https://b1.example/in", 2, "This address is of another network."),
    (SH1, "  path: exchange/sh1/to-shelter\n", "", -3, "Where to?"),
    # secrets
    (B1, "network: loopback", "network: loopback\n    api_key: abc", 1, "A secret stands in this file."),
    (B1, "network: loopback", "network: loopback\n    note: Bearer abc", 1, "A secret stands in this file."),
    (B1, "url: http://127.0.0.1:3605/fhir", "url: https://hub:pw@b1.example/", 0, "A secret stands in this file."),
    (B1, "timeout_s: 5", "password: 12345", 0, "A secret stands in this file."),
    # what partners may not share
    (PD, "id: PD\n", "id: c1\n", 0, "This id is taken. It stands in c1.yaml line 1 too"),
    (PD, "id: PD-2026", "id: C1-2026", 0, "This agreement is taken."),
    ("partners/s1.yaml", "port: 2602", "port: 2601", 0, "This port is taken. It stands in h1.yaml line"),
    (SH1, "path: exchange/sh1/to-shelter", "path: exchange/sh1/from-shelter", 0, "This folder is taken."),
    # a 911 centre is reached by voice when the hub cannot deliver
    (C1, "phone: 555-555-0111", "phone: 555-0111", 0, "A 911 centre needs its ten-digit number here."),
    # not YAML at all
    (H1, "id: H1\n", "id: [H1\n", 1, "this is not YAML"),
    (H1, "id: H1\n", "id: H1\nid: H1\n", 1, '"id" stands here and in line 1'),
]


def first(path: Path, begins: str) -> int:
    """The number of the first line that begins so."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.startswith(begins))


@pytest.mark.parametrize("case", WRONG, ids=[f"{case[0][9:-5]}: {case[4][:60]}" for case in WRONG])
def test_a_wrong_file_is_refused_at_its_line(tmp_path: Path, case: Case) -> None:
    name, old, new, where, says = case
    folder = copy(tmp_path / "county")
    line = spoil(folder, name, old, new)
    line = line + where if isinstance(where, int) else first(folder / name, where)

    county, wrong = look(folder)

    letters = [str(refusal) for refusal in wrong]
    assert county is None
    assert any(
        letter.startswith(f"{Path(name).name} line {line}: ") and says.format(line) in letter for letter in letters
    ), letters
    assert all(refusal.cure or re.search("expected|YAML|twice", refusal.message) for refusal in wrong), letters


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "zone: America/Phoenix",
            "zone: America/Fenix",
            'county.yaml line 2: "America/Fenix" is no time zone. Did you mean',
        ),
        ("state: DEMO", "state: DEMOO", 'is not one of these. Did you mean "DEMO"?'),
        (
            "counsel: nobody, because this county does not exist",
            'counsel: ""',
            "Nobody has signed off the overlay of DEMO.",
        ),
        ("signed_on: 2026-01-02", "signed_on: soon", "Nobody has signed off the overlay of DEMO."),
        ("    key: nobody", "    # key: nobody", "Nobody has signed off the overlay of DEMO."),
        ("name: Example County\n", "", '"name" is missing.'),
        (
            "name: Example County\n",
            "name: Example County\nholidays: [Christmas]\n",
            "This is no day. Write 2026-12-25.",
        ),
    ],
)
def test_a_county_without_its_law_does_not_start(tmp_path: Path, old: str, new: str, says: str) -> None:
    spoil(copy(tmp_path / "county"), "county.yaml", old, new)

    county, wrong = look(tmp_path / "county")

    assert county is None
    assert len(wrong) == 1
    assert says in str(wrong[0])


def test_a_token_belongs_to_one_partner(tmp_path: Path) -> None:
    folder = copy(tmp_path / "county")
    token = "808429d656f96fdd44c0da895de399187b0f931fea4606b71783f926fb2d4457"
    spoil(folder, PD, "83c07bd50d534d0d8968f9a37e642c8fa73a052d132685f1d277666f7f14551e", token)

    _, wrong = look(folder)

    assert [refusal.message for refusal in wrong] == ["This token is taken."]
    assert token not in str(wrong[0])


def test_a_secret_is_never_repeated_in_the_refusal(tmp_path: Path) -> None:
    folder = copy(tmp_path / "county")
    spoil(folder, B1, "network: loopback", "network: loopback\n    password: hunter2-hunter2")

    _, wrong = look(folder)

    assert wrong
    assert not any("hunter2" in f"{refusal}{refusal!r}" for refusal in wrong)


@pytest.mark.parametrize("name", ["h2.yml", "h2.yaml.bak", "more"])
def test_what_is_no_partner_file_is_not_passed_over(tmp_path: Path, name: str) -> None:
    folder = copy(tmp_path / "county")
    stray = folder / "partners" / name
    if "." in name:
        stray.write_text("id: H2\n", encoding="utf-8")
    else:
        stray.mkdir()

    county, wrong = look(folder)

    assert county is None
    assert [refusal.at for refusal in wrong] == [f"partners/{name}"]


def test_a_county_without_partners_is_refused(tmp_path: Path) -> None:
    folder = copy(tmp_path / "county")
    for path in (folder / "partners").iterdir():
        path.unlink()

    assert "There is no partner file." in str(look(folder)[1][0])


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    folder = copy(tmp_path / "county")
    spoil(folder, H1, "ends: 2039-12-31", "ends: never")
    spoil(folder, B1, "timeout_s: 5", "window: noon")
    spoil(folder, PD, "timeout_s: 5", "first_wait_s: 9999")

    _, wrong = look(folder)

    assert [refusal.at.split()[0] for refusal in wrong] == ["b1.yaml", "h1.yaml", "pd.yaml"]
