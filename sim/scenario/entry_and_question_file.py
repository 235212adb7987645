"""Read who may join the war, for whose sake, what makes it regional, and the questions that outcomes resolve."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.core.errors import nearest
from sim.core.parameters import Interval, parameters_of
from sim.core.toml_table import Key, TableKeys, TomlTable
from sim.engine.outcomes import QUESTION_KINDS, STATE_IDS, Definitions, Question
from sim.engine.theatre import Alliance, Dyad, Front, Joiner, PartyProfile, Region
from sim.evidence.reference_class import NONE, load_classes

JOINER: Final = TableKeys(
    {
        "party": Key("one_of", "id of the party"),
        "only_after": Key("names", "ids of other joiners that must have joined before", default=[]),
    }
)
ALLIANCE: Final = TableKeys(
    {"party": Key("one_of", "id of a joiner"), "ally": Key("one_of", "id of the ally for whose sake it may join")}
)
REGION: Final = TableKeys(
    {
        "parties": Key("names", "ids of the parties whose fronts are counted", default=[]),
        "exchange": Key("names", "ids of two parties whose exchange makes a war regional", default=[]),
        "general": Key("names", "ids of two parties whose exchange makes a war general", default=[]),
    }
)
QUESTION: Final = TableKeys(
    {
        "kind": Key("one_of", "what is asked", valid=QUESTION_KINDS),
        "id": Key("text", "short name, such as Q1"),
        "text": Key("text", "the question in words"),
        "reference": Key("one_of", "class of `sim reference` that counts the like, or none", default=NONE),
        "why": Key("text", "why there is none", default=""),
        "location": Key("one_of", "where the killed are counted"),
        "threshold": Key("number", "killed [persons], or days of truce [days]", Interval(0, 1e7)),
        "window_days": Key("integer", "window in which they are counted", Interval(1, 365), 30, "days"),
        "already": Key("number", "killed before the start that count too", Interval(0, 1e7), 0.0, "persons"),
        "sender": Key("one_of", "id of the party that attacks or joins"),
        "target": Key("one_of", "id of the party that is attacked"),
        "rung": Key("integer", "lowest rung that counts", Interval(1, 20), 1),
        "after": Key("one_of", "id of a question above that must have come true before", default=""),
    },
    by="kind",
    cases={
        "killed_since_start": ("location", "threshold", "already"),
        "killed_within": ("location", "threshold", "window_days"),
        "driver_truce": ("threshold",),
        "attack": ("sender", "target", "rung", "after"),
        "joined": ("sender",),
    },
)

DEFINITION: Final = TableKeys(
    {
        "name": Key("text", "whose definition it is, and of which day"),
        "source": Key("text", "reference"),
        "lacks": Key("text", "what of it no threshold says", default=""),
        **{
            name: Key("number", declared.text, declared.bounds, unit=declared.unit, is_optional=True)
            for name, declared in parameters_of(Definitions).items()
        },
    }
)


def check_definitions(root: TomlTable) -> None:
    """Hold the definitions of others to their declaration; thresholds that one does not name are those of the run."""
    for table in root.each("definition", once="name"):
        for name in ("name", "source", "lacks"):
            table.text(name)
        given = [name for name in parameters_of(Definitions) if table.take(name) is not None]
        for name in given:
            table.number(name)
        if not given:
            table.add("name", "has no threshold, such as campaign_days")


def read_region(
    root: TomlTable, parties: Sequence[PartyProfile], front: Front
) -> tuple[tuple[Joiner, ...], tuple[Alliance, ...], Region]:
    """Read joiners, alliances and the region of a theatre; none of them is needed."""
    ids = [party.id for party in parties]
    joiners = _read_joiners(root, ids)
    alliances = _read_alliances(root, ids, [joiner.party for joiner in joiners], front)
    table, region = root.table("region"), {}
    for name, size in (("parties", 0), ("exchange", 2), ("general", 2)):
        members = table.names(name, ids)
        if size and members and len(table.values[name]) != size:
            table.add(name, f"must name two different parties, not {', '.join(members)}")
        region[name] = tuple(members)
    table.finish()
    return joiners, alliances, Region(**region)


def _read_joiners(root: TomlTable, ids: list[str]) -> tuple[Joiner, ...]:
    read = [
        (table, Joiner(table.one_of("party", ids), tuple(table.names("only_after"))))
        for table in root.each("joiner", once="party")
    ]
    joiners = {joiner.party: joiner for _, joiner in read}
    for table, joiner in read:
        for other in joiner.only_after:
            if other not in joiners:
                table.add("only_after", f'"{other}" may not join, so it cannot come before; {nearest(other, joiners)}')
    circle = find_circle({joiner.party: joiner.only_after for joiner in joiners.values()})
    if circle:
        root.add("joiner", f"none of {' -> '.join(circle)} can ever join: each waits for the next")
    return tuple(joiners.values())


def find_circle(waits_for: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a circle of parties that wait for each other, the first again at the end; empty if there is none."""
    done: set[str] = set()

    def walk(party: str, path: list[str]) -> list[str]:
        if party in path:
            return [*path[path.index(party) :], party]
        if party in done:
            return []
        for other in waits_for.get(party, ()):
            if found := walk(other, [*path, party]):
                return found
        done.add(party)
        return []

    return next((found for party in waits_for if (found := walk(party, []))), [])


