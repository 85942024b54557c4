"""English words and templates of what customers write, by topic and tone."""

from __future__ import annotations

import random

SLOTS = {
    "when": ("yesterday", "this morning", "last week", "Monday", "two days ago", "Friday", "last night"),
    "nth": ("third", "fourth", "fifth", "sixth", "tenth"),
    "long": ("{n} days", "{n} hours", "a week", "ages", "half a day", "nearly {n} weeks"),
    "thing": ("my order", "the parcel", "my groceries", "the box", "the delivery", "what I ordered"),
    "who": ("your colleague", "the agent", "somebody in support", "the lady on the phone", "the driver", "your team"),
    "very": ("really", "quite", "honestly", "rather", "truly"),
    "app": ("the app", "your app", "the website", "the login page"),
    "plan": ("basic", "plus", "family"),
    "money": ("{n}9 euros", "{n} euros", "{n}4,90", "an extra {n} euros", "a fee of {n} euros"),
    "item": ("the coffee", "the nappies", "the milk", "the shampoo", "the dog food", "the kettle", "the vegetables"),
}
OPENINGS = {
    "angry": (
        "I have had enough.",
        "This is the {nth} time I write.",
        "What is going on with you?",
        "Unbelievable.",
        "To whom it may concern,",
        "Hello, once more,",
        "I can't believe I have to write this again.",
        "Nobody there seems to read these messages.",
        "Right.",
        "Hi, I'm writing because nobody picks up.",
    ),
    "cool": (
        "Hello,",
        "Good morning,",
        "Hi, a question that should not be one:",
        "Dear team,",
        "Hello again,",
        "I am not happy to write this.",
        "Hi, sorry, but",
        "Good evening, I need somebody to look at this.",
    ),
    "even": (
        "Hello,",
        "Hi there,",
        "Good morning,",
        "Dear team,",
        "Hi, quick question:",
        "Hello, could you help me?",
        "Good afternoon,",
        "Hey,",
    ),
    "warm": (
        "Hello, and thanks in advance!",
        "Hi team,",
        "Good morning to you all,",
        "Hi, only a small thing:",
        "Hello, hope you are well.",
        "Hey, you helped me so well last time.",
        "Dear all,",
    ),
}
ENDINGS = {
    "angry": (
        "I expect an answer today.",
        "If this goes on I'm gone.",
        "Don't send me another standard reply.",
        "I want my money back.",
        "My neighbour left you and I see why.",
        "You have until tomorrow.",
        "Enough is enough.",
        "Thanks for nothing.",
        "I'll tell everybody I know.",
        "That was the last time.",
    ),
    "cool": (
        "Please look into it.",
        "I would have expected more.",
        "Please tell me when this will be mended.",
        "It should not be so hard.",
        "I am waiting for your answer.",
        "Not what I'm used to from you.",
        "Thank you for an answer that is not automatic.",
    ),
    "even": (
        "Thanks.",
        "Thank you for your help.",
        "Please let me know.",
        "Best regards",
        "Could you check?",
        "Kind regards,",
        "Looking forward to hearing from you.",
        "That's all.",
    ),
    "warm": (
        "Thank you so much!",
        "You are the best.",
        "No hurry at all.",
        "Keep it up!",
        "Have a lovely day.",
        "Glad to be with you.",
        "I recommend you to everybody.",
        "Thanks, as always.",
    ),
}
STORIES = {
    "service": {
        "angry": (
            "I was on hold for {long} and then the line went dead.",
            "{who} put me through {n} times and nobody knew anything.",
            "Every time I tell the same story from the beginning, {when} as well.",
            "I wrote {when} and nothing came but a receipt.",
        ),
        "cool": (
            "I waited {long} until somebody answered.",
            "I was passed on {n} times before I got an answer.",
            "The answer of {when} does not match what I was told before.",
            "I had to explain it all over again to {who}.",
        ),
        "even": (
            "how do I reach {who} about the call of {when}?",
            "I called {when} and was told to write to you.",
            "I would like to know how far my request is.",
            "you asked me to send the number again, here it is.",
        ),
        "warm": (
            "{who} solved it within minutes {when}.",
            "{very} quick answer {when}, I had not expected that.",
            "I only wanted to say that {who} took all the time I needed.",
            "one call and it was done.",
        ),
    },
    "delivery": {
        "angry": (
            "{thing} should have come {when} and there is still no trace of it.",
            "{thing} is {long} late and {who} says it is not his job.",
            "the driver left {thing} in the rain and rang nowhere.",
            "promised for the morning, came {long} later, {item} spoilt.",
        ),
        "cool": (
            "{thing} came later than promised, {when} it was the same.",
            "I have been waiting for {thing} for {long}.",
            "tracking has said 'on its way' for {long}.",
            "{item} was missing from {thing}.",
        ),
        "even": (
            "when will {thing} arrive?",
            "can {thing} be left with the neighbour?",
            "I would like to move the delivery of {thing} to the evening.",
            "is it possible to change the address for {thing}?",
        ),
        "warm": (
            "{thing} came even earlier than promised.",
            "the driver carried {thing} up {n} floors, {very} kind.",
            "everything arrived {when} and {item} was still cold.",
            "{thing} was on time as ever.",
        ),
    },
    "account": {
        "angry": (
            "I have been locked out of {app} for {long} and the code never comes.",
            "you deleted my address again, I've entered it {n} times.",
            "{app} throws me out every time I try to sign in.",
            "somebody changed my number and {who} will not change it back.",
        ),
        "cool": (
            "the password mail has not come since {when}.",
            "{app} does not accept my new phone number.",
            "my points are missing since {when}.",
            "I still get mail under my old name.",
        ),
        "even": (
            "how can I change my e-mail address?",
            "I moved, please change my address.",
            "can two people use one account?",
            "where do I find my customer number in {app}?",
        ),
        "warm": (
            "signing in with the code works nicely now.",
            "could you add my husband to the account? He likes {app} too.",
            "thanks for finding my points again.",
            "changing my address took a minute, well done.",
        ),
    },
    "outage": {
        "angry": (
            "{app} has been down for {long} and not a word from you.",
            "I stood in the shop and {app} would not open, again.",
            "my basket was gone after your breakdown {when}.",
            "every other week {app} does not work and I am still charged.",
        ),
        "cool": (
            "{app} did not load {when}.",
            "I got an error {n} times when I wanted to pay.",
            "since {when} I only see a white page.",
            "{app} is so slow that I gave up.",
        ),
        "even": (
            "is there a problem with {app}? It says error {n}0{n}.",
            "{app} asks me to update, is that right?",
            "does {app} work with an older phone?",
            "was there maintenance {when}?",
        ),
        "warm": (
            "{app} is back, that was fast.",
            "there was a small error {when} but it is gone.",
            "I like the new look of {app}.",
            "good that you told us before the maintenance.",
        ),
    },
    "billing": {
        "angry": (
            "you took {money} from my account and nobody can tell me what for.",
            "the invoice is wrong for the {nth} month.",
            "I was promised a refund {when}, where is it?",
            "first the price goes up, then you charge {money} more.",
        ),
        "cool": (
            "my invoice has {money} on it that I do not understand.",
            "the refund for {item} has not arrived after {long}.",
            "the price is higher than what I was told.",
            "the discount was not taken off.",
        ),
        "even": (
            "could I have the invoice of last month as PDF?",
            "on which day is the money taken?",
            "please send invoices to my office.",
            "what is the {money} on my statement?",
        ),
        "warm": (
            "the refund was there the next day.",
            "thanks for explaining the invoice so patiently.",
            "the voucher for {money} was a nice surprise.",
            "all correct with the invoice now.",
        ),
    },
    "product": {
        "angry": (
            "{item} was mouldy, and that is the {nth} time.",
            "{item} broke on the first day.",
            "you sent the wrong thing again instead of {item}.",
            "what you call fresh I would not give to my dog.",
        ),
        "cool": (
            "{item} is not what the picture showed.",
            "the quality of {item} has gone down.",
            "{item} was open when it came.",
            "half of what I need is out of stock, {item} for {long}.",
        ),
        "even": (
            "do you also have {item} in a bigger size?",
            "is {item} coming back?",
            "what is in {item}? I have an allergy.",
            "can I give back {item} without the box?",
        ),
        "warm": (
            "{item} is better than any I had before.",
            "my children love {item}.",
            "{very} good vegetables {when}.",
            "please never take {item} off the list.",
        ),
    },
    "payment": {
        "angry": (
            "my card works everywhere but with you, {n} tries!",
            "you stopped my plan although the money was there.",
            "a reminder with a fee for a payment that YOU could not take.",
            "{money} taken twice and I am told to wait {long}.",
        ),
        "cool": (
            "the payment failed {when} although my card is fine.",
            "I was asked to pay again for what I had paid.",
            "{app} does not keep my new card.",
            "I got a reminder and do not know why.",
        ),
        "even": (
            "how do I change my card?",
            "can I pay by invoice?",
            "my bank has a new number, where do I enter it?",
            "did the payment of {when} go through?",
        ),
        "warm": (
            "paying with the phone works well.",
            "thanks for waiting until my new card came.",
            "payment went through at once {when}.",
            "nice that one can pay by invoice now.",
        ),
    },
    "plan": {
        "angry": (
            "nobody told me that {plan} would cost more from now on.",
            "I pay for {plan} and get less than before.",
            "{who} sold me {plan} with things it does not have.",
            "you moved me to {plan} without asking.",
        ),
        "cool": (
            "{plan} is not worth the new price.",
            "what I need from {plan} has been taken out.",
            "the change to {plan} of {when} is not there yet.",
            "others give the same for {money} less.",
        ),
        "even": (
            "what is the difference between {plan} and {plan}?",
            "can I change to {plan} next month?",
            "does {plan} run for a year?",
            "I would like to try {plan}.",
        ),
        "warm": (
            "{plan} pays for itself for us.",
            "changing to {plan} was the right thing.",
            "we are {very} content with {plan}.",
            "may I give {plan} as a present?",
        ),
    },
    "cancellation": {
        "angry": (
            "cancel everything, at once.",
            "I cancelled {when} and you still take {money}.",
            "I have been trying to get out for {long}.",
            "no, I don't want an offer, I want to leave.",
        ),
        "cool": (
            "I am thinking of ending my plan.",
            "how do I get out of {plan} at the end of the month?",
            "please confirm that {plan} ends.",
            "we hardly use it any more, and even less of late.",
        ),
        "even": (
            "what is the notice for {plan}?",
            "can I pause for {n} weeks?",
            "we are moving abroad and must end {plan}.",
            "how do I stop the plan of my late mother?",
        ),
        "warm": (
            "I have to stop because we move away, it was a good time with you.",
            "could I pause {plan} for the holidays?",
            "we'll be back after the summer.",
            "thank you for ending it without fuss.",
        ),
    },
    "staff": {
        "angry": (
            "{who} was rude and hung up on me.",
            "{who} laughed when I asked for the manager.",
            "I was called a liar by {who}.",
            "{who} promised to call back {when}. Nothing.",
        ),
        "cool": (
            "{who} was short with me {when}.",
            "{who} did not seem to know the matter.",
            "I had the feeling of being a nuisance to {who}.",
            "{who} read from a sheet and did not listen.",
        ),
        "even": (
            "may I have the name of {who} I spoke with {when}?",
            "{who} told me to ask for the shop manager.",
            "who is in charge of my account now?",
            "I spoke with {who} {when}.",
        ),
        "warm": (
            "{who} was so friendly that I must mention it.",
            "please give {who} my thanks.",
            "{who} stayed patient although I was not.",
            "with people like {who} I like to stay.",
        ),
    },
}


def as_typed(draw: random.Random, text: str) -> str:
    """As people type: often without capitals or the full stop, sometimes with too many marks."""
    how = draw.random()
    if how < 0.15:
        return text.lower()
    if how < 0.22:
        return text.rstrip(".") + draw.choice(("...", "!!", "!", "")) if text.endswith(".") else text
    if how < 0.45:
        return text[:1].upper() + text[1:]
    return text
