"""`policy overlay`: what counsel reads of a state's law, and signs."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.activation import policy
from hub.cli.speak import Command, as_json, say, say_json


@policy.command(
    cls=Command,
    examples=(
        'crisis-hub policy overlay CA --counsel "R. Okafor, county counsel" --on 2026-11-20',
        'crisis-hub policy overlay CA --counsel "R. Okafor, county counsel" --on 2026-11-20 --key counsel.key',
    ),
)
@click.argument("state")
@click.option("--counsel", required=True, metavar="NAME", help="Who read it.")
@click.option("--on", "signed_on", required=True, metavar="DAY", help="On which day, as 2026-01-31.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="The file of counsel's private key, on counsel's own machine: PRIVATE+KEY+name+id+base64.",
)
@click.option(
    "--rules",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="A folder of rules, views and vocabulary.yaml; the hub's own when left out.",
)
@as_json
def overlay(*, state: str, counsel: str, signed_on: str, key: Path | None, rules: Path | None, as_json: bool) -> None:
    """Print the text that counsel signs for the overlay of STATE, or with --key what the county's file then says.

    The text binds every rule of the overlay with its law and words, and every field of the views that it shows. Another rule,
    another text: after a change counsel signs again, and the signatures before stay for as long as the rules before are in force.
    Any tool that makes signed notes can sign it too. docs/regimes has the rules in words. The overlay of DEMO, a state that
    does not exist, is signed by a key that anybody can make, so that a county can be tried out.
    """
    from consent.engine import HERE, RuleSet
    from consent.overlay import DEMO, NOBODY, signed, text
    from hub.errors import Misconfigured, ProofFailed
    from hub.tlog.notes import SignerKey

    found = RuleSet.load(rules or HERE)
    said = text(found, state, counsel, signed_on)
    if key is None and state != DEMO:
        say_json({"text": said}) if as_json else say(said.rstrip("\n"))
        return
    try:
        signer = SignerKey.parse(key.read_text(encoding="ascii").strip()) if key else NOBODY
    except (ProofFailed, UnicodeDecodeError) as wrong:
        raise Misconfigured(
            "This is no private key of a signed note.", at=str(key), cure="Name counsel's own."
        ) from wrong
    entry = {
        "state": state,
        "counsel": counsel,
        "signed_on": signed_on,
        "key": str(signer.verifier),
        "signatures": [signed(found, state, counsel, signed_on, signer)],
    }
    if as_json:
        say_json(entry)
        return
    say("overlays:")
    for name, value in entry.items():
        say(f"  {'-' if name == 'state' else ' '} {name}: {value if isinstance(value, str) else f'[{value[0]}]'}")