def _read_alliances(root: TomlTable, ids: list[str], joiners: Sequence[str], front: Front) -> tuple[Alliance, ...]:
    alliances: list[Alliance] = []
    sides: dict[str, dict[int, str]] = {}  # an ally on each side of the front, by party
    for table in root.each("alliance"):
        party, ally = table.one_of("party", ids), table.one_of("ally", ids)
        alliance = Alliance(party, ally)
        if party and party == ally:
            table.add("ally", f'"{ally}" cannot be its own ally')
        elif party and party not in joiners:
            table.add("party", f'"{party}" may not join, so no ally moves it; {nearest(party, joiners)}')
        if alliance in alliances:
            table.add("ally", f"the alliance {alliance.id} stands twice")
        side, across = front.side_of(ally), 1 - front.side_of(ally)
        if side >= 0 and party in joiners and front.side_of(party) == across:
            table.add("ally", f"{party} and {ally} stand on the two sides of the front, so neither is the other's ally")
        elif side >= 0 and across in sides.get(party, {}):
            table.problems.note(
                table.path, f"{party} may join for {sides[party][across]} and for {ally}, across the front"
            )
        sides.setdefault(party, {}).setdefault(side, ally)
        alliances.append(alliance)
    return tuple(alliances)


def read_questions(
    root: TomlTable,
    parties: Sequence[PartyProfile],
    dyads: Sequence[Dyad],
    joiners: Sequence[Joiner],
    region: Region,
    top: int,
) -> tuple[Question, ...]:
    """Read the questions that outcomes resolve, on a ladder that ends at some rung."""
    questions: list[Question] = []
    targets = {dyad.target for dyad in dyads}
    hit = sorted({party.location for party in parties if party.id in targets})
    for table in root.each("question", once="id"):
        question = _read_question(table, parties, hit, questions)
        if question.rung > top:
            table.add("rung", f"{question.rung} can never come true: the ladder ends at rung {top}")
        _refuse_unanswerable(table, question, dyads, joiners, region)
        if question.id in STATE_IDS:
            table.add("id", f'"{question.id}" is the name of an outcome state; choose another, such as Q1')
        questions.append(question)
    return tuple(questions)


def _read_question(
    table: TomlTable, parties: Sequence[PartyProfile], hit: Sequence[str], earlier: Sequence[Question]
) -> Question:
    kind, ids = table.one_of("kind"), [party.id for party in parties]
    names = {"location": hit, "sender": ids, "target": ids, "after": [question.id for question in earlier]}
    identity, text = table.text("id"), table.text("text")
    own: dict[str, Any] = {}
    for name in QUESTION.cases.get(kind, ()):
        if name in names:
            own[name] = table.one_of(name, names[name])
        else:
            own[name] = table.number(name) if QUESTION.keys[name].kind == "number" else table.integer(name)
    # The content of the file keeps both.
    reference, why = table.one_of("reference", [NONE, *load_classes()]), table.text("why")
    if why and reference != NONE:
        table.add("why", f'belongs to reference = "{NONE}" alone')
    return Question(identity, text, kind, **own)


def _refuse_unanswerable(
    table: TomlTable, question: Question, dyads: Sequence[Dyad], joiners: Sequence[Joiner], region: Region
) -> None:
    """Note a problem where the theatre lacks what a question asks about."""
    if question.kind == "attack" and question.sender and question.target:
        known = [dyad.id for dyad in dyads]
        if f"{question.sender}-{question.target}" not in known:
            table.add("target", f"{question.sender} cannot act on {question.target}; the dyads are {', '.join(known)}")
    if question.kind == "joined" and question.sender not in {joiner.party for joiner in joiners}:
        may = ", ".join(joiner.party for joiner in joiners) or "nobody"
        table.add("sender", f'"{question.sender}" may not join in this theatre; {may} may')
    if question.kind in ("regional_war", "general_war") and not (region.parties or region.exchange):
        table.add("kind", f"{question.kind} needs a table [region] that says whose fronts are counted")
    if question.kind == "general_war" and not region.general:
        table.add("kind", "general_war needs region.general, the two parties whose exchange makes a war general")
