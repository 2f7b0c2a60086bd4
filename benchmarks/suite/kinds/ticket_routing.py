"""Which team answers a support ticket."""

from benchmarks.suite.drawing import Draw
from benchmarks.suite.names import FIRST_NAMES, GOODS
from benchmarks.suite.question import Difficulty, Kind, Question

TEAMS = {
    "billing": "Billing: charges, invoices, refunds that are due",
    "access": "Access: passwords, sign-in, locked accounts",
    "outage": "Outage: our website or app does not work",
    "shipping": "Shipping: where a parcel is, delivery address, delivery date",
    "returns": "Returns: sending goods back, exchanging them",
    "sales": "Sales: quotes, volume discounts, questions before buying",
    "privacy": "Privacy: personal data, deletion, consent to mail",
    "ideas": "Ideas: wishes for new features",
}
COMPLAINTS = {
    "billing": (
        "My card was charged twice for order {order}.",
        "Invoice {order} shows the old VAT number of our firm; please correct it.",
        "The sum on invoice {order} is higher than the price that I agreed to.",
        "You promised to pay back {sum} euros last month and nothing has come.",
        "Why was I charged {sum} euros in a month in which I cancelled?",
        "I need a copy of invoice {order} for our bookkeeping.",
    ),
    "access": (
        "I forgot my password and the reset mail never comes.",
        "My account is locked after three wrong attempts.",
        "The code for signing in goes to a phone that I no longer have.",
        "A colleague left; please let me into the account that he administered.",
        "It says 'wrong password' although I changed it this morning.",
        "I cannot sign in since my mail address changed.",
    ),
    "outage": (
        "Your website answers with error 502 on every page.",
        "The app crashes as soon as the list of orders opens.",
        "Nobody in our office can load your shop since nine o'clock.",
        "The search on your site returns an empty page for everything.",
        "Your app shows a white screen on all our tablets.",
        "The upload page stops at 99 percent, for every file and every browser.",
    ),
    "shipping": (
        "The parcel with order {order} has not moved since Monday.",
        "Please deliver order {order} to our warehouse instead of the office.",
        "When will the {good} that I ordered arrive?",
        "The tracking number of order {order} is unknown to the carrier.",
        "The driver left the {good} with a neighbour whom nobody knows.",
        "Can order {order} be delivered on Friday, as we are closed on Thursday?",
    ),
    "returns": (
        "The {good} is too large for us; how do I send it back?",
        "I would like to exchange the {good} for the model in black.",
        "Please mail me a return label for the {good}.",
        "The {good} came with a scratch and I want to hand it back.",
        "By which day must the {good} be back with you if I do not keep it?",
        "I have lost the return form for the {good}; where do I get another?",
    ),
    "sales": (
        "What would {count} pieces of the {good} cost us?",
        "Is there a discount if we order {count} units a year?",
        "We are choosing a supplier: please make us an offer for {count} pieces.",
        "Before I buy: does the {good} fit a socket in the United Kingdom?",
        "Could somebody show us the {good} before we decide to buy?",
        "Do you sell the {good} to public authorities on account, and on what terms?",
    ),
    "privacy": (
        "Please delete everything that you have stored about me.",
        "Which personal data of mine do you keep, and since when?",
        "I never agreed to your newsletter; strike me off the list.",
        "Who besides you gets to see my address and my phone number?",
        "I withdraw my consent to the analysis of my purchases.",
        "Please send me a copy of all data you hold about me, as the law provides.",
    ),
    "ideas": (
        "It would be great if the app had a dark mode.",
        "Could you add an export of the order list to a spreadsheet?",
        "I wish the calendar showed week numbers.",
        "Please consider a button that repeats the last order.",
        "A feature I am missing: sorting the wish list by price.",
        "Have you thought of offering the app in Portuguese?",
    ),
}
# Said about a matter that is settled: it must not decide where the ticket goes.
SETTLED = {
    "billing": "the double charge of last week has been refunded, thank you",
    "access": "the trouble with my password is solved",
    "outage": "the error page of yesterday is gone",
    "shipping": "the missing parcel has arrived in the meantime",
    "returns": "the exchange of the {good} has worked out well",
    "sales": "your offer of last month has been accepted and is done with",
    "privacy": "the newsletter has stopped, as I had asked",
    "ideas": "the export that I had wished for is there now",
}
GREETINGS = ("Hello,", "Good morning,", "Dear team,", "Hi there,")
CLOSINGS = ("Thanks, {name}", "Kind regards, {name}", "Best, {name}", "{name}")
RULE = {
    Difficulty.EASY: "",
    Difficulty.MEDIUM: "Matters that the customer calls settled do not count.\n",
    Difficulty.HARD: (
        "Matters that the customer calls settled do not count. Of several open"
        " matters, the one whose team comes first in the list decides.\n"
    ),
}


def _question(draw: Draw, difficulty: Difficulty) -> Question:
    teams = draw.some(list(TEAMS), 4 if difficulty is Difficulty.EASY else 8)
    listed = "\n".join(f"- {TEAMS[team]}" for team in teams)
    place, pattern, said = _said(draw, difficulty, teams)
    names = [TEAMS[team].partition(":")[0] for team in teams]
    prompt = (
        f"Which team answers this ticket?\n\n{listed}\n\n{RULE[difficulty]}"
        f"\nTicket:\n{_mail(draw, said)}\n\nReply with the name of the team only."
    )
    return Question(
        prompt=prompt,
        expected=names[place],
        grader={"kind": "choice", "choices": names},
        pattern=pattern,
        max_output_tokens=32,
    )


def _said(
    draw: Draw, difficulty: Difficulty, teams: list[str]
) -> tuple[int, str, list[str]]:
    """Return the right team's place, the pattern, and the sentences of the ticket."""
    if difficulty is Difficulty.HARD:
        first, second, settled = sorted(draw.some(range(len(teams)), 3))
        # What is settled stands anywhere in the list, before the open ones too.
        first, second, settled = draw.one(
            ((first, second, settled), (second, settled, first))
        )
        number, line = _complaint(draw, teams[first])
        _, other = _complaint(draw, teams[second])
        said = draw.shuffled([line, other, _settled(draw, teams[settled])])
        return first, f"{teams[first]}-{number}", said
    place, settled = draw.some(range(len(teams)), 2)
    number, line = _complaint(draw, teams[place])
    said = [line]
    if difficulty is Difficulty.MEDIUM:
        said = draw.shuffled([line, _settled(draw, teams[settled])])
    return place, f"{teams[place]}-{number}", said


def _complaint(draw: Draw, team: str) -> tuple[int, str]:
    number = draw.whole(0, len(COMPLAINTS[team]) - 1)
    return number, _filled(draw, COMPLAINTS[team][number])


def _settled(draw: Draw, team: str) -> str:
    start = draw.one(("By the way:", "As you may know,", "Just so that you know:"))
    return _filled(draw, f"{start} {SETTLED[team]}.")


def _filled(draw: Draw, line: str) -> str:
    return line.format(
        order=draw.whole(10_000, 99_999),
        sum=draw.whole(12, 480),
        count=draw.whole(3, 60) * 10,
        good=draw.one(GOODS),
    )


def _mail(draw: Draw, said: list[str]) -> str:
    closing = draw.one(CLOSINGS).format(name=draw.one(FIRST_NAMES))
    return " ".join([draw.one(GREETINGS), *said, closing])


KIND = Kind(
    name="ticket_routing",
    task_family="classification",
    title="Ticket routing",
    asks="the team that answers a support ticket, of four or eight, by stated rules",
    question=_question,
)
