"""The exercises that stand in the talk's own notebooks: questions, answered by a click."""


def question(text, *answers):
    """One question of jupyterquiz: answers are pairs of words and feedback, the right one first."""
    return {
        "question": text,
        "type": "multiple_choice",
        "answers": [
            {"answer": words, "correct": k == 0, "feedback": said}
            for k, (words, said) in enumerate(answers)
        ],
    }


def turned(asked, by):
    """The same question with its answers in another order, so that the right one moves."""
    answers = asked["answers"]
    return asked | {"answers": answers[by:] + answers[:by]}


EXERCISES = []
QUIZZES = {
    "talk.attention": [
        turned(
            question(
                "The output has 8 entries, and the weights of each row of attention sum to 1. To "
                "what does the gradient of the sum by all of V add up?",
                ("8", "Yes: each entry of the output hands 1 on, spread over V by its weights."),
                ("1", "Each of the 8 entries of the output hands 1 on, not all of them together."),
                ("that depends on V", "The output is linear in V: its slope does not know V."),
            ),
            1,
        )
    ],
    "talk.rate": [
        turned(
            question(
                "The curvature is 10. From which rate on does descent no longer arrive?",
                ("0.2", "Yes: a step multiplies the distance by 1 - rate · 10, here by -1: it hops "
                 "to and fro for ever, and beyond that it flies off."),
                ("0.1", "There a step multiplies the distance by 1 - 0.1 · 10 = 0: it arrives at "
                 "once."),
                ("1.0", "There a step multiplies the distance by 1 - 10 = -9: far too late."),
            ),
            2,
        )
    ],
    "talk.order": [
        turned(
            question(
                "Half the step h, where truncation dominates. How many times smaller is the error "
                "of the forward difference, and of the central one?",
                ("2 and 4", "Yes: the errors grow like h and like h²."),
                ("2 and 2", "The central one has no term in h: it cancels, and h² is left."),
                ("4 and 4", "The forward one has a term in h, and half of h is half the error."),
            ),
            1,
        )
    ],
    "talk.jacobian": [
        turned(
            question(
                "spin has 3 inputs and 2 outputs. How many passes fill its Jacobian?",
                ("3 forward, or 2 reverse", "Yes. And 2 forward ones, if one carries the first and "
                 "the third column together: they never meet in a row."),
                ("2 forward, or 3 reverse", "Forward mode fills a column per pass: one per input."),
                ("6 either way", "A pass fills a whole column or a whole row, not an entry."),
            ),
            2,
        )
    ],
}  # fmt: skip
